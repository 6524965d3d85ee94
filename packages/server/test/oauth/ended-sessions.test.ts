import { expect, test } from 'vitest'
import { block } from '../support/administer.ts'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import { day } from '../support/manual-clock.ts'
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

test('whoever presents a refresh token of an ended session as its client is told why it ended, and nobody else', async () => {
  await using server = await startTestServer()
  const because = async (refreshToken: string, more: Readonly<Record<string, string>> = {}) => {
    const answer = await presentRefreshToken(server, refreshToken, more)
    expect(oauthErrorOf(answer)).toBe('400 invalid_grant')
    return answer.json()['because']
  }
  const other = await server.addClient()
  const [left, thrownOut, idle] = [
    await signedInMember(server),
    await signedInMember(server),
    await signedInMember(server),
  ]
  await send(`${server.url}/v1/logout`, { headers: { authorization: left.accessToken } })
  await block(server, thrownOut.memberId)
  expect(await because(left.refreshToken)).toBe('logout')
  expect(await because(thrownOut.refreshToken)).toBe('blocked')
  expect(await because(left.refreshToken, { clientId: other.id })).toBeUndefined()
  expect(await because(idle.refreshToken, { clientId: other.id })).toBeUndefined()
  expect(await because(`adj_refresh_${'A'.repeat(43)}`)).toBeUndefined()
  await server.quiet()
  server.clock.advance(30 * day)
  expect(await because(idle.refreshToken)).toBe('idle')
})
