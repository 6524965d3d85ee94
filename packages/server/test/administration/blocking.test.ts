import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { administer, block, unblock } from '../support/administer.ts'
import { auditOf, locationOf, oauthErrorOf, refusalOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithCookie,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginTicket,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, changePassword, logIn, presentCode, submitLogin } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

const askToBlock = (memberId: string) => administer(server, 'POST', `/members/${memberId}/block`)
const askToUnblock = (memberId: string) => administer(server, 'POST', `/members/${memberId}/unblock`)
const statusOf = async (memberId: string) => {
  const answer = await administer(server, 'GET', `/members/${memberId}`)
  return answer.json<{ member: { status: { name: string } } }>().member.status.name
}

/** Another device of the same member. */
async function anotherDevice(email: string) {
  const { code, cookie = '' } = await authorizeWithTicket(server, await loginTicket(server, email))
  return { ...(await exchange(server, code)), cookie }
}

test('S-07: once a member is blocked every credential of theirs is refused on its next use', async () => {
  const member = await signedInMember(server)
  const other = await anotherDevice(member.email)
  const bystander = await signedInMember(server)
  const ticket = await loginTicket(server, member.email)
  const code = await authorizeWithCookie(server, member.cookie)

  await block(server, member.memberId)
  for (const held of [member, other]) expect(await acceptedOf(server, held)).toEqual([])
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
  expect(locationOf(await authorize(server, { sessionToken: ticket })).searchParams.get('error')).toBe('login_required')
  expect(refusalOf(await changePassword(server, member.accessToken, 'another long passphrase'))).toBe(
    '401 UNAUTHENTICATED',
  )
  expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
})

test('S-07: what ended with a block is not revived by its end, and a new login is let in', async () => {
  const member = await signedInMember(server)
  const other = await anotherDevice(member.email)
  const ticket = await loginTicket(server, member.email)
  const code = await authorizeWithCookie(server, member.cookie)
  await block(server, member.memberId)
  await unblock(server, member.memberId)

  for (const held of [member, other]) expect(await acceptedOf(server, held)).toEqual([])
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
  await expect(authorizeWithTicket(server, ticket)).rejects.toThrow('login_required')
  expect(await acceptedOf(server, await anotherDevice(member.email))).toEqual(everythingAccepted)
})

test('a blocked member cannot log in, in any way, and is told so only with the right password', async () => {
  const { email, memberId } = await registerMember(server)
  await block(server, memberId)
  const loginId = { email }
  expect(refusalOf(await logIn(server, { loginId, password }))).toBe('403 IDENTITY_NOT_ACTIVE')
  expect(refusalOf(await logIn(server, { loginId, password: 'not the passphrase' }))).toBe('401 -19976')
  const page = await submitLogin(server, { email })
  expect([page.status, page.setCookies]).toEqual([403, []])
  expect(page.text).toContain('cannot sign in')
})

test('a block says what ended with it, and an end of a block which status the member has', async () => {
  const member = await signedInMember(server)
  const [started] = (await auditOf(server)).filter(
    ({ event, memberId }) => event === 'session.started' && memberId === member.memberId,
  )
  const blocked = await askToBlock(member.memberId.toUpperCase())
  const endedSessions = [{ id: String(started?.sessionId), clientIds: [server.client.id] }]
  expect([blocked.status, blocked.json()]).toEqual([200, { id: member.memberId, status: 'BLOCKED', endedSessions }])
  expect(blocked.headers['cache-control']).toBe('no-store')
  expect(await statusOf(member.memberId)).toBe('BLOCKED')

  const unblocked = await askToUnblock(member.memberId)
  expect([unblocked.status, unblocked.json()]).toEqual([200, { id: member.memberId, status: 'ACTIVE' }])
  expect(await statusOf(member.memberId)).toBe('ACTIVE')
})

test('a block and its end are on record, with the administrator key that asked', async () => {
  const { memberId } = await signedInMember(server)
  const blocked = await askToBlock(memberId)
  const unblocked = await askToUnblock(memberId)
  const said = { memberId, actor: { kind: 'administrator', id: expect.any(String) } }
  const requestId = blocked.headers['x-wix-request-id']
  expect((await auditOf(server)).slice(-3)).toMatchObject([
    { ...said, event: 'session.ended', cause: 'blocked', requestId, grantsEnded: 1, refreshTokensEnded: 1 },
    { ...said, event: 'member.blocked', requestId },
    { ...said, event: 'member.unblocked', requestId: unblocked.headers['x-wix-request-id'] },
  ])
})

test('a block and its end, asked for again, are successes that leave no second record', async () => {
  const { memberId } = await signedInMember(server)
  for (const ask of [askToBlock, askToUnblock]) {
    await ask(memberId)
    const records = (await auditOf(server)).length
    const again = await ask(memberId)
    expect(again.status).toBe(200)
    if (ask === askToBlock) expect(again.json()).toMatchObject({ status: 'BLOCKED', endedSessions: [] })
    else expect(again.json()).toEqual({ id: memberId, status: 'ACTIVE' })
    expect(await auditOf(server)).toHaveLength(records)
  }
})

test('who is not blocked stays signed in when they are unblocked', async () => {
  const member = await signedInMember(server)
  await unblock(server, member.memberId)
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
})

test('a member who was waiting for approval is not approved by a block and its end', async () => {
  const { memberId, email } = await registerMember(server)
  server.database
    .prepare(
      `UPDATE member SET status = 'PENDING', status_reasons = '["PENDING_ADMIN_APPROVAL_REQUIRED"]' WHERE id = ?`,
    )
    .run(memberId)
  await block(server, memberId)
  expect((await askToUnblock(memberId)).json()).toEqual({ id: memberId, status: 'PENDING' })
  const login = await logIn(server, { loginId: { email }, password })
  expect(login.json()).toMatchObject({ state: 'REQUIRE_OWNER_APPROVAL' })
})

test('a member who was deleted can be neither blocked nor unblocked, and nothing changes', async () => {
  const { memberId } = await registerMember(server)
  await server.contents.setMemberStatus(memberId as MemberId, 'DELETED')
  const before = await server.contents.dump()
  for (const ask of [askToBlock, askToUnblock]) {
    const answer = await ask(memberId)
    expect(refusalOf(answer)).toBe('409 MEMBER_DELETED')
    expect(answer.json()).toMatchObject({ message: 'A member who was deleted can be neither blocked nor unblocked' })
  }
  expect(await server.contents.dump()).toBe(before)
})

test('a member who is not there can be neither blocked nor unblocked, and nothing changes', async () => {
  const before = await server.contents.dump()
  for (const ask of [askToBlock, askToUnblock]) expect(refusalOf(await ask(randomUUID()))).toBe('404 NOT_FOUND')
  expect(await server.contents.dump()).toBe(before)
})

test('a member cannot unblock themselves, nor block anybody', async () => {
  const member = await signedInMember(server)
  const other = await signedInMember(server)
  const headers = { authorization: member.accessToken, cookie: member.cookie }
  const asked = [member, other].flatMap(({ memberId }) => [`${memberId}/block`, `${memberId}/unblock`])
  for (const path of asked) {
    const answer = await send(`${server.url}/admin/v1/members/${path}`, { method: 'POST', headers })
    expect(refusalOf(answer)).toBe('401 UNAUTHENTICATED')
  }
  for (const held of [member, other]) expect(await acceptedOf(server, held)).toEqual(everythingAccepted)
})

test.each(['nothing_happened', 'unknown'] as const)(
  'a block that is answered "%s" is told as 503 and never as done, and can be asked for again',
  async (outcome) => {
    const member = await signedInMember(server)
    storage.reject(outcome, 'blockMember', 'unblockMember')
    for (const answer of [await askToBlock(member.memberId), await askToUnblock(member.memberId)]) {
      expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
      expect(answer.text).toMatch(outcome === 'unknown' ? /not confirmed/ : /nothing was changed/)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    storage.mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    await block(server, member.memberId)
    expect(await acceptedOf(server, member)).toEqual([])
  },
)

test('a block whose answer was lost has taken effect, and is a success when it is asked for again', async () => {
  const member = await signedInMember(server)
  storage.loseAnswer('blockMember')
  expect((await askToBlock(member.memberId)).status).toBe(503)
  storage.mend()
  expect(await acceptedOf(server, member)).toEqual([])
  expect((await askToBlock(member.memberId)).json()).toMatchObject({ status: 'BLOCKED', endedSessions: [] })
})

test('a block that cannot be stored leaves the member as they were, whichever of its writes fails', async () => {
  const member = await signedInMember(server)
  for (const table of ['member', 'revocation_log', 'audit'] as const) {
    await server.contents.breakWrites(table)
    expect((await askToBlock(member.memberId)).status).toBe(503)
    await server.contents.mend()
    expect(await statusOf(member.memberId)).toBe('ACTIVE')
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  }
})

test('silent login is refused while a member is blocked, and by the old cookie also after', async () => {
  const { cookie, memberId } = await signedInMember(server)
  const silent = async () => {
    const answer = await send(`${server.url}/oauth2/authorize?${authorizeQuery(server.client)}`, {
      headers: { cookie },
    })
    return locationOf(answer).searchParams.get('error')
  }
  await block(server, memberId)
  expect(await silent()).toBe('login_required')
  await unblock(server, memberId)
  expect(await silent()).toBe('login_required')
})
