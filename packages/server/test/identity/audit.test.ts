import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditRecord } from '../../src/ports/storage.ts'
import { auditOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginByForm,
  loginTicket,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { authorize, changePassword, logIn, presentCode, register, submitLogin } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function recordsOf(
  work: () => Promise<Received>,
): Promise<{ answer: Received; records: readonly AuditRecord[] }> {
  const before = (await auditOf(server)).length
  const answer = await work()
  return { answer, records: (await auditOf(server)).slice(before) }
}

test('A-01: every step of a session leaves its record, with the id of the request that made it', async () => {
  const { email, memberId, sessionToken } = await registerMember(server)
  const claim = await recordsOf(() => authorize(server, { sessionToken }))
  expect(claim.records.map(({ event }) => event)).toEqual(['session.claimed'])
  const code = new URL(String(claim.answer.headers['location'])).searchParams.get('code') ?? ''
  const grant = await recordsOf(() => presentCode(server, code))
  expect(grant.records.map(({ event }) => event)).toEqual(['grant.opened'])
  const form = await recordsOf(() => submitLogin(server, { email }))
  expect(form.records.map(({ event }) => event)).toEqual(['session.started'])
  const authorization = grant.answer.json<Record<string, string>>()['access_token'] ?? ''
  const end = await recordsOf(() => send(`${server.url}/v1/logout`, { headers: { authorization } }))
  expect(end.records.map(({ event }) => event)).toEqual(['session.ended'])
  for (const { answer, records } of [claim, grant, form, end]) {
    for (const record of records) {
      expect(record).toMatchObject({
        at: server.clock.now(),
        siteId: server.service.siteId,
        memberId,
        actor: { kind: 'member', id: memberId },
        requestId: answer.headers['x-wix-request-id'],
        sessionId: expect.any(Number),
      })
    }
  }
})

/** What ends a session over HTTP, and what the record of it must say. */
const ends: readonly (readonly [
  string,
  (member: Awaited<ReturnType<typeof signedInMember>>) => Promise<unknown>,
  Readonly<Record<string, unknown>>,
])[] = [
  [
    'a logout',
    ({ accessToken }) => send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } }),
    { event: 'session.ended', cause: 'logout', grantsEnded: 1, refreshTokensEnded: 1 },
  ],
  [
    'a login in the same browser',
    async ({ cookie }) => loginByForm(server, (await registerMember(server)).email, { cookie }),
    { event: 'session.ended', cause: 'replaced', grantsEnded: 1, refreshTokensEnded: 1 },
  ],
  [
    'a ticket of the same member',
    async ({ cookie, email }) => authorizeWithTicket(server, await loginTicket(server, email), { headers: { cookie } }),
    { event: 'session.ended', cause: 'replaced', grantsEnded: 1, refreshTokensEnded: 1 },
  ],
  [
    'a change of password elsewhere',
    async ({ email }) => {
      const { code } = await authorizeWithTicket(server, await loginTicket(server, email))
      await changePassword(server, (await exchange(server, code)).accessToken, 'quite another passphrase')
    },
    { event: 'session.ended', cause: 'password_changed', grantsEnded: 1, refreshTokensEnded: 1 },
  ],
  [
    'a second use of a code',
    async ({ cookie }) => {
      const code = await authorizeWithCookie(server, cookie)
      await exchange(server, code)
      await presentCode(server, code)
    },
    { event: 'grant.ended', cause: 'reuse_detected', actor: { kind: 'system' }, grantsEnded: 1, refreshTokensEnded: 2 },
  ],
]
test.each(ends)(
  'A-02: %s is on record once, with time, actor, cause, request and counts',
  async (_what, work, expected) => {
    const member = await signedInMember(server)
    const before = (await auditOf(server)).length
    await work(member)
    const found = (await auditOf(server))
      .slice(before)
      .filter(({ event, memberId }) => event.endsWith('.ended') && memberId === member.memberId)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      actor: { kind: 'member', id: member.memberId },
      at: server.clock.now(),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sessionId: expect.any(Number),
      noticesOwed: 0,
      keyId: null,
      ...expected,
    })
  },
)

/** Makes every audit insert fail until it is taken back. */
async function withoutAudit<T>(work: () => Promise<T>): Promise<T> {
  server.database.exec(`
    CREATE TEMP TRIGGER no_audit BEFORE INSERT ON main.audit BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
  try {
    return await work()
  } finally {
    server.database.exec('DROP TRIGGER temp.no_audit')
  }
}

const tables = ['member', 'session', 'ticket', 'client_grant', 'refresh_token', 'authorization_code', 'revocation_log']
const contents = () =>
  tables.map((table) => JSON.stringify(server.database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()))

test('A-01: where the audit record cannot be written, nothing is done and the answer is 503', async () => {
  const member = await signedInMember(server)
  const ticket = await loginTicket(server, member.email)
  const before = contents()
  const own = { authorization: member.accessToken, cookie: member.cookie }
  const attempts: readonly (readonly [string, () => Promise<Received>])[] = [
    ['register', () => register(server, { loginId: { email: 'unaudited@shop.example' }, password })],
    ['log in', () => logIn(server, { loginId: { email: member.email }, password })],
    ['the login page', () => submitLogin(server, { email: member.email })],
    ['a ticket', () => authorize(server, { sessionToken: ticket })],
    ['change password', () => changePassword(server, member.accessToken, 'quite another passphrase')],
    ['logout', () => send(`${server.url}/v1/logout`, { headers: own })],
  ]
  for (const [what, attempt] of attempts) {
    const answer = await withoutAudit(attempt)
    expect([what, answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([what, 503, true])
    expect(answer.setCookies).toEqual([])
    expect(answer.headers['location']).toBeUndefined()
    expect(contents()).toEqual(before)
  }
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect((await authorize(server, { sessionToken: ticket })).status).toBe(302)
})

test('A-01: where a grant cannot be put on record, a code gives no tokens and stays good', async () => {
  const client = await server.addClient()
  const { cookie } = await signedInMember(server)
  const code = await authorizeWithCookie(server, cookie, client)
  const refused = await withoutAudit(() => presentCode(server, code, { clientId: client.id }))
  expect([refused.status, refused.json()['error']]).toEqual([503, 'temporarily_unavailable'])
  expect((await presentCode(server, code, { clientId: client.id })).status).toBe(200)
})
