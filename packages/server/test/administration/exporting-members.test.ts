import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { loginTicket, registerMember, signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

const exportOf = (memberId: string) => administer(server, 'GET', `/members/${memberId}/export`)

test('all that is stored of a member is told, and that it was asked for is the last of it', async () => {
  const email = `${randomUUID()}@shop.example`
  const member = await signedInMember(server, email)
  await signedInMember(server)
  await administer(server, 'PATCH', `/members/${member.memberId}`, { profile: { firstName: 'Ada' } })
  await administer(server, 'POST', `/members/${member.memberId}/email`, { email: `new-${email}` })
  await administer(server, 'DELETE', `/members/${member.memberId}/sessions`)
  await loginTicket(server, `new-${email}`)
  const told = await exportOf(member.memberId.toUpperCase())
  expect(told.status).toBe(200)
  expect(told.headers['cache-control']).toBe('no-store')
  const all = told.json<{
    sessions: unknown[]
    mails: { kind: string; recipient: string }[]
    auditRecords: { event: string; memberId?: string; requestId: string }[]
  }>()
  expect(all).toMatchObject({
    member: { id: member.memberId, email: { address: `new-${email}` }, identityProfile: { firstName: 'Ada' } },
    hasPassword: true,
    sessions: [{ clientIds: [server.client.id], ended: 'admin', persistent: false }, { clientIds: [] }],
    challenges: [],
  })
  expect(all.sessions).toHaveLength(2)
  expect(all.sessions[1]).not.toHaveProperty('ended')
  expect(all.mails.map(({ recipient }) => recipient)).toEqual([email, `new-${email}`, `new-${email}`])
  expect(all.auditRecords.map(({ event }) => event)).toEqual([
    'member.registered',
    'session.started',
    'session.claimed',
    'grant.opened',
    'member.updated',
    'member.email_changed',
    'session.ended',
    'session.started',
    'member.exported',
  ])
  expect(new Set(all.auditRecords.map(({ memberId }) => memberId))).toEqual(new Set([member.memberId]))
  expect(all.auditRecords.at(-1)?.requestId).toBe(told.headers['x-wix-request-id'])
})

test('A-03: an export holds nothing that opens anything: no hash of a password, no secret, and nothing of which one is made', async () => {
  const member = await signedInMember(server)
  const { text } = await exportOf(member.memberId)
  expect(text).not.toMatch(/argon2|adj_|passwordHash|password_hash|secret_hash|salt|challenge"|generation/i)
  for (const { sid } of await server.contents.grants()) expect(text).not.toContain(sid)
})

test('an export goes through the whole audit log, however many pages that is', async () => {
  const { memberId } = await registerMember(server)
  let pages = 0
  storage.replace('queryAudit', async (call, query) => {
    pages += 1
    return call({ ...(query as object), limit: 2 })
  })
  const { auditRecords } = (await exportOf(memberId)).json<{ auditRecords: { event: string }[] }>()
  expect(auditRecords.map(({ event }) => event)).toEqual(['member.registered', 'session.started', 'member.exported'])
  expect(pages).toBeGreaterThan(1)
})

test('of a member who was deleted there is nothing personal to be told, and of nobody nothing at all', async () => {
  const email = 'export-of-a-deleted@shop.example'
  const { memberId } = await signedInMember(server, email)
  await administer(server, 'DELETE', `/members/${memberId}`)
  const told = await exportOf(memberId)
  expect(told.json()).toMatchObject({ member: { status: { name: 'DELETED' } }, hasPassword: false, mails: [] })
  expect(told.text).not.toContain('export-of-a-deleted')
  const records = (await auditOf(server)).length
  expect(refusalOf(await exportOf(randomUUID()))).toBe('404 NOT_FOUND')
  expect(await auditOf(server)).toHaveLength(records)
})

test('where it cannot be recorded nothing is told', async () => {
  const { memberId, email } = await registerMember(server)
  await server.contents.breakWrites('audit')
  const refused = await exportOf(memberId)
  await server.contents.mend()
  expect(refusalOf(refused)).toBe('503 SERVICE_UNAVAILABLE')
  expect(refused.text).not.toContain(email)
  for (const method of ['findMemberRecord', 'queryAudit', 'findMember'] as const) {
    storage.reject('nothing_happened', method)
    expect(refusalOf(await exportOf(memberId))).toBe('503 SERVICE_UNAVAILABLE')
    storage.mend()
  }
})

test('a member cannot have it by themselves, with what they hold', async () => {
  const member = await signedInMember(server)
  const headers = { authorization: member.accessToken, cookie: member.cookie }
  const answer = await send(`${server.url}/admin/v1/members/${member.memberId}/export`, { headers })
  expect(refusalOf(answer)).toBe('401 UNAUTHENTICATED')
})
