/** Registering and logging in with the official packages, as they are published. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite } from '../support/official-site.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let hosts: OfficialHosts

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url)
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const visitor = () => officialSite(server.client.id)
const newEmail = () => `${randomUUID()}@shop.example`

async function registered(): Promise<string> {
  const email = newEmail()
  expect(await visitor().auth.register({ email, password })).toMatchObject({ loginState: 'SUCCESS' })
  return email
}

test('a new member gets a session token from register', async () => {
  expect(await visitor().auth.register({ email: newEmail(), password })).toEqual({
    loginState: 'SUCCESS',
    data: { sessionToken: expect.stringMatching(/^[^,\s]{20,}$/) },
  })
})

test('a member gets a new session token from login each time', async () => {
  const email = await registered()
  const first = await visitor().auth.login({ email, password })
  const second = await visitor().auth.login({ email, password })
  for (const outcome of [first, second]) {
    expect(outcome).toEqual({ loginState: 'SUCCESS', data: { sessionToken: expect.stringMatching(/^[^,\s]{20,}$/) } })
  }
  expect(first).not.toEqual(second)
})

test('every call of register and login that succeeds is answered 200 exactly', async () => {
  const site = visitor()
  const before = hosts.requests.length
  const email = newEmail()
  await site.auth.register({ email, password })
  await site.auth.login({ email, password })
  const sent = hosts.requests.slice(before)
  expect(sent.map(({ address, status }) => `${address} ${status}`)).toEqual([
    '/oauth2/token 200',
    '/_api/iam/authentication/v2/register 200',
    '/_api/iam/authentication/v2/login 200',
  ])
})

test('login tells a wrong password by invalidPassword, so the code is a string', async () => {
  const email = await registered()
  expect(await visitor().auth.login({ email, password: `${password} not` })).toMatchObject({
    loginState: 'FAILURE',
    errorCode: 'invalidPassword',
  })
})

test('register tells a taken address by emailAlreadyExists, so the code is a string', async () => {
  const email = await registered()
  expect(await visitor().auth.register({ email, password })).toMatchObject({
    loginState: 'FAILURE',
    errorCode: 'emailAlreadyExists',
  })
})

test('login tells an unknown address by invalidEmail', async () => {
  expect(await visitor().auth.login({ email: newEmail(), password })).toMatchObject({
    loginState: 'FAILURE',
    errorCode: 'invalidEmail',
    error: expect.stringContaining('-19999'),
  })
})

test.each([
  ['an address that is none', { email: 'not an address', password }, 'invalidEmail'],
  ['an empty address', { email: '', password }, 'invalidEmail'],
  ['an address with a NUL', { email: 'ada\0@shop.example', password }, 'invalidEmail'],
  ['an address that is a number', { email: 7, password }, 'invalidEmail'],
  ['no address', { password }, 'invalidEmail'],
])('login resolves to a failure, and never rejects, for %s', async (_what, given, errorCode) => {
  const outcome = await visitor().auth.login(given as { email: string; password: string })
  expect(outcome).toMatchObject({ loginState: 'FAILURE', errorCode })
})

test.each([
  ['an empty password', ''],
  ['no password', undefined],
  ['a password that is too long to be one', 'x'.repeat(5000)],
])('login resolves to invalidPassword, and never rejects, for %s', async (_what, wrong) => {
  const email = await registered()
  const outcome = await visitor().auth.login({ email, password: wrong as string })
  expect(outcome).toMatchObject({ loginState: 'FAILURE', errorCode: 'invalidPassword' })
})

test('register tells an address that is none by invalidEmail and a sentence about it', async () => {
  expect(await visitor().auth.register({ email: 'not an address', password })).toEqual({
    loginState: 'FAILURE',
    errorCode: 'invalidEmail',
    error: 'must be an email address',
  })
})

test.each([
  ['a password that is too short', { password: 'short' }],
  ['a password that everybody uses', { password: 'password123' }],
  ['no password', { password: undefined }],
  ['a password that is a number', { password: 12345678 }],
  ['a profile with a language that is none', { profile: { language: 'English' } }],
  ['a profile with a name that is a list', { profile: { firstName: ['Ada'] } }],
])('register resolves to a failure without an error code, and never rejects, for %s', async (_what, given) => {
  const outcome = await visitor().auth.register({ email: newEmail(), password, ...given } as never)
  expect(outcome).toEqual({ loginState: 'FAILURE', error: expect.stringContaining('validationError') })
})

test('every field violation carries data, also when several fields are wrong at once', async () => {
  const site = visitor()
  const refusal = await site.authentication
    .registerV2({ email: 7 as never }, { password: 12345678 as never, profile: { language: 'English' } })
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({ details: { validationError: { fieldViolations: expect.any(Array) } } })
  const { fieldViolations } = (
    refusal as { details: { validationError: { fieldViolations: { field: string; data: unknown }[] } } }
  ).details.validationError
  expect(fieldViolations.length).toBeGreaterThan(1)
  for (const { field, data } of fieldViolations) expect([field, data]).toEqual([expect.any(String), expect.any(Object)])
})

test('captcha tokens under capital names, both in one element, are accepted', async () => {
  const captchaTokens = { recaptchaToken: 'visible', invisibleRecaptchaToken: 'invisible' }
  const email = newEmail()
  const site = visitor()
  expect(await site.auth.register({ email, password, captchaTokens })).toMatchObject({ loginState: 'SUCCESS' })
  expect(await site.auth.login({ email, password, captchaTokens })).toMatchObject({ loginState: 'SUCCESS' })
  expect(hosts.requests.at(-1)?.message).toMatchObject({
    captchaTokens: [{ Recaptcha: 'visible', InvisibleRecaptcha: 'invisible' }],
  })
})

test('the identity arrives under the names of the packages, with dates as dates', async () => {
  const email = newEmail()
  const answer = await visitor().authentication.registerV2({ email }, { password, profile: { firstName: 'Ada' } })
  const { identity } = answer
  expect(identity).toMatchObject({
    _id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    email: { address: email, isVerified: false },
    identityProfile: { firstName: 'Ada', privacyStatus: 'PRIVATE' },
    status: { name: 'ACTIVE', reasons: [] },
    revision: '1',
  })
  const now = server.clock.now()
  expect([identity?._createdDate?.getTime(), identity?._updatedDate?.getTime()]).toEqual([now, now])
  expect(Object.keys(identity ?? {})).not.toContain('id')
})

test('a whole profile comes back, addresses and custom fields included, and nulls in it break nothing', async () => {
  const profile = {
    firstName: 'Ada',
    lastName: null,
    language: 'en',
    addresses: [{ address: { addressLine1: '1 Analytical Row', city: 'London', country: 'GB' }, tag: 'HOME' as const }],
    customFields: [
      { name: 'newsletter', value: { boolValue: true } },
      { name: 'since', value: { dateValue: new Date(Date.UTC(2020, 1, 3)) } },
    ],
    secondaryEmails: [],
  }
  const { identity } = await visitor().authentication.registerV2({ email: newEmail() }, { password, profile })
  expect(identity?.identityProfile).toMatchObject({
    firstName: 'Ada',
    language: 'en',
    addresses: [{ address: { addressLine1: '1 Analytical Row', city: 'London', country: 'GB' }, tag: 'HOME' }],
    customFields: [
      { name: 'newsletter', value: { boolValue: true } },
      { name: 'since', value: { dateValue: new Date(Date.UTC(2020, 1, 3)) } },
    ],
  })
  expect(identity?.identityProfile).not.toHaveProperty('lastName')
})

test.each([
  ['fields of an address', { addresses: [{ address: { city: null, streetAddress: null }, tag: null }] }],
  ['lists', { addresses: null, labels: null, phonesV2: null, customFields: null }],
  ['values of custom fields', { customFields: [{ name: 'empty', value: { strValue: null, dateValue: null } }] }],
  ['values of custom fields that came as a map', { customFields: { empty: null, colour: 'green' } }],
])('%s that another caller sent as null are left out, so that login can read the profile', async (_what, profile) => {
  const email = newEmail()
  const sent = await send(`${server.url}/v2/register`, { json: { loginId: { email }, password, profile } })
  expect(sent.status).toBe(200)
  const { identity } = await visitor().authentication.loginV2({ email }, { password })
  expect(identity?._id).toEqual(expect.any(String))
  expect(JSON.stringify(identity)).not.toContain('null')
})

test('a member who waits for the owner is OWNER_APPROVAL_REQUIRED at register and at login', async () => {
  await using strict = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
  using _hosts = redirectOfficialHosts(strict.url)
  const site = officialSite(strict.client.id)
  const email = newEmail()
  const waiting = { loginState: 'OWNER_APPROVAL_REQUIRED' }
  expect(await site.auth.register({ email, password })).toEqual(waiting)
  expect(await site.auth.login({ email, password })).toEqual(waiting)
})

test('a state has its session token with SUCCESS and none otherwise', async () => {
  const email = newEmail()
  const success = await visitor().authentication.registerV2({ email }, { password })
  expect(success).toMatchObject({ state: 'SUCCESS', sessionToken: expect.any(String) })
  expect(success).not.toHaveProperty('stateToken')

  await using strict = await startTestServer({ siteSettings: { requireOwnerApproval: true } })
  using _hosts = redirectOfficialHosts(strict.url)
  const waiting = await officialSite(strict.client.id).authentication.registerV2({ email }, { password })
  expect(waiting.state).toBe('REQUIRE_OWNER_APPROVAL')
  expect(waiting).not.toHaveProperty('sessionToken')
})

test('an error tells its request id in the message and outside it', async () => {
  const site = visitor()
  const refusal = await site.authentication
    .loginV2({ email: newEmail() }, { password })
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({
    details: {
      applicationError: { code: '-19999', description: 'Identity not found', data: {} },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
  expect(JSON.parse((refusal as Error).message)).toMatchObject({
    message: 'Identity not found',
    details: { applicationError: { code: '-19999' } },
  })
})

test('validateEmail tells the form of an address', async () => {
  const { authentication } = visitor()
  expect(await authentication.validateEmail('ada@shop.example')).toEqual({ valid: true, formatInvalid: false })
  expect(await authentication.validateEmail('not an address')).toMatchObject({
    valid: false,
    formatInvalid: true,
    failure: { reason: 'EMAIL_DOMAIN_FORMAT_INVALID' },
  })
})
