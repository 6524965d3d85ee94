import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, violationOf } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import {
  acceptedOf,
  everythingAccepted,
  registerMember,
  signedInMember,
  type Tokens,
  visitorTokens,
} from '../support/members.ts'
import { presentRefreshToken } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { callbackUri, siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let visitor: Tokens
beforeAll(async () => {
  server = await startTestServer()
  visitor = await visitorTokens(server)
})
afterAll(() => server.close())

const create = (json: unknown, authorization = visitor.accessToken) =>
  send(`${server.url}/_api/redirects-api/v1/redirect-session`, { headers: { authorization }, json })

interface RedirectSession {
  readonly id: string
  readonly fullUrl: string
  readonly urlDetails: { readonly endpoint: string; readonly searchParams: Readonly<Record<string, string>> }
  readonly sessionToken?: string
  readonly shortUrl: string
}
const sessionOf = (answer: Received) => answer.json<{ redirectSession: RedirectSession }>().redirectSession

const authRequest = () => ({
  clientId: server.client.id,
  redirectUri: callbackUri,
  responseType: 'code',
  responseMode: 'query',
  scope: 'offline_access',
  state: 'a state & more',
  codeChallenge: 'c'.repeat(43),
  codeChallengeMethod: 'S256',
})

test('a login is prepared with its parameters as they were given, and the address shows the login page', async () => {
  const answer = await create({ auth: { authRequest: { ...authRequest(), idp: null, unknown: 'x' }, prompt: 'login' } })
  expect(answer.status).toBe(200)
  const { id, fullUrl, urlDetails, shortUrl, ...more } = sessionOf(answer)
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(shortUrl).toBe('')
  expect(more).toEqual({})
  expect(urlDetails).toEqual({
    endpoint: `${server.url}/_api/oauth2/authorize`,
    searchParams: { ...authRequest(), prompt: 'login' },
  })
  const { origin, pathname, searchParams } = new URL(fullUrl)
  expect(origin + pathname).toBe(urlDetails.endpoint)
  expect(Object.fromEntries(searchParams)).toEqual(urlDetails.searchParams)
  const page = await send(fullUrl)
  expect([page.status, page.text.includes('type="password"')]).toEqual([200, true])
})

test('a login is prepared with a ticket, which is handed back and finishes the login', async () => {
  const { sessionToken } = await registerMember(server)
  const { fullUrl, sessionToken: back } = sessionOf(
    await create({ auth: { authRequest: { ...authRequest(), sessionToken }, prompt: 'none' } }),
  )
  expect(back).toBe(sessionToken)
  expect((await send(fullUrl)).headers['location']).toContain('code=adj_code_')
})

test('an address that is not allowed is refused when the browser arrives, not before', async () => {
  const answer = await create({ auth: { authRequest: { ...authRequest(), redirectUri: 'unused://' } } })
  expect(answer.status).toBe(200)
  const page = await send(sessionOf(answer).fullUrl)
  expect([page.status, page.headers['location']]).toEqual([400, undefined])
})

test('a logout is prepared for a member: nothing ends until the browser follows the link', async () => {
  const member = await signedInMember(server)
  const postFlowUrl = `${siteOrigin}/bye?a=b c&d=é`
  const answer = await create(
    { logout: { clientId: server.client.id }, callbacks: { postFlowUrl } },
    member.accessToken,
  )
  const { fullUrl, urlDetails } = sessionOf(answer)
  expect(urlDetails).toEqual({
    endpoint: `${server.url}/_api/iam/authentication/v1/logout`,
    searchParams: {
      clientId: server.client.id,
      postLogoutRedirectUri: postFlowUrl,
      logoutTicket: expect.stringMatching(/^adj_logout_[A-Za-z0-9_-]{43}$/),
    },
  })
  expect(Object.fromEntries(new URL(fullUrl).searchParams)).toEqual(urlDetails.searchParams)
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)

  const followed = await send(fullUrl, { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' } })
  expect([followed.status, followed.headers['location']]).toEqual([302, new URL(postFlowUrl).href])
  expect(await acceptedOf(server, member)).toEqual([])
})

test('a logout is prepared for a visitor, whose tokens end when the link is followed', async () => {
  const leaving = await visitorTokens(server)
  const answer = await create({ logout: { clientId: server.client.id }, callbacks: {} }, leaving.accessToken)
  const { fullUrl, urlDetails } = sessionOf(answer)
  expect(Object.keys(urlDetails.searchParams).sort()).toEqual(['clientId', 'logoutTicket'])
  expect((await presentRefreshToken(server, leaving.refreshToken)).status).toBe(200)
  expect((await send(fullUrl)).status).toBe(200)
  expect((await presentRefreshToken(server, leaving.refreshToken)).status).toBe(400)
})

test('a link to log out is good for ten minutes', async () => {
  const member = await signedInMember(server)
  const prepare = async () =>
    sessionOf(await create({ logout: { clientId: server.client.id } }, (await refreshed(member)).accessToken)).fullUrl
  const late = await prepare()
  server.clock.advance(10 * minute)
  expect((await send(late)).status).toBe(200)
  expect(await acceptedOf(server, { refreshToken: member.refreshToken })).not.toEqual([])
  const inTime = await prepare()
  server.clock.advance(10 * minute - 1)
  await send(inTime)
  expect(await acceptedOf(server, { refreshToken: member.refreshToken })).toEqual([])
  visitor = await visitorTokens(server)
})

async function refreshed({ refreshToken }: Tokens): Promise<Tokens> {
  const { access_token: accessToken = '' } = (await presentRefreshToken(server, refreshToken)).json<
    Record<string, string>
  >()
  return { accessToken, refreshToken }
}

const unknownClient = '00000000-0000-4000-8000-000000000000'
const logout = { logout: { clientId: unknownClient } }

test.each([
  ['nothing', () => ({}), '400 intent OTHER ONE_INTENT'],
  ['nothing but null', () => ({ auth: null, logout: null }), '400 intent OTHER ONE_INTENT'],
  ['nothing but callbacks', () => ({ callbacks: { postFlowUrl: siteOrigin } }), '400 intent OTHER ONE_INTENT'],
  ['two intents', () => ({ ...logout, auth: { authRequest: authRequest() } }), '400 intent OTHER ONE_INTENT'],
  ['a served and an unserved intent', () => ({ ...logout, login: {} }), '400 intent OTHER ONE_INTENT'],
  ['auth without a request', () => ({ auth: { prompt: 'login' } }), '400 auth.authRequest REQUIRED_FIELD'],
  ['auth that is a text', () => ({ auth: 'x' }), '400 auth TYPE'],
  ['auth without a client', () => ({ auth: { authRequest: {} } }), '400 auth.authRequest.clientId REQUIRED_FIELD'],
  [
    'auth with a client that is no GUID',
    () => ({ auth: { authRequest: { clientId: 'x' } } }),
    '400 auth.authRequest.clientId FORMAT',
  ],
  ['logout without a client', () => ({ logout: {} }), '400 logout.clientId REQUIRED_FIELD'],
  ['logout with a client that is no GUID', () => ({ logout: { clientId: 'x' } }), '400 logout.clientId FORMAT'],
  [
    'a state that is a list',
    () => ({ auth: { authRequest: { ...authRequest(), state: ['x'] } } }),
    '400 auth.authRequest.state TYPE',
  ],
])('a redirect session with %s is refused', async (_what, json, expected) => {
  // What stands behind the first is the message around it, once more.
  expect(violationOf(await create(json())).split(', ')[0]).toBe(expected)
})

test.each(['auth', 'logout'])('%s for an unknown client is answered 404, for a disabled one too', async (intent) => {
  const disabled = await server.addClient({ disabledAt: server.clock.now() })
  for (const clientId of [unknownClient, disabled.id]) {
    const json =
      intent === 'auth' ? { auth: { authRequest: { ...authRequest(), clientId } } } : { logout: { clientId } }
    const answer = await create(json)
    expect(refusalOf(answer)).toBe('404 OAUTH_APP_NOT_FOUND')
    expect(answer.json()).toMatchObject({ message: 'clientId names no client' })
  }
})

test.each(['auth', 'logout'])('%s for another client than the one of the token is answered 403', async (intent) => {
  const { id: clientId } = await server.addClient()
  const json = intent === 'auth' ? { auth: { authRequest: { ...authRequest(), clientId } } } : { logout: { clientId } }
  expect(refusalOf(await create(json))).toBe('403 PERMISSION_DENIED')
})

test.each(['auth', 'logout'])('%s without a token is answered 401', async (intent) => {
  const json = intent === 'auth' ? { auth: { authRequest: authRequest() } } : { logout: { clientId: server.client.id } }
  expect(refusalOf(await create(json, ''))).toBe('401 UNAUTHENTICATED')
})

test.each([
  ['another host', 'https://evil.example/', 'OTHER REDIRECT_NOT_ALLOWED'],
  ['a subdomain', 'https://www.shop.example/', 'OTHER REDIRECT_NOT_ALLOWED'],
  ['http', 'http://shop.example/', 'OTHER REDIRECT_NOT_ALLOWED'],
  ['user information', 'https://shop.example@evil.example/', 'FORMAT'],
  ['a path', '/bye', 'FORMAT'],
  ['script', 'javascript:alert(1)', 'FORMAT'],
  ['an app', 'myapp://done', 'FORMAT'],
])('a logout that leads to %s is refused, and no ticket is made', async (_what, postFlowUrl, rule) => {
  server.database
    .prepare('UPDATE client SET allowed_redirect_uris = ? WHERE id = ?')
    .run(JSON.stringify([callbackUri, 'myapp://done']), server.client.id)
  const tickets = () => server.database.prepare(`SELECT count(*) AS n FROM ticket WHERE kind = 'logout'`).get()?.['n']
  const before = tickets()
  const answer = await create({ logout: { clientId: server.client.id }, callbacks: { postFlowUrl } })
  expect(violationOf(answer)).toBe(`400 callbacks.postFlowUrl ${rule}`)
  expect(tickets()).toBe(before)
})

test.each([
  'bookingsCheckout',
  'ecomCheckout',
  'eventsCheckout',
  'paidPlansCheckout',
  'storesProduct',
  'bookingsBook',
  'ecomOrderPaymentRequest',
  'memberAccountPage',
])('the intent %s is not served, and the answer says which', async (intent) => {
  const answer = await create({ [intent]: {} })
  expect(refusalOf(answer)).toBe('400 UNSUPPORTED_INTENT')
  expect(answer.text).toContain(intent)
})

const longest = (start: string) => `${start}${'a'.repeat(2048 - start.length)}`

test('a login whose address would be too long keeps its parameters here, and works all the same', async () => {
  const account = await registerMember(server)
  const redirectUri = longest(`${callbackUri}?`)
  const client = await server.addClient({ allowedRedirectUris: [redirectUri] })
  const { accessToken } = await visitorTokens(server, client)
  const request = { ...authRequest(), clientId: client.id, redirectUri, sessionToken: account.sessionToken }
  const { fullUrl, urlDetails } = sessionOf(
    await create({ auth: { authRequest: request, prompt: 'none' } }, accessToken),
  )
  expect(fullUrl.length).toBeLessThanOrEqual(2048)
  expect(Object.keys(urlDetails.searchParams)).toEqual(['redirectSession', 'sessionToken'])
  expect(Object.fromEntries(new URL(fullUrl).searchParams)).toEqual(urlDetails.searchParams)

  const answer = await send(fullUrl)
  expect(answer.status).toBe(302)
  const location = new URL(String(answer.headers['location']))
  expect(location.href.startsWith(redirectUri)).toBe(true)
  expect(location.searchParams.get('code')).toMatch(/^adj_code_/)
  expect(location.searchParams.get('state')).toBe('a state & more')
})

test('a logout whose address would be too long keeps its parameters here, and works all the same', async () => {
  const member = await signedInMember(server)
  const postFlowUrl = longest(`${siteOrigin}/bye?`)
  const { fullUrl, urlDetails } = sessionOf(
    await create({ logout: { clientId: server.client.id }, callbacks: { postFlowUrl } }, member.accessToken),
  )
  expect(fullUrl.length).toBeLessThanOrEqual(2048)
  expect(Object.keys(urlDetails.searchParams)).toEqual(['redirectSession', 'logoutTicket'])
  const answer = await send(fullUrl, { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
  expect([answer.status, answer.headers['location']]).toEqual([302, postFlowUrl])
  expect(await acceptedOf(server, member)).toEqual([])
})

test('parameters that were kept are good for ten minutes, and one-time secrets are not among them', async () => {
  const account = await registerMember(server)
  const redirectUri = longest(`${callbackUri}?`)
  const request = { ...authRequest(), redirectUri, sessionToken: account.sessionToken }
  const { fullUrl } = sessionOf(await create({ auth: { authRequest: request } }))
  expect(JSON.stringify(server.database.prepare('SELECT parameters FROM redirect_session').all())).not.toContain(
    account.sessionToken,
  )
  server.clock.advance(10 * minute)
  expect((await send(fullUrl)).status).toBe(400)
  expect((await send(fullUrl.replace(/redirectSession=[\w-]+/, 'redirectSession=adj_redirect_unknown'))).status).toBe(
    400,
  )
})
