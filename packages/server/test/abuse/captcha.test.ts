/** Where a captcha is demanded, a person has to have solved one; whether they did is for its provider to say, and for nobody else. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createSiteverify } from '../../src/adapters/captcha/siteverify.ts'
import { CaptchaUnavailable } from '../../src/ports/captcha.ts'
import { refusalOf } from '../support/answers.ts'
import { addressOf, logInByFormFrom, sendFrom, startProxiedServer } from '../support/from-address.ts'
import { password } from '../support/members.ts'
import type { Received } from '../support/send.ts'
import { captchaSecret, type SiteverifyServer, sendJson, startSiteverifyServer } from '../support/siteverify-server.ts'
import type { TestServer } from '../support/test-server.ts'

let verifier: SiteverifyServer
let server: TestServer
beforeAll(async () => {
  verifier = await startSiteverifyServer()
  server = await startProxiedServer({
    environment: {
      ADJOURN_CAPTCHA_PROVIDER: 'turnstile',
      ADJOURN_CAPTCHA_SECRET: captchaSecret,
      ADJOURN_CAPTCHA_URL: verifier.url,
    },
  })
})
afterEach(() => verifier.mend())
afterAll(async () => {
  await server.close()
  await verifier[Symbol.asyncDispose]()
})

let addresses = 0
const freshAddress = () => {
  addresses += 1
  return addressOf(addresses)
}
const solved = () => `solved ${randomUUID()}`

interface Attempt {
  readonly captchaTokens?: unknown
  readonly address?: string
  readonly email?: string
  readonly headers?: Readonly<Record<string, string>>
}

function ask(path: string, { captchaTokens, address, email, headers = {} }: Attempt): Promise<Received> {
  return sendFrom(address ?? freshAddress(), `${server.url}${path}`, {
    headers,
    json: { loginId: { email: email ?? `${randomUUID()}@shop.example` }, password, captchaTokens },
  })
}
const register = (attempt: Attempt = {}) => ask('/v2/register', attempt)
const logIn = (attempt: Attempt = {}) => ask('/v2/login', attempt)

let registered: Promise<string> | undefined
/** The address of a member who solved a captcha. */
const member = () => {
  registered ??= (async () => {
    const email = `${randomUUID()}@shop.example`
    const answer = await register({ email, captchaTokens: [{ Recaptcha: solved() }] })
    if (answer.status !== 200) throw new Error(`The registration was refused: ${answer.text}`)
    return email
  })()
  return registered
}

const missing: readonly (readonly [string, unknown])[] = [
  ['no tokens at all', undefined],
  ['null for tokens', null],
  ['an empty list', []],
  ['an empty element', [{}]],
  ['an element with nulls', [{ Recaptcha: null, InvisibleRecaptcha: null, recaptchaForClientSiteKey: null }]],
  ['an empty token', [{ Recaptcha: '' }]],
  ['the statement that there is none', [{ NoCaptcha: 'solved, or so they say' }]],
  ['a key of its own without a token', [{ recaptchaForClientSiteKey: { siteKeyId: 'x' } }]],
  ['a token under a name that nobody knows', [{ recaptcha: 'solved in lower case' }]],
]

describe.each([
  ['register', register],
  ['login', logIn],
] as const)('%s', (_name, attempt) => {
  test.each(missing)('with %s is answered 401 -19971, and nobody is asked', async (_what, captchaTokens) => {
    const before = verifier.questions.length
    expect(refusalOf(await attempt({ captchaTokens }))).toBe('401 -19971')
    expect(verifier.questions).toHaveLength(before)
  })

  test.each([
    ['a wrong token', [{ Recaptcha: 'wrong' }]],
    ['two wrong tokens', [{ Recaptcha: 'wrong', InvisibleRecaptcha: 'wrong too' }]],
    [
      'a wrong token for a key of its own',
      [{ recaptchaForClientSiteKey: { token: 'wrong', siteKeyId: randomUUID() } }],
    ],
  ])('with %s is answered 401 -19970', async (_what, captchaTokens) => {
    expect(refusalOf(await attempt({ captchaTokens }))).toBe('401 -19970')
  })

  test('with a token that was used before is answered 401 -19970', async () => {
    const captchaTokens = [{ Recaptcha: solved() }]
    await attempt({ captchaTokens })
    expect(refusalOf(await attempt({ captchaTokens }))).toBe('401 -19970')
  })

  test('with a token of 5001 characters is refused before anybody is asked', async () => {
    const before = verifier.questions.length
    const answer = await attempt({ captchaTokens: [{ Recaptcha: 'x'.repeat(5001) }] })
    expect(answer.status).toBe(400)
    expect(verifier.questions).toHaveLength(before)
  })

  test('with more tokens than a page has widgets asks about two', async () => {
    const before = verifier.questions.length
    const captchaTokens = Array.from({ length: 10 }, (_, index) => ({ Recaptcha: `wrong ${index}` }))
    expect(refusalOf(await attempt({ captchaTokens }))).toBe('401 -19970')
    expect(verifier.questions).toHaveLength(before + 2)
  })
})

test.each([
  ['the visible widget', () => [{ Recaptcha: solved() }]],
  ['the invisible widget', () => [{ InvisibleRecaptcha: solved() }]],
  ['both widgets in one element, the visible one solved', () => [{ Recaptcha: solved(), InvisibleRecaptcha: 'wrong' }]],
  [
    'both widgets in one element, the invisible one solved',
    () => [{ Recaptcha: 'wrong', InvisibleRecaptcha: solved() }],
  ],
  ['both widgets in an element each', () => [{ Recaptcha: 'wrong' }, { InvisibleRecaptcha: solved() }]],
  ['a key of its own', () => [{ recaptchaForClientSiteKey: { token: solved(), siteKeyId: randomUUID() } }]],
  ['one element of many', () => [{}, { Recaptcha: '' }, { Recaptcha: solved() }]],
] as const)('who has solved %s is let in', async (_what, tokens) => {
  expect((await register({ captchaTokens: tokens() })).status).toBe(200)
  expect((await logIn({ email: await member(), captchaTokens: tokens() })).status).toBe(200)
})

test('the provider is asked by a form, with the secret, the token and where the caller is', async () => {
  const token = solved()
  await register({ captchaTokens: [{ Recaptcha: token }], address: '203.0.113.44' })
  const question = verifier.questions.at(-1)
  expect(question).toMatchObject({ method: 'POST', contentType: expect.stringContaining('x-www-form-urlencoded') })
  expect(Object.fromEntries(question?.form ?? [])).toEqual({
    secret: captchaSecret,
    response: token,
    remoteip: '203.0.113.44',
  })
  // Through such an address come many: it says nothing of the person.
  await register({ captchaTokens: [{ Recaptcha: solved() }], address: '10.1.2.3' })
  expect(verifier.questions.at(-1)?.form.has('remoteip')).toBe(false)
})

test('a solved captcha makes no wrong password right', async () => {
  const answer = await sendFrom(freshAddress(), `${server.url}/v2/login`, {
    json: { loginId: { email: await member() }, password: 'wrong one', captchaTokens: [{ Recaptcha: solved() }] },
  })
  expect(refusalOf(answer)).toBe('401 -19976')
})

test('the login page, which runs no script, demands none', async () => {
  const answer = await logInByFormFrom(freshAddress(), server, await member())
  expect(answer.status).toBe(303)
})

test('who acts for the site need not solve one', async () => {
  const { service, client } = server
  const site = await service.storage.findSite()
  const subject = { site: service.siteId, client: client.id, generation: site?.generation ?? 0, clientGeneration: 0 }
  const { token } = await service.accessTokens.sign({ ...subject, subjectType: 'app' }, 300)
  const before = verifier.questions.length
  expect((await register({ headers: { authorization: token } })).status).toBe(200)
  expect((await logIn({ headers: { authorization: token }, email: await member() })).status).toBe(200)
  expect(verifier.questions).toHaveLength(before)
})

const outages: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['answers 500', (response) => sendJson(response, { success: true }, 500)],
  ['answers 404', (response) => sendJson(response, {}, 404)],
  ['sends elsewhere', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['answers no JSON', (response) => void response.end('<html>')],
  ['answers JSON that says nothing', (response) => sendJson(response, {})],
  ['answers null', (response) => sendJson(response, null)],
  ['says yes in another way', (response) => sendJson(response, { success: 'true' })],
  [
    'does not know our secret',
    (response) =>
      sendJson(response, { success: false, 'error-codes': ['invalid-input-secret', 'invalid-input-response'] }),
  ],
  ['has an error of its own', (response) => sendJson(response, { success: false, 'error-codes': ['internal-error'] })],
  ['answers without end', (response) => void response.end(`{"success":true,"x":"${'x'.repeat(100_000)}"}`)],
  ['hangs up', (response) => void response.destroy()],
]
test.each(outages)(
  'where the provider %s the answer is 503, and nobody is told that the captcha was wrong',
  async (_what, answer) => {
    verifier.answerWith(answer)
    const rows = await server.contents.dump()
    for (const attempt of [register, logIn]) {
      const refused = await attempt({ captchaTokens: [{ Recaptcha: 'solved, some day' }] })
      expect(refusalOf(refused)).toBe('503 SERVICE_UNAVAILABLE')
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(await server.contents.dump()).toBe(rows)
  },
)

test('a provider that keeps silent is waited for no longer than is allowed', async () => {
  verifier.answerWith(() => {})
  const impatient = createSiteverify({ provider: 'turnstile', url: verifier.url, secret: captchaSecret, withinMs: 50 })
  await expect(impatient.verify('solved', null)).rejects.toBeInstanceOf(CaptchaUnavailable)
})

test('a score of reCAPTCHA below a half is a wrong captcha, and what hCaptcha calls a score is none', async () => {
  verifier.answerWith((response) => sendJson(response, { success: true, score: 0.4 }))
  const of = (provider: 'recaptcha' | 'hcaptcha') =>
    createSiteverify({ provider, url: verifier.url, secret: captchaSecret }).verify('a token', null)
  expect(await of('recaptcha')).toBe('wrong')
  expect(await of('hcaptcha')).toBe('solved')
  verifier.answerWith((response) => sendJson(response, { success: true, score: 0.5 }))
  expect(await of('recaptcha')).toBe('solved')
})

test('who guesses captchas is throttled like who guesses passwords, and who is throttled is not asked about', async () => {
  const address = freshAddress()
  const captchaTokens = [{ Recaptcha: 'wrong' }]
  for (let count = 0; count < 20; count += 1) await register({ captchaTokens, address })
  const before = verifier.questions.length
  expect(refusalOf(await register({ captchaTokens, address }))).toBe('429 THROTTLED_FEATURE')
  for (let count = 0; count < 100; count += 1) await logIn({ captchaTokens, address })
  expect(refusalOf(await logIn({ captchaTokens, address }))).toBe('429 THROTTLED_FEATURE')
  expect(verifier.questions).toHaveLength(before + 100)
})

test('neither tokens nor the secret are logged, whatever the provider answers', async () => {
  const token = solved()
  await register({ captchaTokens: [{ Recaptcha: token }] })
  for (const [, answer] of outages) {
    verifier.answerWith(answer)
    await register({ captchaTokens: [{ Recaptcha: token }] })
  }
  verifier.answerWith((response) => void response.end(`no JSON: ${token} ${captchaSecret}`))
  await register({ captchaTokens: [{ Recaptcha: token }] })
  const log = server.log.join('')
  expect(log).toContain('captcha')
  expect(log).not.toContain(token)
  expect(log).not.toContain(captchaSecret)
})
