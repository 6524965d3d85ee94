import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, refusalOf, violationOf, violationsOf } from '../support/answers.ts'
import { authorizeWithTicket, exchange, password, registerMember, visitorTokens } from '../support/members.ts'
import { logIn, register, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const members = () => Number(server.database.prepare('SELECT count(*) AS n FROM member').get()?.['n'])

test('a new member is answered in full, in the names of the wire, and can use the ticket', async () => {
  const profile = { firstName: 'Ada', emails: null, addresses: [{ address: { city: 'London', hint: null } }] }
  const { accessToken } = await visitorTokens(server)
  const answer = await send(`${server.url}/_api/iam/authentication/v2/register`, {
    headers: { authorization: accessToken },
    json: {
      loginId: { email: 'Ada@Shop.example' },
      password,
      profile,
      captchaTokens: [{ Recaptcha: 'a', InvisibleRecaptcha: 'b' }],
      clientMetaData: { anything: [1] },
      unknown: true,
    },
  })
  expect(answer.status).toBe(200)
  const { sessionToken, ...rest } = answer.json<{ sessionToken: string; identity: { id: string } }>()
  const now = new Date(server.clock.now()).toISOString()
  expect(rest).toEqual({
    state: 'SUCCESS',
    identity: {
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      revision: '1',
      createdDate: now,
      updatedDate: now,
      connections: [],
      identityProfile: {
        firstName: 'Ada',
        addresses: [{ address: { city: 'London' } }],
        emails: [],
        phones: [],
        labels: [],
        customFields: [],
        secondaryEmails: [],
        phonesV2: [],
        privacyStatus: 'PRIVATE',
      },
      metadata: { tags: [] },
      email: { address: 'Ada@Shop.example', isVerified: false },
      status: { name: 'ACTIVE', reasons: [] },
      factors: [],
    },
    additionalData: {},
  })
  expect(answer.text).not.toMatch(/"_id"|passwordHash|argon2|:null/)
  const tokens = await exchange(server, (await authorizeWithTicket(server, sessionToken)).code)
  expect(await tokenInfo(server, tokens.accessToken)).toMatchObject({ subjectId: rest.identity.id })
})

test('the session belongs to the client whose token came with the call', async () => {
  const client = await server.addClient()
  const { accessToken } = await visitorTokens(server, client)
  await send(`${server.url}/v2/register`, {
    headers: { authorization: accessToken },
    json: { loginId: { email: 'of-client@shop.example' }, password },
  })
  expect(server.database.prepare('SELECT client_id FROM session ORDER BY id DESC LIMIT 1').get()).toMatchObject({
    client_id: client.id,
  })
})

test('custom fields come back as the list that callers walk, also when they came as a map', async () => {
  const customFields = { size: 'M', age: 36, fan: true, typed: { dateValue: '2026-01-01T00:00:00.000Z' }, gone: null }
  const answer = await register(server, {
    loginId: { email: 'fields@shop.example' },
    password,
    profile: { customFields },
  })
  expect(answer.json()).toMatchObject({
    identity: {
      identityProfile: {
        customFields: [
          { name: 'size', value: { strValue: 'M' } },
          { name: 'age', value: { numValue: 36 } },
          { name: 'fan', value: { boolValue: true } },
          { name: 'typed', value: { dateValue: '2026-01-01T00:00:00.000Z' } },
        ],
      },
    },
  })
})

test.each([
  ['the same', (email: string) => email],
  ['another case', (email: string) => email.toUpperCase()],
])('an address that is taken is answered 409 -19995 in %s spelling, whatever the password', async (_how, spelled) => {
  const { email } = await registerMember(server)
  const before = members()
  for (const given of [password, 'quite another passphrase']) {
    expect(refusalOf(await register(server, { loginId: { email: spelled(email) }, password: given }))).toBe(
      '409 -19995',
    )
  }
  expect(members()).toBe(before)
  expect((await logIn(server, { loginId: { email }, password })).status).toBe(200)
})

test('of ten registrations of one address at once, one registers', async () => {
  const json = { loginId: { email: 'race@shop.example' }, password }
  const answers = await Promise.all(Array.from({ length: 10 }, () => register(server, json)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)])
})

test.each([
  'x',
  '',
  'x@',
  '@shop.example',
  'x@shop',
  'x@shop..example',
  'x y@shop.example',
  ' x@shop.example',
  'x@shop.example\n',
  'x@y@shop.example',
  `${'x'.repeat(65)}@shop.example`,
  `x@${'y'.repeat(250)}.example`,
  '\u212aate@shop.example',
])('the address %j is refused as no address, with the data that the official client reads', async (email) => {
  const before = members()
  const answer = await register(server, { loginId: { email }, password })
  expect(violationOf(answer)).toBe('400 loginId.email FORMAT')
  expect(violationsOf(answer)[0]?.data).toEqual({ type: 'EMAIL' })
  expect(members()).toBe(before)
})

const email = 'refused@shop.example'
test.each([
  ['nothing', {}, 'loginId REQUIRED_FIELD'],
  ['no login id', { password }, 'loginId REQUIRED_FIELD'],
  ['a null login id', { loginId: null, password }, 'loginId TYPE'],
  ['a login id that is a text', { loginId: 'x', password }, 'loginId TYPE'],
  ['no address', { loginId: {}, password }, 'loginId.email REQUIRED_FIELD'],
  ['a null address', { loginId: { email: null }, password }, 'loginId.email TYPE'],
  ['an address that is a list', { loginId: { email: ['x'] }, password }, 'loginId.email TYPE'],
  ['an address with a NUL', { loginId: { email: 'x\0@shop.example' }, password }, 'loginId.email FORMAT'],
  ['no password', { loginId: { email } }, 'password REQUIRED_FIELD'],
  ['a null password', { loginId: { email }, password: null }, 'password REQUIRED_FIELD'],
  ['a password that is a number', { loginId: { email }, password: 12345678 }, 'password TYPE'],
  ['a profile that is a text', { loginId: { email }, password, profile: 'x' }, 'profile TYPE'],
  [
    'a name that is too long',
    { loginId: { email }, password, profile: { firstName: 'x'.repeat(101) } },
    'profile.firstName MAX_LENGTH',
  ],
  [
    'a language that is none',
    { loginId: { email }, password, profile: { language: 'english' } },
    'profile.language FORMAT',
  ],
  [
    'a date that is none',
    { loginId: { email }, password, profile: { birthdate: '1.1.2000' } },
    'profile.birthdate FORMAT',
  ],
  ['a null in a list', { loginId: { email }, password, profile: { addresses: [null] } }, 'profile.addresses.0 TYPE'],
  ['a captcha that is a text', { loginId: { email }, password, captchaTokens: 'x' }, 'captchaTokens TYPE'],
])('a registration with %s is refused, and every violation has data', async (_what, json, expected) => {
  const before = members()
  const answer = await register(server, json)
  expect(violationOf(answer).split(', ')[0]).toBe(`400 ${expected}`)
  expect(answer.json()).toMatchObject({ message: 'Request validation failed' })
  for (const { field, description, violatedRule, ruleName, data } of violationsOf(answer)) {
    expect([typeof field, typeof description, typeof violatedRule, typeof ruleName]).toEqual(Array(4).fill('string'))
    expect(data).toBeTypeOf('object')
    expect(data).not.toBeNull()
  }
  expect(members()).toBe(before)
})

test('A-01: registering writes the member and the start of the session, with the id of the request', async () => {
  const answer = await register(server, { loginId: { email: 'audit@shop.example' }, password })
  const { identity } = answer.json<{ identity: { id: string } }>()
  const records = (await auditOf(server)).slice(-2)
  const about = {
    at: server.clock.now(),
    memberId: identity.id,
    actor: { kind: 'member', id: identity.id },
    requestId: answer.headers['x-wix-request-id'],
  }
  expect(records).toMatchObject([
    { ...about, event: 'member.registered' },
    { ...about, event: 'session.started', sessionId: expect.any(Number) },
  ])
})

test('a member who has to be approved gets no session, and logging in says so until then', async () => {
  await using strict = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
  const json = { loginId: { email: 'waiting@shop.example' }, password }
  for (const answer of [await register(strict, json), await logIn(strict, json), await logIn(strict, json)]) {
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({
      state: 'REQUIRE_OWNER_APPROVAL',
      identity: { status: { name: 'PENDING', reasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] } },
    })
    expect(answer.json()).not.toHaveProperty('sessionToken')
  }
  expect(strict.database.prepare('SELECT count(*) AS n FROM session').get()).toMatchObject({ n: 0 })
  expect(refusalOf(await logIn(strict, { ...json, password: 'not the passphrase' }))).toBe('401 -19976')
  expect(refusalOf(await register(strict, json))).toBe('409 -19995')

  strict.database.exec(`UPDATE member SET status = 'ACTIVE', status_reasons = '[]'`)
  expect((await logIn(strict, json)).json()).toMatchObject({
    state: 'SUCCESS',
    identity: { status: { name: 'ACTIVE' } },
  })
})

test('where registration is closed nobody registers, whoever asks', async () => {
  await using closed = await startTestServer({ siteSettings: { registration: 'closed' } })
  const bodies = [
    { loginId: { email }, password },
    { loginId: { email: 'x' }, password },
    { loginId: { email }, password: 'x' },
  ]
  for (const json of bodies) expect(refusalOf(await register(closed, json))).toBe('403 REGISTRATION_CLOSED')
  expect(closed.database.prepare('SELECT count(*) AS n FROM member').get()).toMatchObject({ n: 0 })
})
