import { expect, test } from 'vitest'
import { auditOf, oauthErrorOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  loginTicket,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

const endEveryone = (server: TestServer) =>
  send(`${server.url}/admin/v1/sessions`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${administratorKey}` },
  })

test('D-14: with the clock standing still everyone is ended, and a new login works at once', async () => {
  await using server = await startTestServer()
  const members = [await signedInMember(server), await signedInMember(server)]
  const visitor = await visitorTokens(server)
  const { email, sessionToken } = await registerMember(server)
  const { code } = await authorizeWithTicket(server, await loginTicket(server, email))

  for (let times = 0; times < 2; times += 1) {
    const answer = await endEveryone(server)
    expect([answer.status, answer.text]).toEqual([204, ''])
    for (const member of members) expect(await acceptedOf(server, member)).toEqual([])
    expect(oauthErrorOf(await presentRefreshToken(server, visitor.refreshToken))).toBe('400 invalid_grant')
    for (const token of [visitor.accessToken, visitor.refreshToken]) {
      expect(await tokenInfo(server, token)).toMatchObject({ active: false })
    }
    await expect(authorizeWithTicket(server, sessionToken)).rejects.toThrow('login_required')
    expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')

    const again = await signedInMember(server)
    expect(await acceptedOf(server, again)).toEqual(everythingAccepted)
    const newcomer = await visitorTokens(server)
    expect((await presentRefreshToken(server, newcomer.refreshToken)).status).toBe(200)
    members.push(again)
  }
})

test('the end of everyone is on record once, with the administrator key, and its sessions are ended one by one after', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  const answer = await endEveryone(server)
  const [raised] = (await auditOf(server)).slice(-1)
  expect(raised).toMatchObject({
    event: 'site.generation_raised',
    cause: 'admin',
    actor: { kind: 'administrator', id: expect.any(String) },
    requestId: answer.headers['x-wix-request-id'],
  })
  expect(await server.reapNow()).toBe(1)
  expect((await auditOf(server)).at(-1)).toMatchObject({
    event: 'session.ended',
    cause: 'admin',
    memberId: member.memberId,
  })
  expect(await server.reapNow()).toBe(0)
})

test('an end of everyone that cannot be stored is answered 503 and ends nobody', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  server.database.exec(`
    CREATE TEMP TRIGGER no_log BEFORE INSERT ON main.revocation_log BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
  const answer = await endEveryone(server)
  expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true])
  server.database.exec('DROP TRIGGER temp.no_log')
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect((await endEveryone(server)).status).toBe(204)
  expect(await acceptedOf(server, member)).toEqual([])
})
