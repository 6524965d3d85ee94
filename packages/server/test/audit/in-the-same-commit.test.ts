import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { day } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  everythingAccepted,
  loginTicket,
  password,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { authorize, changePassword, logIn, presentCode, register, submitLogin } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterEach(() => server.contents.mend().catch(() => undefined))
afterAll(() => server.close())

type Member = Awaited<ReturnType<typeof signedInMember>>

/** The address with a one-time ticket by which the holder of a token logs out. */
async function logoutLink(accessToken: string): Promise<string> {
  const prepared = await send(`${server.url}/headless/v1/redirect-session`, {
    headers: { authorization: accessToken },
    json: { logout: { clientId: server.client.id } },
  })
  return prepared.json<{ redirectSession: { fullUrl: string } }>().redirectSession.fullUrl
}

/** A change, made ready before its record can no longer be written. */
type Change = (member: Member) => Promise<() => Promise<Received>>

const changes: Readonly<Record<string, Change>> = {
  'a registration': async () => () => register(server, { loginId: { email: 'unrecorded@shop.example' }, password }),
  'a login by the API':
    async ({ email }) =>
    () =>
      logIn(server, { loginId: { email }, password }),
  'a login by the form':
    async ({ email }) =>
    () =>
      submitLogin(server, { email }),
  'a login in the place of another':
    async ({ email, cookie }) =>
    () =>
      send(`${server.url}/oauth2/authorize`, {
        headers: { origin: server.url, 'sec-fetch-site': 'same-origin', cookie },
        form: {
          clientId: server.client.id,
          responseType: 'code',
          redirectUri: 'https://shop.example/callback',
          codeChallengeMethod: 'S256',
          codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          email,
          password,
        },
      }),
  'the first use of a ticket': async ({ email }) => {
    const sessionToken = await loginTicket(server, email)
    return () => authorize(server, { sessionToken })
  },
  'the exchange of a code': async ({ cookie }) => {
    const client = await server.addClient()
    const code = await authorizeWithCookie(server, cookie, client)
    return () => presentCode(server, code, { clientId: client.id })
  },
  'a change of password, with a new secret for its session':
    async ({ accessToken, cookie }) =>
    () =>
      send(`${server.url}/v2/change-password`, {
        headers: { authorization: accessToken, cookie },
        json: { newPassword: 'quite another passphrase' },
      }),
  'a change of password by token alone':
    async ({ accessToken }) =>
    () =>
      changePassword(server, accessToken, 'quite another passphrase'),
  'a logout by access token':
    async ({ accessToken }) =>
    () =>
      send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } }),
  'a logout by cookie':
    async ({ cookie }) =>
    () =>
      send(`${server.url}/v1/logout`, { method: 'POST', headers: { cookie, 'x-requested-with': 'a script' } }),
  'a logout by ticket': async ({ accessToken }) => {
    const link = await logoutLink(accessToken)
    return () => send(link)
  },
  'the end of the current session':
    async ({ accessToken }) =>
    () =>
      send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers: { authorization: accessToken } }),
  'a logout everywhere':
    async ({ accessToken }) =>
    () =>
      send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: accessToken } }),
  'a logout everywhere else': async ({ accessToken, email }) => {
    await loginTicket(server, email)
    const headers = { authorization: accessToken }
    return () => send(`${server.url}/v1/sessions?except=current`, { method: 'DELETE', headers })
  },
  'an end of all sessions of a member by an administrator':
    async ({ memberId }) =>
    () =>
      administer(server, 'DELETE', `/members/${memberId}/sessions`),
  'a block':
    async ({ memberId }) =>
    () =>
      administer(server, 'POST', `/members/${memberId}/block`),
  'a deletion':
    async ({ memberId }) =>
    () =>
      administer(server, 'DELETE', `/members/${memberId}`),
  'an end of everyone’s sessions': async () => () => administer(server, 'DELETE', '/sessions'),
  'a client that is taken out of service': async () => {
    const client = await server.addClient()
    return () => administer(server, 'POST', `/clients/${client.id}/disable`)
  },
}

test.each(Object.entries(changes))(
  'A-01: %s does not happen where its record cannot be written, and is answered 503',
  async (_what, prepare) => {
    const member = await signedInMember(server)
    const attempt = await prepare(member)
    await server.quiet()
    const before = await server.contents.dump()

    await server.contents.breakWrites('audit')
    const answer = await attempt()
    await server.quiet()
    await server.contents.mend()

    expect([answer.status, Number(answer.headers['retry-after']) > 0], answer.text).toEqual([503, true])
    expect([answer.setCookies, answer.headers['location']]).toEqual([[], undefined])
    expect(await server.contents.dump()).toBe(before)
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  },
)

test('A-01: a visitor is not signed out where the record of it cannot be written', async () => {
  const { accessToken, refreshToken } = await visitorTokens(server)
  const link = await logoutLink(accessToken)
  await server.contents.breakWrites('audit')
  const refused = await send(link)
  await server.contents.mend()
  expect(refused.status).toBe(503)
  const json = { clientId: server.client.id, grantType: 'refresh_token', refreshToken }
  expect((await send(`${server.url}/oauth2/token`, { json })).status).toBe(200)
  expect((await send(link)).status).toBe(200)
  expect((await send(`${server.url}/oauth2/token`, { json })).status).toBe(400)
})

test('A-01: a grant whose code was used twice lives on where its end cannot be recorded, and no token is given', async () => {
  const { cookie } = await signedInMember(server)
  const code = await authorizeWithCookie(server, cookie)
  expect((await presentCode(server, code)).status).toBe(200)
  await server.quiet()
  const before = await server.contents.dump()
  await server.contents.breakWrites('audit')
  const refused = await presentCode(server, code)
  await server.contents.mend()
  expect([refused.status, refused.json()['error']]).toEqual([503, 'temporarily_unavailable'])
  expect(await server.contents.dump()).toBe(before)
})

test('A-01: what has passed a limit is not ended where that cannot be recorded, refused all the same, and ended later', async () => {
  const { cookie } = await signedInMember(server)
  server.clock.advance(31 * day)
  const before = await server.contents.count('revocation_log')
  await server.contents.breakWrites('audit')
  await server.reapNow().catch(() => 0)
  await server.contents.mend()
  expect(await server.contents.count('revocation_log')).toBe(before)
  const check = await send(`${server.url}/v1/sessions/current`, { headers: { cookie } })
  expect([check.status, check.json()]).toMatchObject([
    401,
    { details: { applicationError: { data: { because: 'idle' } } } },
  ])
  expect(await server.reapNow()).toBeGreaterThan(0)
  expect(await server.contents.count('revocation_log')).toBeGreaterThan(before)
})
