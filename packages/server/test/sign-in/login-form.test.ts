import { afterAll, beforeAll, expect, test } from 'vitest'
import { locationOf } from '../support/answers.ts'
import { day } from '../support/manual-clock.ts'
import { acceptedOf, cookieOf, exchange, registerMember, signedInMember } from '../support/members.ts'
import { authorize, submitLogin, tokenInfo } from '../support/oauth-requests.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let email: string
let memberId: string
beforeAll(async () => {
  server = await startTestServer()
  ;({ email, memberId } = await registerMember(server))
})
afterAll(() => server.close())

/** The hidden fields of a page's form. */
function hiddenFields({ text }: Received): Readonly<Record<string, string>> {
  const plain = (value: string) =>
    value
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll(/&#(?:39|x27);/gi, "'")
      .replaceAll('&amp;', '&')
  return Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
      name,
      plain(value),
    ]),
  )
}

const isLive = async (cookie: string) => (await acceptedOf(server, { cookie })).length > 0

test('the login page carries every parameter of the request, and the login answers it with 303', async () => {
  const state = 'ä "quoted" <b>&amp; \'s'
  const page = await authorize(server, { prompt: 'login', state, nonce: 'n-1', responseMode: 'fragment' })
  const fields = hiddenFields(page)
  expect(fields).toMatchObject({ clientId: server.client.id, redirectUri: callbackUri, state, nonce: 'n-1' })

  const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const answer = await send(new URL(action, server.url).href, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    form: { ...fields, email, password: 'a long passphrase of ada', intent: 'login' },
  })
  expect(answer.status).toBe(303)
  const given = new URLSearchParams(locationOf(answer).hash.slice(1))
  expect(given.get('state')).toBe(state)
  expect(given.get('iss')).toBe(server.url)
  const { accessToken } = await exchange(server, given.get('code') ?? '')
  expect(await tokenInfo(server, accessToken)).toMatchObject({ active: true, subjectId: memberId })
  expect(await isLive(cookieOf(answer.setCookies) ?? '')).toBe(true)
})

test('the form stays at the address that the page was asked at', async () => {
  const page = await send(
    `${server.url}/_api/oauth2/authorize?${new URLSearchParams({
      clientId: server.client.id,
      redirectUri: callbackUri,
      responseType: 'code',
      codeChallenge: 'c'.repeat(43),
      codeChallengeMethod: 'S256',
    })}`,
  )
  expect(page.text).toContain('action="/_api/oauth2/authorize?clientId=')
})

test('an address is found in any case', async () => {
  expect((await submitLogin(server, { email: email.toUpperCase() })).status).toBe(303)
})

type Headers = NonNullable<Sent['headers']>
test.each<[string, () => Headers]>([
  ['another site', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })],
  ['another site that claims our origin', () => ({ origin: server.url, 'sec-fetch-site': 'cross-site' })],
  ['the site of the client', () => ({ origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' })],
  ['a neighbour', () => ({ origin: server.url, 'sec-fetch-site': 'same-site' })],
  ['nowhere', () => ({ 'sec-fetch-site': 'none' })],
  ['an old browser at another site', () => ({ origin: 'https://evil.example' })],
  ['an old browser that hides its origin', () => ({ origin: 'null' })],
  ['our host by another scheme', () => ({ origin: server.url.replace('http:', 'https:') })],
  ['something that sends no origin', () => ({})],
  ['something that sends a referer only', () => ({ referer: `${server.url}/oauth2/authorize` })],
])('a login form from %s is refused, and nobody is logged in', async (_what, headers) => {
  const answer = await submitLogin(server, { email }, headers())
  expect(answer.status).toBe(403)
  expect(answer.setCookies).toEqual([])
  expect(answer.headers['location']).toBeUndefined()
})

test('an old browser that sends no Fetch Metadata but our origin may log in', async () => {
  expect((await submitLogin(server, { email }, { origin: server.url })).status).toBe(303)
})

test.each([
  ['a wrong password', { password: 'not the passphrase' }],
  ['no password', { password: undefined }],
  ['a password in another case', { password: 'A long passphrase of ada' }],
  ['an unknown address', { email: 'nobody@shop.example' }],
  ['what is no address', { email: 'nobody' }],
  ['no address', { email: undefined }],
])('a login with %s shows the page again with 401, the request kept', async (_what, changes) => {
  const answer = await submitLogin(server, { email, state: 'kept', ...changes })
  expect(answer.status).toBe(401)
  expect(answer.setCookies).toEqual([])
  expect(answer.headers['location']).toBeUndefined()
  expect(answer.text).toContain('The e-mail address or the password is not right.')
  expect(hiddenFields(answer)).toMatchObject({ state: 'kept', redirectUri: callbackUri })
  expect(answer.text).not.toContain('not the passphrase')
})

test.each([
  ['BLOCKED', 403, 'cannot sign in'],
  ['DELETED', 403, 'cannot sign in'],
  ['OFFLINE', 403, 'cannot sign in'],
  ['PENDING', 403, 'waits for approval'],
])('a member who is %s is not logged in, and is told why only with the right password', async (status, code, words) => {
  const account = await registerMember(server)
  server.database.prepare('UPDATE member SET status = ? WHERE id = ?').run(status, account.memberId)
  const right = await submitLogin(server, { email: account.email })
  expect([right.status, right.setCookies]).toEqual([code, []])
  expect(right.text).toContain(words)
  const wrong = await submitLogin(server, { email: account.email, password: 'not the passphrase' })
  expect(wrong.status).toBe(401)
  expect(wrong.text).not.toContain(words)
})

test.each([
  ['a redirect URI that is not allowed', { redirectUri: 'https://evil.example/' }, 400],
  ['an unknown client', { clientId: '00000000-0000-4000-8000-000000000000' }, 400],
  ['no client', { clientId: undefined }, 400],
  ['no challenge', { codeChallenge: undefined }, 303],
])('a login form with %s logs nobody in', async (_what, changes, status) => {
  const answer = await submitLogin(server, { email, ...changes })
  expect([answer.status, answer.setCookies]).toEqual([status, []])
  if (status === 303) expect(locationOf(answer).searchParams.get('error')).toBe('invalid_request')
  else expect(answer.headers['location']).toBeUndefined()
})

test('a login form with a repeated field is refused', async () => {
  const answer = await send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'email=a&email=b',
  })
  expect(answer.status).toBe(400)
  expect(answer.headers['content-type']).toContain('text/html')
})

test('C-07: without the wish to stay signed in the cookie has no age', async () => {
  const { setCookies } = await submitLogin(server, { email })
  expect(setCookies).toHaveLength(1)
  expect(setCookies[0]).not.toMatch(/Max-Age|Expires/i)
})

test('C-07: a wish to stay signed in makes the cookie as old as its session can get, and no older', async () => {
  const { setCookies } = await submitLogin(server, { email, remember: 'yes' })
  expect(setCookies[0]).toContain(`; Max-Age=${(180 * day) / 1000};`)
  const cookie = cookieOf(setCookies) ?? ''
  const session = server.database.prepare('SELECT persistent, expires_at FROM session ORDER BY id DESC LIMIT 1').get()
  expect(session).toMatchObject({ persistent: 1, expires_at: server.clock.now() + 180 * day })
  // The browser may keep it; the server decides.
  server.clock.advance(30 * day)
  expect(await isLive(cookie)).toBe(false)
  server.clock.advance(-30 * day)
})

test('S-02: a login replaces the session of the cookie that came with it, whoever it belonged to', async () => {
  const ofSameMember = cookieOf((await submitLogin(server, { email })).setCookies) ?? ''
  for (const before of [await signedInMember(server), { cookie: ofSameMember }]) {
    const headers = { origin: server.url, 'sec-fetch-site': 'same-origin', cookie: before.cookie }
    const answer = await submitLogin(server, { email }, headers)
    const cookie = cookieOf(answer.setCookies) ?? ''
    expect(cookie).not.toBe(before.cookie)
    expect(await acceptedOf(server, before)).toEqual([])
    expect(await isLive(cookie)).toBe(true)
  }
})

test('S-02: a failed login leaves the session of the cookie alone', async () => {
  const before = await signedInMember(server)
  const headers = { origin: server.url, 'sec-fetch-site': 'same-origin', cookie: before.cookie }
  await submitLogin(server, { email, password: 'not the passphrase' }, headers)
  expect(await isLive(before.cookie)).toBe(true)
})

test('S-02: a cookie that was planted before the login is not adopted', async () => {
  const planted = `adjourn_session=adj_session_${'A'.repeat(43)}`
  const headers = { origin: server.url, 'sec-fetch-site': 'same-origin', cookie: planted }
  const answer = await submitLogin(server, { email }, headers)
  expect(cookieOf(answer.setCookies)).not.toBe(planted)
  expect(await isLive(planted)).toBe(false)
})
