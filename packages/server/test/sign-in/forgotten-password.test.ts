/** Asking for a new password on our own page. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headingOf } from '../support/logout.ts'
import { minute } from '../support/manual-clock.ts'
import { authorizeQuery, password, registerMember } from '../support/members.ts'
import { linkOf, openPage, press, problemOn } from '../support/pages.ts'
import { mailedToken, mailsTo } from '../support/proofs.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { limits: 'lifted' } })
})
afterAll(() => server.close())

const loginPath = () => `/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'login' })}`
const open = async () => openPage(server, linkOf(await openPage(server, loginPath()), 'Forgot your password?'))

test('the login page leads to it, its mail to a new password, and the old one is no good any more', async () => {
  const { email } = await registerMember(server)
  const page = await open()
  expect([page.status, headingOf(page)]).toEqual([200, 'Forgot your password?'])
  const sent = await press(server, page, { email })
  expect([sent.status, headingOf(sent), sent.setCookies]).toEqual([200, 'Look into your mail', []])
  expect(linkOf(sent, 'Back to signing in')).toBe(linkOf(page, 'Back to signing in'))
  const link = await openPage(server, `/recover?recoveryToken=${await mailedToken(server, email)}`)
  const done = await press(server, link, { password: 'another long passphrase' })
  expect(headingOf(done)).toBe('Your password is set')
  // Home, and not to where a login ends: the mail may have been read on another device.
  expect(linkOf(done, 'Continue to shop.example')).toBe('https://shop.example/')
  const login = await openPage(server, linkOf(page, 'Back to signing in'))
  expect((await press(server, login, { email, password })).status).toBe(401)
  expect((await press(server, login, { email, password: 'another long passphrase' })).status).toBe(303)
})

test('P-07: what it answers is the same for an address that nobody has', async () => {
  const { email } = await registerMember(server)
  const page = await open()
  const unknown = `${randomUUID()}@shop.example`
  const [one, other] = [await press(server, page, { email }), await press(server, page, { email: unknown })]
  expect([one.status, one.text]).toEqual([other.status, other.text])
  expect(await mailsTo(server, email, 'recovery')).toHaveLength(1)
  expect(await mailsTo(server, unknown)).toEqual([])
})

test.each(['', 'nobody', 'a@b@c', '<script>'])('%j is no address, and the form says so', async (email) => {
  const answer = await press(server, await open(), { email })
  expect([answer.status, headingOf(answer)]).toEqual([400, 'Forgot your password?'])
  expect(problemOn(answer)).toBe('This is not an e-mail address.')
})

test.each([
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['a neighbour', { 'sec-fetch-site': 'same-site' }],
])('a form from %s sends nothing', async (_what, headers) => {
  const { email } = await registerMember(server)
  expect((await press(server, await open(), { email }, headers)).status).toBe(403)
  expect(await mailsTo(server, email, 'recovery')).toEqual([])
})

test('H-06: links to one address are limited, whether anybody has it or not', async () => {
  await using limited = await startTestServer()
  const { email: taken } = await registerMember(limited)
  const page = await openPage(limited, `/forgotten-password?clientId=${limited.client.id}`)
  const seen: number[][] = []
  for (const email of [taken, `${randomUUID()}@shop.example`]) {
    const statuses: number[] = []
    for (let times = 0; times < 8; times += 1) statuses.push((await press(limited, page, { email })).status)
    seen.push(statuses)
  }
  expect(seen[0]).toContain(429)
  expect(seen[0]).toEqual(seen[1])
})

test('the mail is in the language of the page', async () => {
  const { email } = await registerMember(server)
  const headers = { 'accept-language': 'de' }
  const page = await openPage(server, `/forgotten-password?clientId=${server.client.id}`, headers)
  expect(headingOf(page)).toBe('Passwort vergessen?')
  await press(server, page, { email }, headers)
  expect(await mailsTo(server, email, 'recovery')).toMatchObject([{ language: 'de' }])
})

test('where there is no site to go home to, the way ends with the password', async () => {
  const app = await server.addClient({ allowedRedirectUris: ['com.example.app:/done'], allowedRedirectDomains: [] })
  const { email } = await registerMember(server)
  const query = authorizeQuery(app, { prompt: 'login', redirectUri: 'com.example.app:/done' })
  const page = await openPage(server, `/forgotten-password?${query}`)
  await press(server, page, { email })
  const link = await openPage(server, `/recover?recoveryToken=${await mailedToken(server, email)}`)
  const done = await press(server, link, { password: 'another long passphrase' })
  expect([headingOf(done), done.text.includes('<a ')]).toEqual(['Your password is set', false])
})

test('a link that has expired brings another in the language of the page, which leads home as well', async () => {
  await using own = await startTestServer({ siteSettings: { limits: 'lifted' } })
  const { email } = await registerMember(own)
  const page = await openPage(own, `/forgotten-password?${authorizeQuery(own.client, { prompt: 'login' })}`)
  await press(own, page, { email })
  const token = await mailedToken(own, email)
  await own.quiet()
  own.clock.advance(20 * minute)
  const expired = await openPage(own, `/recover?recoveryToken=${token}`, { 'accept-language': 'de' })
  expect(headingOf(expired)).toBe('Dieser Link ist zu alt')
  const sent = await press(own, expired, {}, { 'accept-language': 'de' })
  expect(headingOf(sent)).toBe('Prüfen Sie Ihr Postfach')
  expect(await mailsTo(own, email, 'recovery')).toMatchObject([{ language: 'de' }, { language: 'en' }])
  const link = await openPage(own, `/recover?recoveryToken=${await mailedToken(own, email)}`)
  const done = await press(own, link, { password: 'another long passphrase' })
  expect(linkOf(done, 'Continue to shop.example')).toBe('https://shop.example/')
})
