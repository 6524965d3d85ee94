/** Where the official packages call, how, and what their calls need in a browser. */
import { auth } from '@wix/essentials'
import { authentication, oauth } from '@wix/identity'
import { redirects } from '@wix/redirects'
import { createClient, type Host } from '@wix/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { type OfficialSite, officialSite, signedInOnSite } from '../support/official-site.ts'
import { send } from '../support/send.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

const ownHost = 'auth.shop.example'

let server: TestServer
let hosts: OfficialHosts

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url, [ownHost])
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

/** Every call of the modules that is served so far, for a member. */
async function callEverything(client: Pick<OfficialSite, 'authentication' | 'oauth' | 'redirects'>) {
  const before = hosts.requests.length
  const email = `${crypto.randomUUID()}@shop.example`
  await client.authentication.validateEmail(email)
  await client.authentication.registerV2({ email }, { password })
  await client.authentication.loginV2({ email }, { password })
  await client.authentication.changePassword('another passphrase of ada')
  await client.oauth.tokenInfo({ body: Buffer.from('{"token":"x"}') })
  await client.oauth.token({ body: Buffer.from('{"grantType":"anonymous"}') })
  await client.oauth.jwks()
  await client.oauth.userInfo()
  await client.redirects.createRedirectSession({ logout: { clientId: server.client.id } })
  await client.authentication.logout()
  return hosts.requests.slice(before).map(({ host, address, status }) => `${host}${address} ${status}`)
}

test('every call of the modules is served at the addresses of the official hosts', async () => {
  const { site } = await signedInOnSite(server.client.id)
  expect(await callEverything(site)).toEqual(
    [
      '/_api/iam/authentication/v2/validate-email',
      '/_api/iam/authentication/v2/register',
      '/_api/iam/authentication/v2/login',
      '/_api/iam/authentication/v2/change-password',
      '/oauth2/token-info',
      '/oauth2/token',
      '/oauth2/jwks',
      '/oauth2/user-info',
      '/_api/redirects-api/v1/redirect-session',
      '/_api/iam/authentication/v1/logout',
    ].map((address) => `edge.wixapis.com${address} 200`),
  )
})

test('every call of the modules is served at the addresses of a host that the client was given', async () => {
  const { tokens } = await signedInOnSite(server.client.id)
  const host = { apiBaseUrl: ownHost } as Host
  const client = createClient({
    host,
    auth: { getAuthHeaders: async () => ({ headers: { Authorization: tokens.accessToken.value } }) },
    modules: { authentication, oauth, redirects },
  })
  expect(await callEverything(client)).toEqual(
    [
      '/_api/iam/authentication/v2/validate-email',
      '/_api/iam/authentication/v2/register',
      '/_api/iam/authentication/v2/login',
      '/_api/iam/authentication/v2/change-password',
      '/_api/oauth2/token-info',
      '/_api/oauth2/token',
      '/_api/oauth2/jwks',
      '/_api/oauth2/user-info',
      '/headless/v1/redirect-session',
      '/_api/iam/authentication/v1/logout',
    ].map((address) => `${ownHost}${address} 200`),
  )
})

test('tokens and token info are asked for at the official host whatever the client was given', async () => {
  const { site } = await signedInOnSite(server.client.id)
  const before = hosts.requests.length
  await site.auth.generateVisitorTokens()
  await site.use(auth.getTokenInfo)()
  expect(hosts.requests.slice(before).map(({ host, address, status }) => `${host}${address} ${status}`)).toEqual([
    'www.wixapis.com/oauth2/token 200',
    'www.wixapis.com/oauth2/token-info 200',
  ])
})

test('further prefixes of the same methods, with and without a slash at the end, are served alike', async () => {
  const logouts = ['', '/authentication', '/iam/authentication', '/_api/authentication', '/_api/iam/authentication']
  for (const address of logouts.flatMap((prefix) => [`${prefix}/v1/logout`, `${prefix}/v1/logout/`])) {
    const answers = [await send(`${server.url}${address}`), await send(`${server.url}${address}`, { json: {} })]
    expect([address, ...answers.map(({ status }) => status)]).toEqual([address, 200, 200])
  }
  const json = { clientId: server.client.id, grantType: 'anonymous' }
  for (const address of ['/oauth2/token', '/oauth2/token/', '/_api/oauth2/token', '/oauth/token', '/v1/oauth/token']) {
    expect([address, (await send(`${server.url}${address}`, { json })).status]).toEqual([address, 200])
  }
  const visitor = await officialSite(server.client.id).auth.generateVisitorTokens()
  const headers = { authorization: visitor.accessToken.value }
  for (const prefix of ['/headless', '/_api/redirects-api', '/redirect-session']) {
    const answer = await send(`${server.url}${prefix}/v1/redirect-session`, {
      headers,
      json: { logout: { clientId: server.client.id } },
    })
    expect([prefix, answer.status]).toEqual([prefix, 200])
  }
})

test('what is not served is 404 in the shape that the client can read', async () => {
  const { site } = await signedInOnSite(server.client.id)
  // One that the packages have types for, and no method any more.
  const answer = await site.fetchWithAuth('https://www.wixapis.com/_api/iam/authentication/v2/verify', {
    method: 'POST',
  })
  expect([answer.status, await answer.json()]).toMatchObject([
    404,
    { details: { applicationError: { code: 'NOT_FOUND', data: {} } } },
  ])
  expect(answer.headers.get('x-wix-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('a browser lets the packages call from the site: the preflight allows every header that they send', async () => {
  const { site } = await signedInOnSite(server.client.id)
  await site.oauth.userInfo()
  const sent = hosts.requests.at(-1)
  const names = [...(sent?.headers.keys() ?? []), 'content-type', 'x-wix-consistent', 'wix-site-id', 'x-wix-linguist']
  expect(names).toContain('x-wix-bi-gateway')
  expect(names).toContain('authorization')
  const preflight = await send(`${server.url}${sent?.address}`, {
    method: 'OPTIONS',
    headers: { origin: siteOrigin, 'access-control-request-method': 'GET' },
  })
  expect(preflight.headers['access-control-allow-origin']).toBe(siteOrigin)
  const allowed = String(preflight.headers['access-control-allow-headers']).toLowerCase().split(/,\s*/)
  expect(names.filter((name) => !allowed.includes(name))).toEqual([])
  expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials')

  const answer = await send(`${server.url}${sent?.address}`, { headers: { origin: siteOrigin } })
  expect(String(answer.headers['access-control-expose-headers']).toLowerCase()).toContain('x-wix-request-id')
})

test('a preflight from an origin of nobody allows it nothing', async () => {
  const preflight = await send(`${server.url}/oauth2/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
  })
  expect(preflight.headers).not.toHaveProperty('access-control-allow-origin')
})
