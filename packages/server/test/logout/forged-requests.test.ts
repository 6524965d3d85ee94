/** Requests that a browser makes with the member's cookie, caused by somebody else: by a script, a link, a prefetch. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieRemovals } from '../../src/http/cookies/registry.ts'
import { clientMarker, endsOnRecord, isAccepted, logoutLink, navigation, sendLogout } from '../support/logout.ts'
import { acceptedOf, everythingAccepted, signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const site = 'https://shop.example'
const development = 'http://localhost:5173'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ environment: { ADJOURN_DEVELOPMENT_ORIGINS: development } })
  await server.addClient({
    allowedRedirectUris: ['https://gone.example/cb'],
    allowedRedirectDomains: [],
    disabledAt: 1,
  })
})
afterAll(() => server.close())

type Headers = Record<string, string>

/** What a browser says of where a call comes from, and whether the cookie may be believed then. */
const matrix: readonly (readonly [name: string, headers: () => Headers, believed: boolean])[] = [
  ['Sec-Fetch-Site: same-origin', () => ({ 'sec-fetch-site': 'same-origin' }), true],
  [
    'same-origin with a foreign Origin',
    () => ({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }),
    true,
  ],
  ['Sec-Fetch-Site: none', () => ({ 'sec-fetch-site': 'none' }), true],
  ['Sec-Fetch-Site: cross-site', () => ({ 'sec-fetch-site': 'cross-site' }), false],
  ["cross-site with a client's Origin", () => ({ 'sec-fetch-site': 'cross-site', origin: site }), false],
  ['cross-site with our Origin', () => ({ 'sec-fetch-site': 'cross-site', origin: server.url }), false],
  ['cross-site with the marker', () => ({ 'sec-fetch-site': 'cross-site', ...clientMarker }), false],
  ['same-site without Origin', () => ({ 'sec-fetch-site': 'same-site' }), false],
  ['same-site without Origin, with the marker', () => ({ 'sec-fetch-site': 'same-site', ...clientMarker }), false],
  ["same-site from a client's Origin", () => ({ 'sec-fetch-site': 'same-site', origin: site }), true],
  ['same-site from a development origin', () => ({ 'sec-fetch-site': 'same-site', origin: development }), true],
  ['same-site from another Origin', () => ({ 'sec-fetch-site': 'same-site', origin: 'https://x.shop.example' }), false],
  ['same-site from another port', () => ({ 'sec-fetch-site': 'same-site', origin: 'http://localhost:5174' }), false],
  [
    "same-site from a disabled client's Origin",
    () => ({ 'sec-fetch-site': 'same-site', origin: 'https://gone.example' }),
    false,
  ],
  ['same-site from Origin: null', () => ({ 'sec-fetch-site': 'same-site', origin: 'null' }), false],
  ['a value that is not known', () => ({ 'sec-fetch-site': 'inside' }), false],
  ['an empty value', () => ({ 'sec-fetch-site': '' }), false],
  ['two values', () => ({ 'sec-fetch-site': 'same-origin, cross-site' }), false],
  ['our Origin alone', () => ({ origin: server.url }), true],
  ["a client's Origin alone", () => ({ origin: site }), true],
  ['a foreign Origin alone', () => ({ origin: 'https://evil.example' }), false],
  ['a foreign Origin alone, with the marker', () => ({ origin: 'https://evil.example', ...clientMarker }), false],
  ['a client’s host by http alone', () => ({ origin: 'http://shop.example' }), false],
  ['Origin: null alone', () => ({ origin: 'null' }), false],
  ['neither header', () => ({}), false],
  ['neither, with Referer', () => ({ referer: `${server.url}/` }), false],
  ['neither, with X-Requested-With', () => ({ 'x-requested-with': 'fetch' }), true],
  ["neither, with the official client's marker", () => ({ ...clientMarker }), true],
]

const calls: readonly (readonly [name: string, send: (headers: Headers) => Promise<Received>, done: number])[] = [
  ['Logout by GET', (headers) => sendLogout(server, {}, { headers }), 200],
  ['Logout by POST', (headers) => sendLogout(server, {}, { method: 'POST', headers }), 200],
  ['Logout by a form', (headers) => sendLogout(server, {}, { form: { a: '1' }, headers }), 200],
  [
    'DELETE /v1/sessions/current',
    (headers) => send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers }),
    204,
  ],
  ['DELETE /v1/sessions', (headers) => send(`${server.url}/v1/sessions`, { method: 'DELETE', headers }), 204],
  [
    'DELETE /v1/sessions?except=current',
    (headers) => send(`${server.url}/v1/sessions?except=current`, { method: 'DELETE', headers }),
    204,
  ],
]

describe.each(calls)('L-15: %s by cookie alone', (name, call, done) => {
  test.each(matrix)('%s', async (_name, headers, believed) => {
    const { cookie } = await signedInMember(server)
    const before = (await endsOnRecord(server)).length
    const answer = await call({ ...headers(), cookie })
    expect(answer.status).toBe(believed ? done : 403)
    const varies = String(answer.headers['vary']).split(', ')
    expect(varies).toEqual(expect.arrayContaining(['Origin', 'Sec-Fetch-Site']))
    expect(answer.headers['cache-control']).toBe('no-store')
    const keeps = name.includes('except')
    expect(answer.setCookies).toEqual(believed && !keeps ? cookieRemovals : [])
    expect(await isAccepted(server, { cookie })).toBe(!believed || keeps)
    expect(await endsOnRecord(server)).toHaveLength(before + (believed && !keeps ? 1 : 0))
  })
})

test('L-15: a JSON body counts as a sign, since no foreign page can send one without our leave', async () => {
  const { cookie } = await signedInMember(server)
  expect((await sendLogout(server, {}, { json: {}, headers: { cookie } })).status).toBe(200)
  expect(await isAccepted(server, { cookie })).toBe(false)
})

test('L-15: the refusal does not say whether the cookie was alive', async () => {
  const { cookie, accessToken } = await signedInMember(server)
  const headers = { cookie, 'sec-fetch-site': 'cross-site' }
  const alive = await sendLogout(server, {}, { headers })
  await sendLogout(server, {}, { headers: { authorization: accessToken } })
  const dead = await sendLogout(server, {}, { headers })
  expect([alive.status, dead.status]).toEqual([403, 403])
  expect(alive.text).toBe(dead.text)
})

test('L-15: an access token speaks for itself across sites; the cookie beside it is left alone', async () => {
  const [holder, victim] = [await signedInMember(server), await signedInMember(server)]
  for (const url of ['/v1/logout', '/v1/sessions/current', '/v1/sessions']) {
    const again = await signedInMember(server)
    const answer = await send(`${server.url}${url}`, {
      method: url === '/v1/logout' ? 'POST' : 'DELETE',
      headers: { authorization: again.accessToken, cookie: victim.cookie, 'sec-fetch-site': 'cross-site' },
    })
    expect(answer.status).toBeLessThan(300)
    expect(answer.setCookies).toEqual([])
    expect(await isAccepted(server, again)).toBe(false)
    expect(await isAccepted(server, { cookie: victim.cookie })).toBe(true)
  }
  const answer = await sendLogout(
    server,
    {},
    { headers: { authorization: holder.accessToken, cookie: victim.cookie, 'sec-fetch-site': 'cross-site' } },
  )
  expect(answer.setCookies).toEqual([])
})

test('L-15: a logout link speaks for itself across sites too', async () => {
  const [holder, victim] = [await signedInMember(server), await signedInMember(server)]
  const { url } = await logoutLink(server, holder.accessToken)
  const answer = await send(url, { headers: { cookie: victim.cookie, 'sec-fetch-site': 'cross-site' } })
  expect(answer.status).toBe(200)
  expect(answer.setCookies).toEqual([])
  expect(await isAccepted(server, holder)).toBe(false)
  expect(await isAccepted(server, { cookie: victim.cookie })).toBe(true)
})

describe('what pages can do without a script', () => {
  test.each<readonly [string, Headers]>([
    ['an image', { accept: 'image/avif,image/webp,*/*;q=0.8', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a style sheet', { accept: 'text/css,*/*;q=0.1', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style' }],
    ['a script', { accept: '*/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
    ['a frame', { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  ])('%s of another site ends nothing, even if the cookie came', async (_name, headers) => {
    const member = await signedInMember(server)
    const answer = await sendLogout(
      server,
      {},
      { headers: { ...headers, 'sec-fetch-site': 'cross-site', cookie: member.cookie } },
    )
    expect(answer.setCookies).toEqual([])
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  })

  test('an image of a sibling host ends nothing', async () => {
    const { cookie } = await signedInMember(server)
    const headers = { accept: 'image/*,*/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'same-site', cookie }
    expect((await sendLogout(server, {}, { headers })).status).toBe(403)
    expect(await isAccepted(server, { cookie })).toBe(true)
  })
})

describe('L-16: what a browser fetches ahead of time', () => {
  const hints: readonly Headers[] = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'Prefetch' },
    { purpose: 'prefetch' },
    { purpose: 'prefetch', 'sec-purpose': 'prefetch;anonymous-client-ip' },
  ]
  const routes: readonly (readonly [name: string, send: (headers: Headers) => Promise<Received>])[] = [
    ['Logout', (headers) => sendLogout(server, {}, { headers })],
    ['Logout by HEAD', (headers) => sendLogout(server, {}, { method: 'HEAD', headers })],
    ['Logout by POST', (headers) => sendLogout(server, {}, { method: 'POST', headers })],
    ['Logout in the browser', (headers) => sendLogout(server, {}, { headers: { ...navigation('none'), ...headers } })],
    ['DELETE current', (headers) => send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers })],
    ['DELETE all', (headers) => send(`${server.url}/v1/sessions`, { method: 'DELETE', headers })],
  ]

  test.each(routes)('%s is answered 503, not stored, and nothing has ended, by any credential', async (_name, call) => {
    const [byToken, byCookie] = [await signedInMember(server), await signedInMember(server)]
    for (const hint of hints) {
      const answer = await call({
        ...hint,
        authorization: byToken.accessToken,
        cookie: byCookie.cookie,
        'sec-fetch-site': 'same-origin',
      })
      expect(answer.status).toBe(503)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.setCookies).toEqual([])
    }
    expect(await isAccepted(server, { accessToken: byToken.accessToken })).toBe(true)
    expect(await isAccepted(server, { cookie: byCookie.cookie })).toBe(true)
  })

  test('a logout link that was fetched ahead still works when the person follows it', async () => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    await send(url, { headers: { ...navigation('cross-site'), 'sec-purpose': 'prefetch' } })
    expect(await isAccepted(server, member)).toBe(true)
    await send(url, { headers: navigation('cross-site') })
    expect(await isAccepted(server, member)).toBe(false)
  })
})
