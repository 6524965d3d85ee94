import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { minute } from '../support/manual-clock.ts'
import { registerMember } from '../support/members.ts'
import { logIn, submitLogin } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

interface Result {
  readonly outcome: string
  readonly id?: string
  readonly problems?: readonly { readonly field: string; readonly rule: string; readonly description: string }[]
}

const bring = (members: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) =>
  administer(server, 'POST', '/members/import', { members, ...more })
const resultsOf = async (members: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) =>
  (await bring(members, more)).json<{ results: Result[] }>().results
const freshAddress = () => `${randomUUID()}@shop.example`
const storedHash = (id: string) =>
  String(server.database.prepare('SELECT password_hash FROM member WHERE id = ?').get(id)?.['password_hash'])

/** Of the password below, as `crypt` wrote it. */
const bcrypt = '$2b$10$abcdefghijklmnopqrstuu7534KiDPSC64rKuAUg4CZXGiaOYvOsa'
const password = 'correct horse bätterié'
const ours = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/

test('members come in as they were kept elsewhere, each on record', async () => {
  const [id, email] = [randomUUID(), `Ada-${freshAddress()}`]
  const brought = await bring([
    {
      email,
      id: id.toUpperCase(),
      emailVerified: true,
      passwordHash: bcrypt,
      profile: { firstName: 'Ada', customFields: { size: 'M' } },
      createdDate: '2019-05-31T12:00:00+02:00',
    },
    { email: freshAddress(), status: 'BLOCKED', id: null, emailVerified: null, passwordHash: null, profile: null },
    { email: freshAddress(), status: 'PENDING' },
  ])
  expect(brought.status).toBe(200)
  const { results } = brought.json<{ results: Result[] }>()
  expect(results.map(({ outcome }) => outcome)).toEqual(['imported', 'imported', 'imported'])
  expect(results[0]?.id).toBe(id)
  const told = await Promise.all(results.map((each) => administer(server, 'GET', `/members/${String(each.id)}`)))
  const members = told.map((answer) => answer.json<{ member: Record<string, unknown> }>().member)
  expect(members[0]).toMatchObject({
    id,
    email: { address: email, isVerified: true },
    status: { name: 'ACTIVE', reasons: [] },
    createdDate: '2019-05-31T10:00:00.000Z',
    identityProfile: { firstName: 'Ada', customFields: [{ name: 'size', value: { strValue: 'M' } }] },
  })
  expect(members[1]).toMatchObject({ email: { isVerified: false }, status: { name: 'BLOCKED' } })
  expect(members[2]).toMatchObject({ status: { name: 'PENDING', reasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] } })
  const requestId = brought.headers['x-wix-request-id']
  expect((await auditOf(server)).filter((each) => each.requestId === requestId)).toMatchObject(
    results.map((each) => ({ event: 'member.imported', memberId: each.id, actor: { kind: 'administrator' } })),
  )
  expect(brought.text).not.toContain('$2b$')
})

test.each([
  ['by the API', (email: string) => logIn(server, { loginId: { email }, password }), 200],
  ['by the login page', (email: string) => submitLogin(server, { email, password }), 303],
])(
  'P-05: a member who came in logs in with the password of before (%s), and the hash is replaced',
  async (_how, login, status) => {
    const email = freshAddress()
    const [result] = await resultsOf([{ email, passwordHash: bcrypt }])
    const id = String(result?.id)
    expect(storedHash(id)).toBe(bcrypt)
    expect((await logIn(server, { loginId: { email }, password: 'not the password' })).status).toBe(401)
    expect(storedHash(id)).toBe(bcrypt)
    expect((await login(email)).status).toBe(status)
    const replaced = storedHash(id)
    expect(replaced).toMatch(ours)
    expect((await login(email)).status).toBe(status)
    expect(storedHash(id)).toBe(replaced)
  },
)

test('a member who came in without a hash cannot log in', async () => {
  const email = freshAddress()
  await resultsOf([{ email }])
  expect((await logIn(server, { loginId: { email }, password })).status).toBe(401)
})

test('what is wrong with a member is told for each, and the good ones come in beside them', async () => {
  const taken = await registerMember(server)
  const [first, last] = [freshAddress(), freshAddress()]
  const tomorrow = new Date(server.clock.now() + minute).toISOString()
  const results = await resultsOf([
    { email: first },
    {},
    { email: 'ada' },
    { email: freshAddress(), id: 'x' },
    { email: freshAddress(), id: taken.memberId },
    { email: freshAddress(), passwordhash: bcrypt },
    { email: freshAddress(), profile: { firstname: 'Ada' } },
    { email: freshAddress(), profile: { firstName: 7 } },
    { email: freshAddress(), status: 'DELETED' },
    { email: freshAddress(), passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    { email: freshAddress(), passwordHash: '$2b$31$abcdefghijklmnopqrstuu7534KiDPSC64rKuAUg4CZXGiaOYvOsa' },
    { email: freshAddress(), createdDate: '31 May 2019' },
    { email: freshAddress(), createdDate: '2019-02-30T12:00:00Z' },
    { email: freshAddress(), createdDate: '1950-01-01T12:00:00Z' },
    { email: freshAddress(), createdDate: tomorrow },
    { email: 'x', id: 'x', createdDate: 'x', passwordHash: 'x' },
    { email: taken.email.toUpperCase() },
    { email: last },
  ])
  expect(
    results.map(({ outcome, problems = [] }) =>
      [outcome, ...problems.map(({ field, rule }) => `${field} ${rule}`)].join(', '),
    ),
  ).toEqual([
    'imported',
    'refused, email REQUIRED_FIELD',
    'refused, email FORMAT',
    'refused, id FORMAT',
    'refused, id ID_TAKEN',
    'refused, passwordhash UNKNOWN_FIELD',
    'refused, profile.firstname UNKNOWN_FIELD',
    'refused, profile.firstName TYPE',
    'refused, status OTHER',
    'refused, passwordHash PASSWORD_HASH',
    'refused, passwordHash PASSWORD_HASH',
    'refused, createdDate FORMAT',
    'refused, createdDate FORMAT',
    'refused, createdDate FORMAT',
    'refused, createdDate IN_FUTURE',
    'refused, email FORMAT, id FORMAT, createdDate FORMAT, passwordHash PASSWORD_HASH',
    'exists',
    'imported',
  ])
  expect(results[16]).toEqual({ outcome: 'exists', id: taken.memberId })
  expect(JSON.stringify(results)).not.toMatch(/5f4dcc3b|abcdefghij/)
  for (const email of [first, last]) {
    expect((await administer(server, 'GET', `/members?email=${email}`)).json()).toMatchObject({ members: [{}] })
  }
})

test('who is there already stays as they are, and a repetition brings nobody twice', async () => {
  const { email, memberId } = await registerMember(server)
  const before = storedHash(memberId)
  const members = [
    { email, passwordHash: bcrypt, profile: { firstName: 'Mallory' } },
    { email: freshAddress(), passwordHash: bcrypt },
  ]
  const first = await resultsOf(members)
  expect(first.map(({ outcome }) => outcome)).toEqual(['exists', 'imported'])
  expect(storedHash(memberId)).toBe(before)
  const dump = await server.contents.dump()
  expect(await resultsOf(members)).toEqual(first.map((each) => ({ ...each, outcome: 'exists' })))
  expect(await server.contents.dump()).toBe(dump)
})

test('one address or one id twice in a list is one member', async () => {
  const [email, id] = [freshAddress(), randomUUID()]
  const results = await resultsOf([
    { email, id },
    { email: email.toUpperCase() },
    { email: freshAddress(), id: id.toUpperCase() },
  ])
  expect(results).toMatchObject([
    { outcome: 'imported', id },
    { outcome: 'exists', id },
    { outcome: 'refused', problems: [{ field: 'id', rule: 'ID_TAKEN' }] },
  ])
})

test('a dry run tells what would become of each, and brings nobody', async () => {
  const { email: taken, memberId } = await registerMember(server)
  const [email, id] = [freshAddress(), randomUUID()]
  const before = await server.contents.dump()
  const results = await resultsOf(
    [{ email, id }, { email }, { email: freshAddress(), id }, { email: taken }, { email: 'x' }],
    { dryRun: true },
  )
  expect(results.map(({ outcome, id: told }) => [outcome, told])).toEqual([
    ['importable', undefined],
    ['exists', id],
    ['refused', undefined],
    ['exists', memberId],
    ['refused', undefined],
  ])
  expect(await server.contents.dump()).toBe(before)
})

test('500 members come in by one call of up to a megabyte, and no more do', async () => {
  const members = Array.from({ length: 500 }, () => ({
    email: freshAddress(),
    passwordHash: bcrypt,
    profile: { company: 'x'.repeat(900) },
  }))
  const results = await resultsOf(members)
  expect(results.filter(({ outcome }) => outcome === 'imported')).toHaveLength(500)
  const more = Array.from({ length: 501 }, () => ({ email: freshAddress() }))
  expect(violationOf(await bring(more))).toBe('400 members OTHER')
  const heavy = Array.from({ length: 500 }, () => ({ email: freshAddress(), profile: { company: 'x'.repeat(3000) } }))
  expect(refusalOf(await bring(heavy))).toBe('413 REQUEST_TOO_LARGE')
})

test('H-04: who may not bring members in may not send a large body either', async () => {
  const body = JSON.stringify({ members: [], filler: 'x'.repeat(900_000) })
  const headers = { 'content-type': 'application/json' }
  const answer = await send(`${server.url}/admin/v1/members/import`, { method: 'POST', headers, body })
  expect(refusalOf(answer)).toBe('413 REQUEST_TOO_LARGE')
  const small = { method: 'POST', headers, body: JSON.stringify({ members: [] }) }
  expect(refusalOf(await send(`${server.url}/admin/v1/members/import`, small))).toBe('401 UNAUTHENTICATED')
})

test('a list of nobody brings nobody, and what is no list is refused', async () => {
  const before = await server.contents.dump()
  expect(await resultsOf([])).toEqual([])
  expect(violationOf(await administer(server, 'POST', '/members/import', {}))).toBe('400 members REQUIRED_FIELD')
  expect(violationOf(await bring([7]))).toBe('400 members.0 TYPE')
  expect(await server.contents.dump()).toBe(before)
})

test.each(['nothing_happened', 'unknown'] as const)(
  'what is answered "%s" is told as 503 and never as done, and brings in nobody',
  async (outcome) => {
    const members = [{ email: freshAddress() }, { email: freshAddress() }]
    const before = await server.contents.dump()
    storage.reject(outcome, 'addMembers')
    const answer = await bring(members)
    expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
    expect(answer.text).toMatch(outcome === 'unknown' ? /not confirmed/ : /nothing was changed/)
    storage.mend()
    expect(await server.contents.dump()).toBe(before)
    for (const table of ['member', 'audit'] as const) {
      await server.contents.breakWrites(table)
      expect((await bring(members)).status).toBe(503)
      await server.contents.mend()
      expect(await server.contents.dump()).toBe(before)
    }
  },
)
