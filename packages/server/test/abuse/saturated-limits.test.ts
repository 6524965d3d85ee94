/** Every limit, used up from one address; and that none of them keeps anybody from logging out. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { throttleRules } from '../../src/domain/throttle.ts'
import { addressesOf } from '../../src/protocol/paths.ts'
import { administer } from '../support/administer.ts'
import { oauthErrorOf, refusalOf } from '../support/answers.ts'
import { addressOf, logInFrom, retryAfterOf, sendFrom, startProxiedServer } from '../support/from-address.ts'
import { hour, minute } from '../support/manual-clock.ts'
import { acceptedOf, loginByForm, password, registerMember, signedInMember } from '../support/members.ts'
import type { Received } from '../support/send.ts'
import type { TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startProxiedServer()
})
afterAll(() => server.close())

const wrongToken = `adj_refresh_${'A'.repeat(43)}`

interface Limit {
  readonly name: string
  readonly allowed: number
  /** Seconds that whoever used it up is told to wait at least. */
  readonly wait: number
  /** One attempt that counts. */
  readonly attempt: (address: string) => Promise<Received>
  /** What it is answered before the limit is reached. */
  readonly before: string
  readonly told: (answer: Received) => string
  readonly throttled: string
}

const register = (address: string, email = `${randomUUID()}@shop.example`) =>
  sendFrom(address, `${server.url}/v2/register`, { json: { loginId: { email }, password } })
const refresh = (address: string, refreshToken: string) =>
  sendFrom(address, `${server.url}/oauth2/token`, { json: { grantType: 'refresh_token', refreshToken } })
const tokenInfo = (address: string, token: string) =>
  sendFrom(address, `${server.url}/oauth2/token-info`, { json: { token } })

const recovery = (address: string, email: string) =>
  sendFrom(address, `${server.url}${addressesOf('recovery', '/v1/send-email')[0]}`, { json: { email } })
const verification = (address: string) =>
  sendFrom(address, `${server.url}${addressesOf('verification', '/v1/auth/verify')[0]}`, {
    json: { code: '000000', stateToken: 'none of ours' },
  })

const limits: readonly Limit[] = [
  {
    name: 'recovery',
    allowed: throttleRules.recovery_address.allowed,
    wait: 3600,
    attempt: (address) => recovery(address, `${randomUUID()}@shop.example`),
    before: '200 undefined',
    told: refusalOf,
    throttled: '429 THROTTLED_FEATURE',
  },
  {
    name: 'verification',
    allowed: throttleRules.verification_address.allowed,
    wait: 30,
    attempt: verification,
    before: '400 VERIFICATION_FAILED',
    told: refusalOf,
    throttled: '429 THROTTLED_FEATURE',
  },
  {
    name: 'login',
    allowed: throttleRules.login_address.allowed,
    wait: 30,
    attempt: (address) => logInFrom(address, server, `${randomUUID()}@shop.example`),
    before: '404 -19999',
    told: refusalOf,
    throttled: '429 THROTTLED_FEATURE',
  },
  {
    name: 'register',
    allowed: throttleRules.register_address.allowed,
    wait: 3600,
    attempt: (address) => register(address),
    before: '200 undefined',
    told: refusalOf,
    throttled: '429 THROTTLED_FEATURE',
  },
  {
    name: 'token',
    allowed: throttleRules.token_address.allowed,
    wait: 30,
    attempt: (address) => refresh(address, wrongToken),
    before: '400 invalid_grant',
    told: oauthErrorOf,
    throttled: '429 temporarily_unavailable',
  },
  {
    name: 'token info',
    allowed: throttleRules.token_info_address.allowed,
    wait: 30,
    attempt: (address) => tokenInfo(address, wrongToken),
    before: '200 undefined',
    told: refusalOf,
    throttled: '429 THROTTLED_FEATURE',
  },
]

for (const [index, { name, allowed, wait, attempt, before, told, throttled }] of limits.entries()) {
  test(`H-06, L-17: whoever has used up the limit of ${name} is answered 429, alone, and logs out as ever`, async () => {
    const address = addressOf(index)
    const members = [await signedInMember(server), await signedInMember(server), await signedInMember(server)]
    const [byToken, byDelete, byCookie] = members
    if (byToken === undefined || byDelete === undefined || byCookie === undefined) throw new Error('Nobody registered')
    const cookie = await loginByForm(server, byCookie.email)
    for (let count = 0; count < allowed; count += 1) expect(told(await attempt(address))).toBe(before)
    const refused = await attempt(address)
    expect(told(refused)).toBe(throttled)
    expect(retryAfterOf(refused)).toBe(wait)
    expect(told(await attempt(addressOf(100 + index)))).toBe(before)

    const out = [
      await sendFrom(address, `${server.url}/v1/logout`, {
        method: 'POST',
        headers: { authorization: byToken.accessToken },
      }),
      await sendFrom(address, `${server.url}/v1/sessions/current`, {
        method: 'DELETE',
        headers: { authorization: byDelete.accessToken },
      }),
      await sendFrom(address, `${server.url}/v1/logout`, {
        headers: { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', accept: 'text/html' },
      }),
      ...(await Promise.all(
        Array.from({ length: 20 }, () =>
          sendFrom(address, `${server.url}/v1/logout`, {
            method: 'POST',
            headers: { authorization: byToken.accessToken },
          }),
        ),
      )),
    ]
    for (const answer of out) expect([200, 204]).toContain(answer.status)
    expect(await acceptedOf(server, byToken)).toEqual([])
    expect(await acceptedOf(server, byDelete)).toEqual([])
    expect(await acceptedOf(server, { cookie })).toEqual([])

    // Retry-After is honest: a second before it is too early, and then is not.
    server.clock.advance(wait * 1000 - 1000)
    expect(told(await attempt(address))).toBe(throttled)
    server.clock.advance(1000)
    expect(told(await attempt(address))).toBe(before)
  })
}

test('H-06: what succeeds at the token endpoint counts for nothing, and asks the database nothing more', async () => {
  const address = addressOf(300)
  const { refreshToken, accessToken } = await signedInMember(server)
  const rows = await server.contents.count('throttle')
  for (let count = 0; count < 30; count += 1) {
    expect((await refresh(address, refreshToken)).status).toBe(200)
    expect((await tokenInfo(address, accessToken)).json()).toMatchObject({ active: true })
  }
  expect(await server.contents.count('throttle')).toBe(rows)
})

test('a wrapped token request is told inside that it has to wait, with the time', async () => {
  const address = addressOf(301)
  const wrapped = (fields: object) =>
    sendFrom(address, `${server.url}/oauth2/token`, {
      json: { body: Buffer.from(JSON.stringify(fields)).toString('base64') },
    })
  for (let count = 0; count < throttleRules.token_address.allowed; count += 1) await refresh(address, wrongToken)
  const answer = await wrapped({ grantType: 'refresh_token', refreshToken: wrongToken })
  expect(answer.status).toBe(200)
  expect(answer.json()).toMatchObject({
    statusCode: 429,
    headers: expect.arrayContaining([{ key: 'Retry-After', value: '30' }]),
  })
})

test('a registration that is refused by its address counts, one that breaks a rule does not', async () => {
  const address = addressOf(302)
  const { email } = await registerMember(server)
  for (let count = 0; count < 25; count += 1) {
    const short = await sendFrom(address, `${server.url}/v2/register`, { json: { loginId: { email }, password: 'a' } })
    expect(short.status).toBe(400)
  }
  for (let count = 0; count < 20; count += 1) expect(refusalOf(await register(address, email))).toBe('409 -19995')
  expect(refusalOf(await register(address))).toBe('429 THROTTLED_FEATURE')
  server.clock.advance(hour)
  expect((await register(address)).status).toBe(200)
})

test('no limit of members touches the administration, or the login of others', async () => {
  const address = addressOf(303)
  for (let count = 0; count < 100; count += 1) {
    await logInFrom(address, server, `${randomUUID()}@shop.example`)
  }
  expect((await administer(server, 'GET', '/keys')).status).toBe(200)
  const { email } = await registerMember(server)
  expect((await logInFrom(addressOf(304), server, email)).status).toBe(200)
  server.clock.advance(15 * minute)
  expect((await logInFrom(address, server, email)).status).toBe(200)
})
