/** The page behind the link of a mail. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer, block } from '../support/administer.ts'
import { formOf, headingOf } from '../support/logout.ts'
import { minute } from '../support/manual-clock.ts'
import { acceptedOf, password, registerMember, signedInMember } from '../support/members.ts'
import { askForLink, mailedToken, mailsTo } from '../support/proofs.ts'
import { type Received, send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

const newPassword = 'another long passphrase'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { limits: 'lifted' } })
})
afterAll(() => server.close())

const open = (token: string, headers: Record<string, string> = {}) =>
  send(`${server.url}/recover?${new URLSearchParams({ recoveryToken: token })}`, {
    headers: { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', ...headers },
  })

/** Presses the button of the page, as a browser does that may not name the page: `Origin: null`. */
function press(page: Received, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
  const form = formOf(page.text)
  expect(form).toMatchObject({ method: 'post', action: '/recover' })
  return send(`${server.url}${form.action}`, {
    headers: { accept: 'text/html', origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
    form: { ...form.fields, ...fields },
  })
}

const logIn = (email: string, given: string) =>
  send(`${server.url}/v2/login`, { json: { loginId: { email }, password: given } })

test('P-10: opening the link does not use it, however often and by whomever', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  for (let times = 0; times < 5; times += 1) expect((await open(token)).status).toBe(200)
  expect((await open(token, { 'sec-purpose': 'prefetch' })).status).toBe(200)
  const page = await open(token)
  expect(headingOf(page)).toBe('Choose a new password')
  const done = await press(page, { password: newPassword })
  expect([done.status, headingOf(done)]).toEqual([200, 'Your password is set'])
  expect((await logIn(email, newPassword)).status).toBe(200)
  expect((await logIn(email, password)).status).toBe(401)
})

test('P-10: the page tells nobody where it is, loads nothing, and is kept nowhere', async () => {
  const { email } = await registerMember(server)
  const token = await askForLink(server, email)
  const used = await askForLink(server, email)
  for (const page of [await open(used), await open(token), await open('nonsense')]) {
    expect(page.headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(policy).toContain("form-action 'self'; frame-ancestors 'none'")
    expect(page.text).not.toMatch(/<script|<img|<link|src=/)
    expect(page.setCookies).toEqual([])
  }
})

test('P-11: setting a password by the page signs nobody in, and ends every session', async () => {
  const member = await signedInMember(server)
  const page = await open(await askForLink(server, member.email))
  const done = await press(page, { password: newPassword }, { cookie: member.cookie })
  expect(done.status).toBe(200)
  expect(done.setCookies.filter((line) => !/Max-Age=0/i.test(line))).toEqual([])
  expect(await acceptedOf(server, member)).toEqual([])
  expect((await administer(server, 'GET', `/members/${member.memberId}/sessions`)).json()['sessions']).toEqual([])
  expect(await mailsTo(server, member.email, 'password_reset')).toHaveLength(1)
})

test('the page that says so leads on to the address of the request, without any token', async () => {
  const { email } = await registerMember(server)
  const redirect = { url: callbackUri, clientId: server.client.id }
  const done = await press(await open(await askForLink(server, email, { redirect })), { password: newPassword })
  expect(/<a href="([^"]*)"/.exec(done.text)?.[1]).toBe(callbackUri)
  expect(done.text).not.toContain('adj_')
  const without = await press(await open(await askForLink(server, email)), { password: newPassword })
  expect(without.text).not.toContain('<a ')
})

test('R-09: where the client no longer has the address, the page does not lead there', async () => {
  const { email } = await registerMember(server)
  const client = await server.addClient({ disabledAt: null })
  const token = await askForLink(server, email, { redirect: { url: callbackUri, clientId: client.id } })
  const disabled = { ...client, disabledAt: server.clock.now() }
  const found = server.service.storage.findClient
  const storage = {
    ...server.service.storage,
    findClient: async (id: typeof client.id) => (id === client.id ? disabled : found(id)),
  }
  const { recoveryRedirect } = await import('../../src/operations/recovery-redirect.ts')
  const challenge = { clientId: client.id, redirectUri: callbackUri }
  expect(await recoveryRedirect(server.service, challenge)).toBe(callbackUri)
  expect(await recoveryRedirect({ ...server.service, storage }, challenge)).toBeNull()
  expect((await open(token)).status).toBe(200)
})

test('a password that breaks a rule is told on the form, and the link stays good', async () => {
  const { email } = await registerMember(server)
  const page = await open(await askForLink(server, email))
  const again = await press(page, { password: 'short' })
  expect([again.status, headingOf(again)]).toEqual([400, 'Choose a new password'])
  expect(again.text).toContain('The password must have from 8 to 256 characters.')
  expect(again.text).not.toContain('value="short"')
  expect((await press(again, { password: newPassword })).status).toBe(200)
})

test('a link that was used, is too old, or was replaced says so, and a new one can be had from there', async () => {
  const { email } = await registerMember(server)
  const redirect = { url: callbackUri, clientId: server.client.id }
  const replaced = await askForLink(server, email, { redirect })
  const used = await askForLink(server, email, { redirect })
  const page = await open(used)
  await press(page, { password: newPassword })
  const old = await askForLink(server, email, { redirect })
  await server.quiet()
  server.clock.advance(20 * minute)
  const pages = await Promise.all([replaced, used, old].map((token) => open(token)))
  expect(pages.map((each) => [each.status, headingOf(each)])).toEqual([
    [400, 'This link is no good any more'],
    [400, 'This link was used already'],
    [400, 'This link is too old'],
  ])
  // Also when the form was open before.
  const late = await press(page, { password: 'a third long passphrase' })
  expect([late.status, headingOf(late)]).toEqual([400, 'This link was used already'])
  for (const each of [...pages, late]) {
    const sent = await press(each, {})
    expect([sent.status, headingOf(sent)]).toEqual([200, 'Look into your mail'])
    const done = await press(await open(await mailedToken(server, email)), { password: newPassword })
    expect(done.text).toContain(callbackUri)
  }
})

test('a link that nobody made is unknown, and sends nothing', async () => {
  const made = server.service.proofs.recoveryToken(randomUUID())
  for (const token of ['', 'nonsense', made]) {
    const page = await open(token)
    expect([page.status, headingOf(page)]).toEqual([400, 'This link is not known'])
    const headers = { 'sec-fetch-site': 'same-origin' }
    const form = { recoveryToken: token, intent: 'again' }
    const again = await send(`${server.url}/recover`, { headers, form })
    expect([again.status, headingOf(again)]).toEqual([400, 'This link is not known'])
  }
  const twice = await send(`${server.url}/recover?recoveryToken=a&recoveryToken=b`, {})
  expect(twice.status).toBe(400)
})

test('a member who is blocked is told so, and no password is set', async () => {
  const { email, memberId } = await registerMember(server)
  const page = await open(await askForLink(server, email))
  await block(server, memberId)
  const refused = await press(page, { password: newPassword })
  expect([refused.status, headingOf(refused)]).toEqual([403, 'This account cannot sign in'])
})

test('a form that another site sent is refused', async () => {
  const { email } = await registerMember(server)
  const page = await open(await askForLink(server, email))
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'null' },
  ]) {
    expect((await press(page, { password: newPassword }, headers)).status).toBe(403)
  }
  const { fields } = formOf(page.text)
  const form = { ...fields, password: newPassword }
  const foreign = await send(`${server.url}/recover`, { headers: { origin: 'https://evil.example' }, form })
  expect(foreign.status).toBe(403)
  expect((await send(`${server.url}/recover`, { headers: { origin: server.url }, form })).status).toBe(200)
})

test('the address of the member is shown as text, whatever is in it', async () => {
  const { email } = await registerMember(server, `"x"&'y'+${randomUUID()}@shop.example`.replaceAll('"', ''))
  const page = await open(await askForLink(server, email))
  expect(page.text).toContain('&amp;')
  expect(page.text).not.toContain(`value="${email}"`)
})
