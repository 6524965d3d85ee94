/** Redirect sessions, and logging in through them, with the official packages. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { registerMember } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite, signedInOnSite, signInWithTicket, silentLogin } from '../support/official-site.ts'
import { callbackUri, siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

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

/** How the package's own code calls it: its types do not list `sessionToken`. */
async function authUrlWithTicket(site: ReturnType<typeof officialSite>, responseMode: 'query' | 'fragment') {
  const { sessionToken } = await registerMember(server)
  const oauthData = site.auth.generateOAuthData(callbackUri, `${siteOrigin}/account`)
  const options = { prompt: 'none', responseMode, sessionToken } as const
  return { oauthData, given: sessionToken, ...(await site.auth.getAuthUrl(oauthData, options)) }
}

test.each(['query', 'fragment'] as const)(
  'a backend that fetches the address without following it gets member tokens from the redirect (%s)',
  async (responseMode) => {
    const site = officialSite(server.client.id)
    const { authUrl, oauthData } = await authUrlWithTicket(site, responseMode)
    const answer = await fetch(authUrl, { redirect: 'manual' })
    expect(answer.status).toBe(302)
    const { code, state, ...rest } = site.auth.parseFromUrl(answer.headers.get('location') ?? '', responseMode)
    expect([state, rest]).toEqual([oauthData.state, {}])
    const tokens = await site.auth.getMemberTokens(code, state, oauthData)
    site.auth.setTokens(tokens)
    expect(site.auth.loggedIn()).toBe(true)
    expect(await site.oauth.userInfo()).toMatchObject({ sub: expect.any(String) })
  },
)

test('getAuthUrl gets a full address and its parts, and the session token back', async () => {
  const { oauthData, given, ...answer } = await authUrlWithTicket(officialSite(server.client.id), 'query')
  const endpoint = `${server.url}/_api/oauth2/authorize`
  const url = new URL(answer.authUrl)
  expect(answer).toEqual({ authUrl: expect.any(String), authorizationEndpoint: endpoint, sessionToken: given })
  expect(`${url.origin}${url.pathname}`).toBe(endpoint)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    clientId: server.client.id,
    redirectUri: callbackUri,
    responseType: 'code',
    responseMode: 'query',
    scope: 'offline_access',
    state: oauthData.state,
    codeChallenge: oauthData.codeChallenge,
    codeChallengeMethod: 'S256',
    sessionToken: given,
    prompt: 'none',
  })
})

test('getAuthUrl without anything gets the address of the login page', async () => {
  const site = officialSite(server.client.id)
  const { authUrl } = await site.auth.getAuthUrl(site.auth.generateOAuthData(callbackUri))
  expect(new URL(authUrl).searchParams.get('prompt')).toBe('login')
  expect(new URL(authUrl).searchParams.get('responseMode')).toBe('fragment')
  expect(await openBrowser().visit(authUrl, siteOrigin)).toMatchObject({
    status: 200,
    page: expect.stringContaining('type="password"'),
  })
})

test('createRedirectSession gives every part that the packages read', async () => {
  const { site } = await signedInOnSite(server.client.id)
  const { redirectSession } = await site.redirects.createRedirectSession({
    logout: { clientId: server.client.id },
    callbacks: { postFlowUrl: `${siteOrigin}/bye` },
  })
  const searchParams = {
    clientId: server.client.id,
    postLogoutRedirectUri: `${siteOrigin}/bye`,
    logoutTicket: expect.any(String),
  }
  expect(redirectSession).toMatchObject({
    _id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    fullUrl: expect.any(String),
    urlDetails: { endpoint: `${server.url}/_api/iam/authentication/v1/logout`, searchParams },
    shortUrl: '',
  })
  expect(Object.fromEntries(new URL(redirectSession?.fullUrl ?? '').searchParams)).toEqual(searchParams)
})

test('a session token works once, and silent login works by the cookie from then on', async () => {
  const site = officialSite(server.client.id)
  const browser = openBrowser()
  const { sessionToken } = await registerMember(server)
  await signInWithTicket(site, browser, sessionToken)
  expect(await silentLogin(officialSite(server.client.id), browser)).toMatchObject({ code: expect.any(String) })

  await expect(signInWithTicket(officialSite(server.client.id), openBrowser(), sessionToken)).rejects.toThrow(
    'Missing code',
  )
})

test('silent login of nobody comes back with login_required and the state', async () => {
  const site = officialSite(server.client.id)
  expect(await silentLogin(site, openBrowser())).toEqual({
    code: null,
    state: expect.stringMatching(/^[\w-]{43}$/),
    error: 'login_required',
    errorDescription: expect.any(String),
  })
})

test.each([
  ['a client that does not exist', async () => '00000000-0000-4000-8000-000000000000', 'OAUTH_APP_NOT_FOUND', 404],
  ['a client that is not the one of the token', async () => (await server.addClient()).id, 'PERMISSION_DENIED', 403],
])('a redirect session is refused for %s by its code, with the request id', async (_what, clientId, code, status) => {
  const { site } = await signedInOnSite(server.client.id)
  await expect(site.redirects.createRedirectSession({ logout: { clientId: await clientId() } })).rejects.toMatchObject({
    details: {
      applicationError: { code, description: expect.any(String), data: {} },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
  expect(hosts.requests.at(-1)?.status).toBe(status)
})

test('the violation of a refused address names the argument that the caller gave', async () => {
  const { site } = await signedInOnSite(server.client.id)
  const before = site.auth.getTokens()
  await expect(site.auth.logout('https://elsewhere.example/')).rejects.toMatchObject({
    details: {
      validationError: {
        fieldViolations: [{ field: 'options.callbacks.postFlowUrl', ruleName: 'REDIRECT_NOT_ALLOWED', data: {} }],
      },
    },
  })
  // The package keeps the tokens when the call fails: the member is still signed in, and can try again.
  expect(site.auth.getTokens()).toEqual(before)
  expect(await site.oauth.userInfo()).toMatchObject({ sub: expect.any(String) })
})
