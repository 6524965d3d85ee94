import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHttpsServer } from '../support/https-server.ts'
import { authorizeQuery, authorizeWithTicket, loginTicket, signedInMember, visitorTokens } from '../support/members.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'
import { AnswerWatch } from './expect-answer.ts'
import { exchangeBytes } from './raw-exchange.ts'
import { surfaceOf } from './surface.ts'

let server: TestServer
let secure: TestServer
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer()
  secure = await startHttpsServer()
})
afterAll(async () => {
  await server.close()
  await secure.close()
})

const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }
const askedByAnother = { ...navigation, 'sec-fetch-site': 'cross-site' }

/** A good request of every kind, by what it asks for: all that answer something worth protecting. */
async function goodAnswers(held: TestServer): Promise<Readonly<Record<string, Received>>> {
  const { url, client } = held
  const member = await signedInMember(held)
  const visitor = await visitorTokens(held)
  const bearer = { authorization: member.accessToken }
  const admin = { authorization: `Bearer ${administratorKey}` }
  const login = { loginId: { email: member.email }, password: 'a long passphrase of ada' }
  const ticket = await loginTicket(held, member.email)
  const { code } = await authorizeWithTicket(held, await loginTicket(held, member.email))
  const requests: Readonly<Record<string, readonly [path: string, sent?: Sent]>> = {
    register: ['/v2/register', { json: { ...login, loginId: { email: `new.${member.email}` } } }],
    login: ['/v2/login', { json: login }],
    'validate email': ['/v2/validate-email', { json: { email: 'ada@shop.example' } }],
    'visitor tokens': ['/oauth2/token', { json: { clientId: client.id, grantType: 'anonymous' } }],
    'member tokens': [
      '/oauth2/token',
      {
        json: {
          clientId: client.id,
          grantType: 'authorization_code',
          code,
          codeVerifier: 'v'.repeat(43),
          redirectUri: 'https://shop.example/callback',
        },
      },
    ],
    refresh: ['/oauth2/token', { json: { grantType: 'refresh_token', refreshToken: member.refreshToken } }],
    'token info': ['/oauth2/token-info', { json: { token: member.accessToken } }],
    'user info': ['/oauth2/user-info', { headers: bearer }],
    'key set': ['/oauth2/jwks'],
    'key set in the envelope': ['/oauth2/jwks', { headers: { 'x-wix-bi-gateway': 'environment=js-sdk' } }],
    'login page': [`/oauth2/authorize?${authorizeQuery(client, { prompt: 'login' })}`],
    'code by ticket': [`/oauth2/authorize?${authorizeQuery(client, { sessionToken: ticket })}`],
    'code by cookie': [`/oauth2/authorize?${authorizeQuery(client)}`, { headers: { cookie: member.cookie } }],
    'nobody is signed in': [`/oauth2/authorize?${authorizeQuery(client)}`],
    'prepared logout': [
      '/headless/v1/redirect-session',
      { headers: { authorization: visitor.accessToken }, json: { logout: { clientId: client.id } } },
    ],
    'session by token': ['/v1/sessions/current', { headers: bearer }],
    'session by cookie': ['/v1/sessions/current', { headers: { cookie: member.cookie } }],
    'the question before logout': ['/v1/logout', { headers: { ...askedByAnother, cookie: member.cookie } }],
    'logout page of nobody': ['/v1/logout', { headers: navigation }],
    'logout with a redirect': [
      `/v1/logout?clientId=${client.id}&postLogoutRedirectUri=${encodeURIComponent('https://shop.example/bye')}`,
      { headers: navigation },
    ],
    'refused redirect page': ['/v1/logout?postLogoutRedirectUri=https://evil.example', { headers: navigation }],
    'logout envelope': ['/v1/logout', { method: 'POST' }],
    'logout page': ['/v1/logout', { headers: { ...navigation, cookie: member.cookie } }],
    'change password': ['/v2/change-password', { headers: { authorization: 'x' }, json: { newPassword: 'x' } }],
    'end of the session': ['/v1/sessions/current', { method: 'DELETE' }],
    keys: ['/admin/v1/keys', { headers: admin }],
    alive: ['/healthz'],
    ready: ['/readyz'],
    'the OpenAPI document': ['/openapi.json'],
    'a preflight': ['/v1/logout', { method: 'OPTIONS', headers: { origin: 'https://shop.example' } }],
  }
  const answers: Record<string, Received> = {}
  for (const [name, [path, sent]] of Object.entries(requests)) answers[name] = await send(`${url}${path}`, sent)
  return answers
}

test('H-03: every answer forbids sniffing and says no referrer, pages keep to their own window, and nothing private is stored', async () => {
  const answers = await goodAnswers(server)
  const pages: string[] = []
  for (const [name, answer] of Object.entries(answers)) {
    watch.expectCommon(answer, name)
    const type = String(answer.headers['content-type'])
    const isPage = type.startsWith('text/html')
    if (isPage) {
      pages.push(name)
      expect(answer.headers, name).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining(`default-src 'none'`),
      })
    }
    const hasForm = answer.text.includes('<form')
    expect(answer.headers['referrer-policy'], name).toBe(hasForm && isPage ? 'same-origin' : 'no-referrer')
    if (name.startsWith('key set') || name === 'the OpenAPI document') continue
    expect(answer.headers['cache-control'], name).toBe('no-store')
  }
  expect(pages).toEqual(expect.arrayContaining(['login page', 'logout page', 'the question before logout']))
  expect(Object.values(answers).filter(({ status }) => status < 400).length).toBeGreaterThan(20)
})

test('H-03: what sets a cookie, carries a token or depends on a session is never stored', async () => {
  const answers = await goodAnswers(server)
  const secret = /adj_(?!admin)[a-z]+_|eyJ|"session"/
  const private_ = Object.entries(answers).filter(
    ([, { text, setCookies, headers }]) =>
      setCookies.length > 0 || secret.test(`${text}${String(headers['location'])}`),
  )
  expect(private_.length).toBeGreaterThan(8)
  for (const [name, { headers }] of private_) expect(headers['cache-control'], name).toBe('no-store')
})

test('H-03: refusals of every route carry the same', async () => {
  for (const { method, addresses } of await surfaceOf(server)) {
    for (const address of addresses) {
      const bad = await send(`${server.url}${address}?${'a=1&'.repeat(51)}`, { method })
      watch.expectCommon(bad, `${method} ${address}`)
      expect(bad.headers['cache-control'], address).toBe('no-store')
    }
  }
})

test('over https every answer says so for a year, over http on a loopback address none does', async () => {
  for (const [name, { headers }] of Object.entries(await goodAnswers(secure))) {
    expect(headers['strict-transport-security'], name).toBe('max-age=31536000')
  }
  for (const [name, { headers }] of Object.entries(await goodAnswers(server))) {
    expect(headers, name).not.toHaveProperty('strict-transport-security')
  }
  for (const path of ['/nowhere', '/%zz', `/${'a'.repeat(9000)}`, '/v1/logout?a=%00']) {
    const { headers } = await send(`${secure.url}${path}`)
    expect(headers['strict-transport-security'], path).toBe('max-age=31536000')
  }
  const garbage = await exchangeBytes(secure.url, 'hello\r\n\r\n')
  expect(garbage?.headers['strict-transport-security']).toBe('max-age=31536000')
})
