import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, refusalOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  exchange,
  password,
  registerMember,
  signedInMember,
} from '../support/members.ts'
import { logIn, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let email: string
let memberId: string
beforeAll(async () => {
  server = await startTestServer()
  ;({ email, memberId } = await registerMember(server))
})
afterAll(() => server.close())

const sessions = () => Number(server.database.prepare('SELECT count(*) AS n FROM session').get()?.['n'])

test('the right password gives a ticket of a new session', async () => {
  const answer = await logIn(server, { loginId: { email }, password, stateToken: null, clientMetaData: {} })
  expect(answer.status).toBe(200)
  const message = answer.json<{ sessionToken: string }>()
  expect(message).toMatchObject({
    state: 'SUCCESS',
    identity: { id: memberId, email: { address: email } },
    additionalData: {},
  })
  const { accessToken } = await exchange(server, (await authorizeWithTicket(server, message.sessionToken)).code)
  expect(await tokenInfo(server, accessToken)).toMatchObject({ active: true, subjectId: memberId })
})

test('a login leaves the other sessions of the member alone', async () => {
  const member = await signedInMember(server)
  await logIn(server, { loginId: { email: member.email }, password })
  expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([])
})

const malformed: readonly (readonly [string, unknown, string])[] = [
  ['nothing', {}, '404 -19999'],
  ['a null login id', { loginId: null, password }, '404 -19999'],
  ['an empty login id', { loginId: {}, password }, '404 -19999'],
  ['a null address', { loginId: { email: null }, password }, '404 -19999'],
  ['an empty address', { loginId: { email: '' }, password }, '404 -19999'],
  ['what is no address', { loginId: { email: 'x' }, password }, '404 -19999'],
  ['an address with a space', { loginId: { email: 'a b@shop.example' }, password }, '404 -19999'],
  ['an address of 300 characters', { loginId: { email: `${'x'.repeat(290)}@x.example` }, password }, '404 -19999'],
  ['an address that nobody has', { loginId: { email: 'nobody@shop.example' }, password }, '404 -19999'],
  ['an address that is a number', { loginId: { email: 1 }, password }, '400 INVALID_ARGUMENT'],
  ['an address that is a list', { loginId: { email: ['x'] }, password }, '400 INVALID_ARGUMENT'],
  ['a login id that is a text', { loginId: 'x', password }, '400 INVALID_ARGUMENT'],
  ['a password that is a number', { loginId: { email: 'x' }, password: 1 }, '400 INVALID_ARGUMENT'],
  ['a password that is an object', { loginId: { email: 'x' }, password: {} }, '400 INVALID_ARGUMENT'],
  ['a state token that is too long', { loginId: { email: 'x' }, stateToken: 'x'.repeat(1001) }, '400 INVALID_ARGUMENT'],
  ['captchas that are a text', { loginId: { email: 'x' }, captchaTokens: 'x' }, '400 INVALID_ARGUMENT'],
  ['a NUL in the address', { loginId: { email: 'x\0@shop.example' }, password }, '400 INVALID_ARGUMENT'],
  ['a list for a message', [], '400 INVALID_ARGUMENT'],
  ['a text for a message', 'x', '400 INVALID_ARGUMENT'],
]
test.each(malformed)(
  'a login with %s is answered by an application error, never by a validation error',
  async (_what, json, expected) => {
    const before = sessions()
    const answer = await logIn(server, json)
    expect(refusalOf(answer)).toBe(expected)
    expect(answer.json()).toEqual({
      message: expect.any(String),
      details: { applicationError: { code: expect.any(String), description: expect.any(String), data: {} } },
    })
    expect(sessions()).toBe(before)
  },
)

test.each([
  ['broken JSON', '{', 'application/json', '400 INVALID_ARGUMENT'],
  ['JSON with __proto__', '{"__proto__":{}}', 'application/json', '400 INVALID_ARGUMENT'],
  ['plain text', 'x', 'text/plain', '415 UNSUPPORTED_MEDIA_TYPE'],
  ['too much', `{"password":"${'x'.repeat(70_000)}"}`, 'application/json', '413 REQUEST_TOO_LARGE'],
])('a login with %s is answered by an application error', async (_what, body, type, expected) => {
  const answer = await send(`${server.url}/v2/login`, { body, headers: { 'content-type': type } })
  expect(refusalOf(answer)).toBe(expected)
})

test.each([
  ['a wrong password', 'not the passphrase'],
  ['no password', undefined],
  ['a null password', null],
  ['an empty password', ''],
  ['the password in another case', password.toUpperCase()],
  ['the password and a space', `${password} `],
  ['half the password', password.slice(0, 10)],
  ['a very long password', 'x'.repeat(10_000)],
])('a login with %s is answered 401 -19976', async (_what, given) => {
  const before = sessions()
  const answer = await logIn(server, { loginId: { email }, password: given })
  expect(refusalOf(answer)).toBe('401 -19976')
  expect(answer.json()).toMatchObject({ message: 'Wrong password' })
  expect(sessions()).toBe(before)
})

test.each(['BLOCKED', 'DELETED', 'OFFLINE'])(
  'a member who is %s is answered 403 IDENTITY_NOT_ACTIVE, and only with the right password',
  async (status) => {
    const account = await registerMember(server)
    server.database.prepare('UPDATE member SET status = ? WHERE id = ?').run(status, account.memberId)
    const loginId = { email: account.email }
    expect(refusalOf(await logIn(server, { loginId, password }))).toBe('403 IDENTITY_NOT_ACTIVE')
    expect(refusalOf(await logIn(server, { loginId, password: 'not the passphrase' }))).toBe('401 -19976')
  },
)

test('a member without a password is told to set one', async () => {
  const account = await registerMember(server)
  server.database.prepare('UPDATE member SET password_hash = NULL WHERE id = ?').run(account.memberId)
  expect(refusalOf(await logIn(server, { loginId: { email: account.email }, password }))).toBe('401 -19973')
})

test('where unknown addresses are hidden, every failed login is answered alike', async () => {
  await using hiding = await startTestServer({ siteSettings: { hideUnknownAddresses: true } })
  const { email: known } = await registerMember(hiding)
  const answers = await Promise.all(
    [known, 'nobody@shop.example', 'x', ''].map((email) =>
      logIn(hiding, { loginId: { email }, password: 'wrong one' }),
    ),
  )
  for (const answer of answers) expect(refusalOf(answer)).toBe('401 -19976')
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
})

test('A-01: a login writes the start of the session, a failed one does not', async () => {
  const before = (await auditOf(server)).length
  await logIn(server, { loginId: { email }, password: 'not the passphrase' })
  await logIn(server, { loginId: { email: 'nobody@shop.example' }, password })
  expect(await auditOf(server)).toHaveLength(before)
  const answer = await logIn(server, { loginId: { email }, password })
  expect((await auditOf(server)).slice(before)).toMatchObject([
    { event: 'session.started', memberId, requestId: answer.headers['x-wix-request-id'], cause: null },
  ])
})
