import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { administer, block } from '../support/administer.ts'
import { auditOf, refusalOf, violationsOf } from '../support/answers.ts'
import { hour } from '../support/manual-clock.ts'
import { signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

interface Told {
  readonly id: string
  readonly date: string
  readonly event: string
  readonly actor: { readonly kind: string; readonly id?: string }
  readonly memberId?: string
  readonly sessionId?: string
}

let server: TestServer
let ada: Awaited<ReturnType<typeof signedInMember>>
let bob: Awaited<ReturnType<typeof signedInMember>>
beforeAll(async () => {
  server = await startTestServer()
  ada = await signedInMember(server)
  bob = await signedInMember(server)
  server.clock.advance(hour)
  await send(`${server.url}/v1/logout`, { headers: { cookie: ada.cookie, 'x-requested-with': 'test' } })
  await block(server, bob.memberId)
})
afterAll(() => server.close())

async function find(query: Readonly<Record<string, string>> = {}): Promise<readonly Told[]> {
  const { records } = (await ask(query)).json<{ records: Told[] }>()
  return records
}

function ask(query: Readonly<Record<string, string>>, at = server) {
  return administer(at, 'GET', `/audit?${new URLSearchParams(query)}`)
}

test('the audit log is told newest first, and the other way round when asked', async () => {
  const all = await auditOf(server)
  expect((await find()).map(({ id }) => Number(id))).toEqual(all.map(({ n }) => n).toReversed())
  expect((await find({ order: 'oldest' })).map(({ id }) => Number(id))).toEqual(all.map(({ n }) => n))
})

test('a record tells who did what to whom, when, why, and how much ended with it', async () => {
  const [blocked, ended] = await find({ memberId: bob.memberId })
  const { id: keyId } = (blocked as Told).actor
  const date = new Date(server.clock.now()).toISOString()
  expect(blocked).toEqual({
    id: expect.stringMatching(/^\d+$/),
    date,
    event: 'member.blocked',
    actor: { kind: 'administrator', id: expect.any(String) },
    requestId: expect.any(String),
    memberId: bob.memberId,
  })
  expect(ended).toEqual({
    id: expect.stringMatching(/^\d+$/),
    date,
    event: 'session.ended',
    cause: 'blocked',
    actor: { kind: 'administrator', id: keyId },
    requestId: expect.any(String),
    memberId: bob.memberId,
    sessionId: expect.stringMatching(/^\d+$/),
    ended: { grants: 1, refreshTokens: 1, noticesOwed: 0 },
  })
})

test('what is asked for is found by member, session, client, event, cause, actor and time, whatever the case of ids', async () => {
  const { sessionId = '' } = (await find({ memberId: ada.memberId, event: 'session.ended' }))[0] as Told
  const events = async (query: Readonly<Record<string, string>>) => (await find(query)).map(({ event }) => event)
  expect(await events({ memberId: ada.memberId.toUpperCase(), cause: 'logout' })).toEqual(['session.ended'])
  expect(await events({ sessionId, order: 'oldest' })).toEqual([
    'session.started',
    'session.claimed',
    'grant.opened',
    'session.ended',
  ])
  expect(await events({ clientId: server.client.id.toUpperCase(), event: 'grant.opened' })).toEqual([
    'grant.opened',
    'grant.opened',
  ])
  expect(await events({ actor: 'system' })).toEqual(['site.created'])
  expect(await events({ actor: 'member', actorId: bob.memberId, event: 'member.registered' })).toEqual([
    'member.registered',
  ])
  const now = new Date(server.clock.now()).toISOString()
  expect(await events({ from: now })).toEqual(['member.blocked', 'session.ended', 'session.ended'])
  expect(await events({ to: now, event: 'session.ended' })).toEqual([])
  const inParis = `${new Date(server.clock.now() + hour).toISOString().slice(0, -1)}+01:00`
  expect(await events({ from: inParis })).toEqual(await events({ from: now }))
  expect(await events({ cause: 'signal' })).toEqual([])
})

test('pages are as long as asked for, and lead to each other until there are no more', async () => {
  const all = await find()
  const found: Told[] = []
  let cursor: string | undefined
  do {
    const answer = await ask({ limit: '4', ...(cursor === undefined ? {} : { cursor }) })
    const page = answer.json<{ records: Told[]; nextCursor?: string }>()
    expect(page.records.length).toBeLessThanOrEqual(4)
    found.push(...page.records)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  expect(found).toEqual(all)
})

test('a reader who has everything goes on behind the last record that they have', async () => {
  await using fresh = await startTestServer()
  const first = (await ask({ order: 'oldest' }, fresh)).json<{ records: Told[]; nextCursor?: string }>()
  expect(first.nextCursor).toBeUndefined()
  const cursor = first.records.at(-1)?.id ?? ''
  expect((await ask({ order: 'oldest', cursor }, fresh)).json()).toEqual({ records: [] })
  const { memberId } = await signedInMember(fresh)
  const { records } = (await ask({ order: 'oldest', cursor }, fresh)).json<{ records: Told[] }>()
  expect(records[0]).toMatchObject({ event: 'member.registered', memberId })
})

test.each([
  ['order', 'sideways'],
  ['cursor', '0'],
  ['cursor', '-1'],
  ['cursor', '1e3'],
  ['cursor', '1'.repeat(16)],
  ['limit', '0'],
  ['limit', '1001'],
  ['limit', '10.5'],
  ['memberId', 'ada'],
  ['memberId', "' OR 1=1 --"],
  ['sessionId', 'x'],
  ['clientId', '1'],
  ['event', 'session.end'],
  ['event', 'toString'],
  ['cause', 'because'],
  ['actor', 'nobody'],
  ['actorId', '1'],
  ['from', 'yesterday'],
  ['from', '2026-01-15'],
  ['from', '2026-13-40T00:00:00Z'],
  ['from', '1768469400000'],
  ['to', '2026-01-15T09:30:00'],
  ['to', ''],
])('a question with %s=%s is refused and names what was wrong', async (field, value) => {
  const answer = await ask({ [field]: value })
  expect(answer.status).toBe(400)
  expect(violationsOf(answer).map((each) => each.field)).toEqual([field])
})

test('a question about somebody who is not there is answered with nothing', async () => {
  expect((await ask({ memberId: '00000000-0000-4000-8000-000000000000' })).json()).toEqual({ records: [] })
})

test('a key that only reads may look into the audit log, and nobody may without a key', async () => {
  const key = 'adj_admin_of_read_only_0123456789012345678901234567890'
  server.database
    .prepare('INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, 0, ?, ?)')
    .run('reader', server.service.siteId, hashSecret(key), 'reader', 'read_only')
  const path = `${server.url}/admin/v1/audit`
  expect((await send(path, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
  for (const authorization of ['', ada.accessToken, `Bearer ${ada.refreshToken}`]) {
    expect(refusalOf(await send(path, { headers: { authorization } }))).toBe('401 UNAUTHENTICATED')
  }
})

test('A-03: nothing that the audit log tells is a secret or an address', async () => {
  const text = JSON.stringify(await find({ limit: '1000' }))
  for (const secret of [ada.accessToken, ada.refreshToken, ada.cookie.split('=')[1] ?? '', ada.email, 'passphrase']) {
    expect(text).not.toContain(secret)
  }
})
