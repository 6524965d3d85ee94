/** Logout by the official packages in all its forms, each with the proof that the session is over. */
import { authentication, oauth } from '@wix/identity'
import { ApiKeyStrategy, createClient, OAuthStrategy } from '@wix/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { password } from '../support/members.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import {
  everythingWorks,
  officialSite,
  signedInOnSite,
  signInWithTicket,
  stillWorkingOf,
  ticketOf,
} from '../support/official-site.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

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

const signedIn = () => signedInOnSite(server.client.id)
const stillWorking = (member: Awaited<ReturnType<typeof signedIn>>) => stillWorkingOf(server.client.id, member)
const textOf = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('utf8')
const headersOf = (answer: { headers?: readonly { key?: string; value?: string }[] | undefined }, key: string) =>
  answer.headers?.filter((header) => header.key === key).map(({ value }) => value)

test('authentication.logout ends the session, and nothing of it works afterwards', async () => {
  const member = await signedIn()
  const other = await signedIn()
  expect(await stillWorking(member)).toEqual(everythingWorks)
  await member.site.authentication.logout()
  expect(await stillWorking(member)).toEqual([])
  expect(await stillWorking(other)).toEqual(everythingWorks)
})

test('authentication.logout resolves to a page as bytes, with the cookies to remove', async () => {
  const { site } = await signedIn()
  const answer = await site.authentication.logout()
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBeInstanceOf(Uint8Array)
  expect(textOf(answer.body)).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i)
  expect(headersOf(answer, 'Set-Cookie')?.join()).toMatch(/^(?:__Host-)?adjourn_session=;.*Max-Age=0/)
  expect(headersOf(answer, 'Content-Type')).toEqual(['text/html; charset=utf-8'])
  expect(headersOf(answer, 'Cache-Control')).toEqual(['no-store'])
  expect(headersOf(answer, 'Location')).toEqual([])
  expect(hosts.requests.at(-1)).toMatchObject({
    host: 'edge.wixapis.com',
    method: 'GET',
    address: '/_api/iam/authentication/v1/logout',
    status: 200,
    message: undefined,
  })
})

test('authentication.logout with a redirect resolves to it and is never redirected itself', async () => {
  const member = await signedIn()
  const answer = await member.site.authentication.logout({
    postLogoutRedirectUri: `${siteOrigin}/bye`,
    clientId: server.client.id,
  })
  expect(answer.statusCode).toBe(302)
  expect(headersOf(answer, 'Location')).toEqual([`${siteOrigin}/bye`])
  expect(answer.body).toBeInstanceOf(Uint8Array)
  expect(textOf(answer.body)).toContain(`${siteOrigin}/bye`)
  expect(hosts.requests.at(-1)?.status).toBe(200)
  expect(await stillWorking(member)).toEqual([])
})

test('the body is standard base64: bytes that are letters of other alphabets arrive as they are', async () => {
  const { site } = await signedIn()
  const { body } = await site.authentication.logout({
    postLogoutRedirectUri: `${siteOrigin}/bye?a=${'~?>'.repeat(9)}é`,
    clientId: server.client.id,
  })
  expect(body).toBeInstanceOf(Uint8Array)
  expect(textOf(body)).toContain(`${siteOrigin}/bye?a=`)
})

test('a space in the redirect address, sent as a plus, is a space again; a plus stays a plus', async () => {
  const { site } = await signedIn()
  const { headers } = await site.authentication.logout({
    postLogoutRedirectUri: `${siteOrigin}/bye?a=b c&d=é&e=1+1`,
    clientId: server.client.id,
  })
  expect(hosts.requests.at(-1)?.address).toContain('b+c')
  expect(headersOf({ headers }, 'Location')).toEqual([`${siteOrigin}/bye?a=b%20c&d=%C3%A9&e=1+1`])
})

test('null options are no options', async () => {
  const member = await signedIn()
  const answer = await member.site.authentication.logout({ postLogoutRedirectUri: null, clientId: null })
  expect(answer.statusCode).toBe(200)
  expect(await stillWorking(member)).toEqual([])
})

test('a logout that was done already is a success, with the same answer', async () => {
  const { site, tokens } = await signedIn()
  const first = await site.authentication.logout()
  const second = await officialSite(server.client.id, tokens).authentication.logout()
  expect(second).toEqual(first)
})

test('after authentication.logout the client finds out at its next renewal, and becomes a visitor', async () => {
  const { site, tokens } = await signedIn()
  await site.authentication.logout()
  await expect(site.oauth.userInfo()).rejects.toMatchObject({
    details: { applicationError: { code: 'UNAUTHENTICATED' } },
  })
  const later = officialSite(server.client.id, { ...tokens, accessToken: { ...tokens.accessToken, expiresAt: 1 } })
  await expect(later.oauth.userInfo()).rejects.toMatchObject({
    details: { applicationError: { code: 'PERMISSION_DENIED' } },
  })
  expect(later.auth.loggedIn()).toBe(false)
})

test.each([
  ['an address that is none', { postLogoutRedirectUri: 'not an address' }, 'postLogoutRedirectUri', 'WEB_URL'],
  ['a client id that is none', { clientId: 'not a GUID' }, 'clientId', 'GUID'],
])('%s is told as a violation of the argument, and ends nothing', async (_what, wrong, argument, type) => {
  const member = await signedIn()
  const options = { postLogoutRedirectUri: `${siteOrigin}/bye`, clientId: server.client.id, ...wrong }
  await expect(member.site.authentication.logout(options)).rejects.toMatchObject({
    details: {
      validationError: {
        fieldViolations: [{ field: `options.${argument}`, violatedRule: 'FORMAT', data: { type } }],
      },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('an address that the app does not have is told as a violation, and ends nothing', async () => {
  const member = await signedIn()
  const options = { postLogoutRedirectUri: 'https://elsewhere.example/', clientId: server.client.id }
  await expect(member.site.authentication.logout(options)).rejects.toMatchObject({
    details: {
      validationError: {
        fieldViolations: [
          { field: 'options.postLogoutRedirectUri', violatedRule: 'OTHER', ruleName: 'REDIRECT_NOT_ALLOWED', data: {} },
        ],
      },
    },
  })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('a client that does not exist is told as an application error, and ends nothing', async () => {
  const member = await signedIn()
  const options = { postLogoutRedirectUri: `${siteOrigin}/bye`, clientId: '00000000-0000-4000-8000-000000000000' }
  await expect(member.site.authentication.logout(options)).rejects.toMatchObject({
    details: {
      applicationError: { code: 'OAUTH_APP_NOT_FOUND', description: expect.any(String), data: {} },
      requestId: expect.any(String),
    },
  })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('auth.logout gives an address, and following it ends the session by its ticket and its cookie', async () => {
  const member = await signedIn()
  const { logoutUrl } = await member.site.auth.logout(`${siteOrigin}/bye`)
  expect(member.site.auth.getTokens()).toEqual({
    accessToken: { value: '', expiresAt: 0 },
    refreshToken: { value: '', role: 'none' },
  })
  // The link alone ends nothing: a site may prepare it ahead of time.
  expect(await stillWorking(member)).toEqual(everythingWorks)

  expect(await member.browser.visit(logoutUrl, siteOrigin)).toMatchObject({
    status: 302,
    location: `${siteOrigin}/bye`,
  })
  expect(member.browser.cookieNames(server.url)).toEqual([])
  expect(await stillWorking(member)).toEqual([])
})

test('the address of auth.logout ends the session in a browser without any cookie too', async () => {
  const member = await signedIn()
  const { logoutUrl } = await member.site.auth.logout(`${siteOrigin}/bye`)
  expect(await openBrowser().visit(logoutUrl, siteOrigin)).toMatchObject({ status: 302, location: `${siteOrigin}/bye` })
  expect(await stillWorking(member)).toEqual([])
})

test('auth.logout without an address leads to a page', async () => {
  const member = await signedIn()
  const { logoutUrl } = await member.site.auth.logout(undefined as never)
  const shown = await member.browser.visit(logoutUrl, siteOrigin)
  expect(shown).toMatchObject({ status: 200, location: undefined, page: expect.stringContaining('<!doctype html>') })
  expect(await stillWorking(member)).toEqual([])
})

test("auth.logout of a visitor ends the visitor's tokens", async () => {
  const site = officialSite(server.client.id)
  const tokens = await site.auth.generateVisitorTokens()
  site.auth.setTokens(tokens)
  const { logoutUrl } = await site.auth.logout(`${siteOrigin}/bye`)
  await openBrowser().visit(logoutUrl, siteOrigin)
  await expect(site.auth.renewToken(tokens.refreshToken)).rejects.toThrow('invalid_grant')
})

test('logout by a visitor is a success and ends nobody, not even the visitor', async () => {
  const member = await signedIn()
  const site = officialSite(server.client.id)
  const tokens = await site.auth.generateVisitorTokens()
  site.auth.setTokens(tokens)
  expect(await site.authentication.logout()).toMatchObject({ statusCode: 200, body: expect.any(Uint8Array) })
  await expect(site.auth.renewToken(tokens.refreshToken)).resolves.toMatchObject({ refreshToken: { role: 'visitor' } })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('logout by a client with an API key is a success and ends nobody', async () => {
  const member = await signedIn()
  const backend = createClient({
    auth: ApiKeyStrategy({ apiKey: 'IST.eyJraWQiOiJ4In0.x.y', siteId: server.service.siteId }),
    modules: { authentication },
  })
  expect(await backend.authentication.logout()).toMatchObject({ statusCode: 200, body: expect.any(Uint8Array) })
  expect(hosts.requests.at(-1)).toMatchObject({ host: 'www.wixapis.com', status: 200 })
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('logout by a client without any auth is a success and ends nobody', async () => {
  const member = await signedIn()
  const stranger = createClient({ modules: { authentication } })
  expect(await stranger.authentication.logout()).toMatchObject({ statusCode: 200, body: expect.any(Uint8Array) })
  expect(hosts.requests.at(-1)?.headers.get('authorization')).toBe('')
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('logout by token and API key, joined by a comma, ends the session of the token', async () => {
  const member = await signedIn()
  const Authorization = `${member.tokens.accessToken.value},IST.eyJraWQiOiJ4In0.x.y`
  const backend = createClient({
    auth: { getAuthHeaders: async () => ({ headers: { Authorization } }) },
    modules: { authentication },
  })
  expect(await backend.authentication.logout()).toMatchObject({ statusCode: 200 })
  expect(await stillWorking(member)).toEqual([])
})

test('logout without the CDN ends the session at the other host', async () => {
  const member = await signedIn()
  const client = createClient({
    auth: OAuthStrategy({ clientId: server.client.id, tokens: member.tokens }),
    modules: { authentication },
    useCDN: false,
  })
  await client.authentication.logout()
  expect(hosts.requests.at(-1)?.host).toBe('www.wixapis.com')
  expect(await stillWorking(member)).toEqual([])
})

test('changePassword resolves, keeps the session that asked, ends the others, and changes what login takes', async () => {
  const member = await signedIn()
  const elsewhere = officialSite(server.client.id)
  const browser = openBrowser()
  const ticket = await ticketOf(elsewhere.auth.login({ email: member.email, password }))
  const tokens = await signInWithTicket(elsewhere, browser, ticket)
  expect(await stillWorkingOf(server.client.id, { tokens, browser })).toEqual(everythingWorks)

  await member.site.authentication.changePassword('another passphrase of ada')
  expect(hosts.requests.at(-1)).toMatchObject({ address: '/_api/iam/authentication/v2/change-password', status: 200 })
  expect(await stillWorkingOf(server.client.id, { tokens, browser })).toEqual([])
  const asked = await officialSite(server.client.id, member.tokens).oauth.userInfo()
  expect(asked.email).toBe(member.email)
  const { login } = officialSite(server.client.id).auth
  expect(await login({ email: member.email, password })).toMatchObject({ errorCode: 'invalidPassword' })
  expect(await login({ email: member.email, password: 'another passphrase of ada' })).toMatchObject({
    loginState: 'SUCCESS',
  })
})

test('changePassword is refused to a visitor, and for a password that breaks a rule, by name', async () => {
  const { site } = await signedIn()
  await expect(officialSite(server.client.id).authentication.changePassword('a good passphrase')).rejects.toMatchObject(
    {
      details: { applicationError: { code: 'PERMISSION_DENIED' } },
    },
  )
  await expect(site.authentication.changePassword('short')).rejects.toMatchObject({
    details: { validationError: { fieldViolations: [{ field: 'newPassword', violatedRule: 'MIN_LENGTH', data: {} }] } },
  })
})

test('a token of an ended session is refused everywhere that the packages ask', async () => {
  const { site, tokens } = await signedIn()
  await site.authentication.logout()
  const dead = createClient({
    auth: OAuthStrategy({ clientId: server.client.id, tokens }),
    modules: { authentication, oauth },
  })
  const refusals = await Promise.all(
    [
      dead.authentication.changePassword('a good passphrase'),
      dead.oauth.userInfo(),
      dead.auth.logout(`${siteOrigin}/bye`),
      dead.authentication.registerV2({ email: 'new@shop.example' }, { password }),
    ].map((call) => call.catch((error: { details?: { applicationError?: { code?: string } } }) => error)),
  )
  expect(refusals.map((refusal) => Reflect.get(refusal ?? {}, 'details')?.applicationError?.code)).toEqual(
    refusals.map(() => 'UNAUTHENTICATED'),
  )
})
