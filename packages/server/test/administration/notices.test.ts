import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { authorizeWithCookie, exchange, signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

interface Told {
  readonly id: string
  readonly state: string
  readonly memberId: string
  readonly clientId: string
}

let server: TestServer
let member: Awaited<ReturnType<typeof signedInMember>>
let client: Awaited<ReturnType<TestServer['addClient']>>
beforeAll(async () => {
  server = await startTestServer()
  client = await server.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
})
beforeEach(async () => {
  member = await signedInMember(server)
  await exchange(server, await authorizeWithCookie(server, member.cookie, client), client)
  await administer(server, 'DELETE', `/members/${member.memberId}/sessions`)
})
afterAll(() => server.close())

async function list(query: Readonly<Record<string, string>> = {}): Promise<readonly Told[]> {
  return (await administer(server, 'GET', `/notices?${new URLSearchParams(query)}`)).json<{ notices: Told[] }>().notices
}

const retry = (id: string) => administer(server, 'POST', `/notices/${id}/retry`)

async function own(): Promise<Told> {
  const [notice] = await list({ memberId: member.memberId })
  if (notice === undefined) throw new Error('Nothing is owed')
  return notice
}

const settle = (id: string, state: string) =>
  server.contents.execute(`
    UPDATE notice SET state = '${state}', attempts = 9, next_attempt_at = NULL, settled_at = ${server.clock.now()},
      last_status = '503 Service Unavailable' WHERE id = ${id}`)

test('what a client is owed is listed, with what it is about and when it is tried', async () => {
  const date = new Date(server.clock.now()).toISOString()
  expect(await list({ memberId: member.memberId.toUpperCase(), clientId: client.id, state: 'pending' })).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      kind: 'backchannel_logout',
      state: 'pending',
      clientId: client.id,
      memberId: member.memberId,
      entry: expect.stringMatching(/^\d+$/),
      attempts: 0,
      createdDate: date,
      nextAttemptDate: date,
    },
  ])
  expect(await list({ memberId: member.memberId, state: 'failed' })).toEqual([])
})

test('a notice that was given up is listed as failed, and tried again when an operator says so', async () => {
  const { id } = await own()
  await settle(id, 'failed')
  const date = new Date(server.clock.now()).toISOString()
  expect(await list({ state: 'failed' })).toMatchObject([
    { id, state: 'failed', attempts: 9, lastStatus: '503 Service Unavailable', settledDate: date },
  ])
  const answer = await retry(id)
  expect([answer.status, answer.json()]).toMatchObject([
    200,
    { notice: { id, state: 'pending', attempts: 0, nextAttemptDate: date } },
  ])
  expect(await list({ state: 'failed' })).toEqual([])
  const records = await auditOf(server)
  expect(records.at(-1)).toMatchObject({
    event: 'notice.retried',
    actor: { kind: 'administrator' },
    memberId: member.memberId,
    clientId: client.id,
    requestId: answer.headers['x-wix-request-id'],
  })
  expect((await retry(id)).json()).toEqual(answer.json())
  expect(await auditOf(server)).toHaveLength(records.length)
})

test('a notice that has arrived is not tried again, nor is one that nobody owes', async () => {
  const { id } = await own()
  await settle(id, 'delivered')
  expect(refusalOf(await retry(id))).toBe('409 NOTICE_DELIVERED')
  expect(refusalOf(await retry('999999999'))).toBe('404 NOT_FOUND')
  expect(await own()).toMatchObject({ state: 'delivered' })
})

test.each([
  ['state', 'lost'],
  ['clientId', '1'],
  ['memberId', 'ada'],
  ['cursor', '-1'],
])('a list by %s=%s is refused', async (field, value) => {
  const answer = await administer(server, 'GET', `/notices?${field}=${value}`)
  expect(violationOf(answer)).toMatch(new RegExp(`^400 ${field} `))
})

test.each(['0', '-1', '1.5', 'x', '1'.repeat(16)])('a notice cannot be called %s', async (id) => {
  expect((await retry(id)).status).toBe(400)
})

test('a key that only reads sees notices and has none tried again; one that supports may', async () => {
  const { id } = await own()
  await settle(id, 'failed')
  for (const [role, status] of [
    ['read_only', 403],
    ['support', 200],
  ] as const) {
    const key = `adj_admin_of_${role}_0123456789012345678901234567890`
    server.database
      .prepare('INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, 0, ?, ?)')
      .run(role, server.service.siteId, hashSecret(key), role, role)
    const headers = { authorization: `Bearer ${key}` }
    expect((await send(`${server.url}/admin/v1/notices`, { headers })).status).toBe(200)
    const retried = await send(`${server.url}/admin/v1/notices/${id}/retry`, { method: 'POST', headers })
    expect(retried.status).toBe(status)
  }
})

test('nothing that a list of notices tells is in a token', async () => {
  const { text } = await administer(server, 'GET', '/notices')
  for (const { sid } of await server.contents.notices()) expect(text).not.toContain(sid)
})
