/** How the pages present themselves: in the reader's language, and as the site's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { headingOf } from '../support/logout.ts'
import { authorizeQuery, registerMember, visitorTokens } from '../support/members.ts'
import { linkOf, openPage } from '../support/pages.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const set = async (settings: object) => {
  const answer = await administer(server, 'PATCH', '/site', { settings })
  expect(answer.status).toBe(200)
}
const login = (more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  openPage(server, `/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'login', ...more })}`, headers)

test.each([
  ['en', 'de-AT,de;q=0.9', {}, 'Anmelden'],
  ['en', 'fr, en;q=0.1', {}, 'Sign in'],
  ['de', 'fr', {}, 'Anmelden'],
  ['de', 'en', {}, 'Sign in'],
  ['de', '', {}, 'Anmelden'],
  ['en', 'en', { uiLocales: 'fr de' }, 'Anmelden'],
  ['en', 'en', { ui_locales: 'de-CH' }, 'Anmelden'],
  ['en', 'de', { uiLocales: '<script>' }, 'Anmelden'],
])(
  'of a site in %j, for a browser that wants %j and a request with %j, the page is called %j',
  async (language, accepted, more, heading) => {
    await set({ language })
    const page = await login(more, { 'accept-language': accepted })
    expect(headingOf(page)).toBe(heading)
    expect(page.text).toContain(`<html lang="${heading === 'Anmelden' ? 'de' : 'en'}">`)
    await set({ language: 'en' })
  },
)

test('a language that was asked for stays on every page of the way', async () => {
  const page = await login({ uiLocales: 'de' }, { 'accept-language': 'en' })
  const register = await openPage(server, linkOf(page, 'Konto anlegen'), { 'accept-language': 'en' })
  expect(headingOf(register)).toBe('Konto anlegen')
  expect(headingOf(await openPage(server, linkOf(register, 'Anmelden'), { 'accept-language': 'en' }))).toBe('Anmelden')
})

test('a redirect session passes the language of its caller on', async () => {
  const { accessToken } = await visitorTokens(server)
  const answer = await send(`${server.url}/_api/redirects-api/v1/redirect-session`, {
    headers: { authorization: accessToken },
    json: { login: {}, preferences: { additionalQueryParameters: { lang: 'de' } } },
  })
  const { fullUrl } = answer.json<{ redirectSession: { fullUrl: string } }>().redirectSession
  expect(headingOf(await openPage(server, fullUrl.slice(server.url.length), { 'accept-language': 'en' }))).toBe(
    'Anmelden',
  )
})

test('pages of a logout, of a link and of an error are in the reader’s language too', async () => {
  const headers = { 'accept-language': 'de' }
  for (const [path, heading] of [
    ['/v1/logout', 'Niemand war angemeldet'],
    ['/recover?recoveryToken=x', 'Dieser Link ist nicht bekannt'],
    ['/oauth2/authorize?clientId=x', 'Ungültige Weiterleitungsadresse (Invalid redirect URI)'],
    [`/v1/logout?clientId=x`, 'Dieser Link zum Abmelden wurde abgelehnt'],
    [
      `/v1/logout?clientId=${server.client.id}&postLogoutRedirectUri=https://evil.example/`,
      'Dieser Link zum Abmelden wurde abgelehnt',
    ],
  ] as const) {
    const page = await openPage(server, path, headers)
    expect(headingOf(page)).toBe(heading)
    expect(page.text).toContain('<html lang="de">')
  }
})

test.each(['uiLocales', 'ui_locales'])('a logout and a refused flow are in the language of %s too', async (name) => {
  for (const path of [
    '/v1/logout?',
    '/oauth2/authorize?clientId=x&',
    '/login?clientId=x&',
    '/recover?recoveryToken=x&',
  ]) {
    const page = await openPage(server, `${path}${name}=de`, { 'accept-language': 'en' })
    expect(page.text).toContain('<html lang="de">')
  }
})

test('pages have the name, the colour and the picture of the site, and load nothing else', async () => {
  const plain = await login()
  expect(plain.text).toContain('<bdi>My site</bdi>')
  expect(String(plain.headers['content-security-policy'])).not.toContain('img-src')
  const logoUrl = 'https://pictures.example:8443/a"b.svg?x=1;2'
  await set({ branding: { displayName: 'The <Shop>', color: '#0a7d33', logoUrl } })
  const page = await login()
  expect(page.text).toContain('--accent: #0a7d33')
  expect(page.text).toContain(
    '<img src="https://pictures.example:8443/a%22b.svg?x=1;2" alt="The &lt;Shop&gt;" referrerpolicy="no-referrer">',
  )
  expect(String(page.headers['content-security-policy'])).toContain(
    "; img-src https://pictures.example:8443; base-uri 'none'",
  )
  await set({ branding: { displayName: '', color: '#1f4e79', logoUrl: null } })
})

test('P-10: where the address of a page is a secret, it asks nobody else for a picture', async () => {
  await set({ branding: { displayName: 'The Shop', logoUrl: 'https://pictures.example/logo.svg' } })
  const page = await openPage(server, '/recover?recoveryToken=x')
  expect(page.text).toContain('<bdi>The Shop</bdi>')
  expect(page.text).not.toContain('<img')
  expect(String(page.headers['content-security-policy'])).not.toContain('img-src')
  await set({ branding: { displayName: '', logoUrl: null } })
})

test('H-03: every page of the way is kept out of caches and frames', async () => {
  await registerMember(server)
  for (const path of ['login', 'register', 'forgotten-password']) {
    const page = await openPage(server, `/${path}?clientId=${server.client.id}`)
    expect(page.status).toBe(200)
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(String(page.headers['content-security-policy'])).toContain("frame-ancestors 'none'")
    expect(page.setCookies).toEqual([])
  }
})
