import { expect, test } from 'vitest'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import { authorizeWithCookie, exchange, signedInMember } from '../support/members.ts'
import { presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/test-server.ts'

test('T-09: one logout ends the refresh tokens, access tokens and codes of every client of the session', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  const clients = [server.client, await server.addClient(), await server.addClient({ refreshTokenPolicy: 'rotating' })]
  const held: { clientId: string; accessToken: string; refreshToken: string; code: string }[] = []
  for (const client of clients) {
    const tokens = await exchange(server, await authorizeWithCookie(server, member.cookie, client), client)
    held.push({ clientId: client.id, ...tokens, code: await authorizeWithCookie(server, member.cookie, client) })
  }
  for (const { accessToken, refreshToken } of held) {
    for (const token of [accessToken, refreshToken]) {
      expect(await tokenInfo(server, token)).toMatchObject({ active: true })
    }
  }

  await send(`${server.url}/v1/logout`, { headers: { authorization: held[1]?.accessToken ?? '' } })
  for (const { clientId, accessToken, refreshToken, code } of [
    { clientId: server.client.id, code: '', ...member },
    ...held,
  ]) {
    for (const token of [accessToken, refreshToken]) {
      expect(await tokenInfo(server, token)).toMatchObject({ active: false })
    }
    expect(oauthErrorOf(await presentRefreshToken(server, refreshToken, { clientId }))).toBe('400 invalid_grant')
    if (code !== '') expect(oauthErrorOf(await presentCode(server, code, { clientId }))).toBe('400 invalid_grant')
  }
  const ended = (await auditOf(server)).filter(({ event }) => event === 'session.ended')
  expect(ended).toMatchObject([{ cause: 'logout', grantsEnded: 3, refreshTokensEnded: 4 }])
})
