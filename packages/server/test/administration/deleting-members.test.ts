import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { administer } from '../support/administer.ts'
import { auditOf, locationOf, oauthErrorOf, refusalOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  everythingAccepted,
  loginTicket,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, changePassword, logIn, presentCode, submitLogin } from '../support/oauth-requests.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

const remove = (memberId: string) => administer(server, 'DELETE', `/members/${memberId}`)

test('S-07: once a member is deleted every credential of theirs is refused on its next use', async () => {
  const member = await signedInMember(server)
  const bystander = await signedInMember(server)
  const ticket = await loginTicket(server, member.email)
  const code = await authorizeWithCookie(server, member.cookie)
  const deleted = await remove(member.memberId)
  expect(deleted.status).toBe(200)
  expect(deleted.json()).toMatchObject({ id: member.memberId, status: 'DELETED' })
  expect(deleted.json<{ endedSessions: unknown[] }>().endedSessions).toHaveLength(2)

  expect(await acceptedOf(server, member)).toEqual([])
  expect(oauthErrorOf(await presentCode(server, code))).toBe('400 invalid_grant')
  expect(locationOf(await authorize(server, { sessionToken: ticket })).searchParams.get('error')).toBe('login_required')
  expect(refusalOf(await changePassword(server, member.accessToken, 'another long passphrase'))).toBe(
    '401 UNAUTHENTICATED',
  )
  expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
})

test('who was deleted is nobody at the next login, like an address that nobody ever had', async () => {
  const { email, memberId } = await registerMember(server)
  await remove(memberId)
  expect(refusalOf(await logIn(server, { loginId: { email }, password }))).toBe('404 -19999')
  expect((await submitLogin(server, { email })).status).toBe(401)
  const again = await registerMember(server, email)
  expect(again.memberId).not.toBe(memberId)
})

test('A-07: nothing personal is told or stored of a member who was deleted, and the chain of the log verifies', async () => {
  const email = 'very-personal-address@shop.example'
  const member = await signedInMember(server, email)
  await administer(server, 'PATCH', `/members/${member.memberId}`, { profile: { firstName: 'very-personal-name' } })
  await administer(server, 'POST', `/members/${member.memberId}/email`, { email: 'very-personal-other@shop.example' })
  expect(await server.contents.dump()).toMatch(/very-personal/)
  await remove(member.memberId)
  expect(await server.contents.dump()).not.toMatch(/very-personal/)
  const told = await administer(server, 'GET', `/members/${member.memberId}`)
  expect(told.json()).toMatchObject({
    member: {
      id: member.memberId,
      email: { address: '', isVerified: false },
      status: { name: 'DELETED', reasons: [] },
    },
  })
  expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
})

test('a deletion is on record, with what ended and the administrator key that asked', async () => {
  const { memberId } = await signedInMember(server)
  const deleted = await remove(memberId.toUpperCase())
  const said = { memberId, actor: { kind: 'administrator' }, requestId: deleted.headers['x-wix-request-id'] }
  expect((await auditOf(server)).slice(-2)).toMatchObject([
    { ...said, event: 'session.ended', cause: 'deleted', grantsEnded: 1, refreshTokensEnded: 1 },
    { ...said, event: 'member.deleted' },
  ])
})

test('a deletion that is asked for again is a success that changes nothing', async () => {
  const { memberId } = await signedInMember(server)
  await remove(memberId)
  const before = await server.contents.dump()
  expect((await remove(memberId)).json()).toEqual({ id: memberId, status: 'DELETED', endedSessions: [] })
  expect(refusalOf(await remove(randomUUID()))).toBe('404 NOT_FOUND')
  expect(await server.contents.dump()).toBe(before)
})

test.each(['nothing_happened', 'unknown'] as const)(
  'a deletion that is answered "%s" is told as 503 and never as done, and can be asked for again',
  async (outcome) => {
    const member = await signedInMember(server)
    storage.reject(outcome, 'deleteMember')
    const answer = await remove(member.memberId)
    expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
    expect(answer.text).toMatch(outcome === 'unknown' ? /not confirmed/ : /nothing was changed/)
    storage.mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    await remove(member.memberId)
    expect(await acceptedOf(server, member)).toEqual([])
  },
)

test('a deletion whose answer was lost has taken effect, and is a success when it is asked for again', async () => {
  const member = await signedInMember(server)
  storage.loseAnswer('deleteMember')
  expect((await remove(member.memberId)).status).toBe(503)
  storage.mend()
  expect(await acceptedOf(server, member)).toEqual([])
  expect((await remove(member.memberId)).json()).toMatchObject({ status: 'DELETED', endedSessions: [] })
})

test('a deletion that cannot be stored leaves the member as they were, whichever of its writes fails', async () => {
  const member = await signedInMember(server)
  const before = await server.contents.dump()
  for (const table of ['member', 'revocation_log', 'audit'] as const) {
    await server.contents.breakWrites(table)
    expect((await remove(member.memberId)).status).toBe(503)
    await server.contents.mend()
    expect(await server.contents.dump()).toBe(before)
  }
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
})
