/** What members do before a test begins: register, log in, get tokens and cookies, all by the public API. */
import { randomUUID } from 'node:crypto'
import type { Client } from '../../src/domain/client.ts'
import { challengeOf } from '../../src/domain/pkce.ts'
import { send } from './send.ts'
import { callbackUri, type Served } from './test-server.ts'

export const password = 'a long passphrase of ada'
/** A verifier as the official client makes them: 43 characters. */
export const codeVerifier = 'v'.repeat(43)

export interface Account {
  readonly email: string
  readonly memberId: string
  readonly sessionToken: string
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Registers a member with an address of its own. The session ticket is unused. */
export async function registerMember(server: Served, email = `${randomUUID()}@shop.example`): Promise<Account> {
  const answer = await send(`${server.url}/v2/register`, { json: { loginId: { email }, password } })
  const { sessionToken, identity } = answer.json<{ sessionToken: string; identity: { id: string } }>()
  return { email, memberId: identity.id, sessionToken }
}

/** Logs a registered member in by the API. */
export async function loginTicket(server: Served, email: string): Promise<string> {
  const answer = await send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })
  return answer.json<{ sessionToken: string }>().sessionToken
}

/** The query of an authorization request for a client. */
export function authorizeQuery(client: Client, more: Readonly<Record<string, string>> = {}): string {
  return String(
    new URLSearchParams({
      clientId: client.id,
      redirectUri: callbackUri,
      responseType: 'code',
      responseMode: 'query',
      scope: 'offline_access',
      state: 'some-state',
      codeChallenge: challengeOf(codeVerifier),
      codeChallengeMethod: 'S256',
      prompt: 'none',
      ...more,
    }),
  )
}

/** Uses a session ticket at the authorize endpoint; gives the code and the cookie that was set, if one was. */
export async function authorizeWithTicket(
  server: Served,
  sessionToken: string,
  { client = server.client, headers = {} }: { client?: Client; headers?: Record<string, string> } = {},
): Promise<{ readonly code: string; readonly cookie: string | undefined }> {
  const answer = await send(`${server.url}/oauth2/authorize?${authorizeQuery(client, { sessionToken })}`, { headers })
  const code = new URL(String(answer.headers['location'])).searchParams.get('code')
  if (code === null) throw new Error(`No code was issued: ${answer.status} ${String(answer.headers['location'])}`)
  return { code, cookie: cookieOf(answer.setCookies) }
}

/** Uses a session cookie at the authorize endpoint, silently. */
export async function authorizeWithCookie(server: Served, cookie: string, client = server.client): Promise<string> {
  const answer = await send(`${server.url}/oauth2/authorize?${authorizeQuery(client)}`, { headers: { cookie } })
  const code = new URL(String(answer.headers['location'])).searchParams.get('code')
  if (code === null) throw new Error(`No code was issued: ${answer.status} ${String(answer.headers['location'])}`)
  return code
}

/** Exchanges a code. */
export async function exchange(server: Served, code: string, client = server.client): Promise<Tokens> {
  const answer = await send(`${server.url}/oauth2/token`, {
    json: { clientId: client.id, grantType: 'authorization_code', code, codeVerifier, redirectUri: callbackUri },
  })
  if (answer.status !== 200) throw new Error(`The code was not exchanged: ${answer.text}`)
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json<Record<string, string>>()
  return { accessToken: accessToken ?? '', refreshToken: refreshToken ?? '' }
}

/** A member who registered and is signed in: with tokens of the first client and with the cookie. */
export async function signedInMember(
  server: Served,
  email?: string,
): Promise<Account & Tokens & { readonly cookie: string }> {
  const account = await registerMember(server, email)
  const { code, cookie } = await authorizeWithTicket(server, account.sessionToken)
  if (cookie === undefined) throw new Error('No cookie was set')
  return { ...account, ...(await exchange(server, code)), cookie }
}

/** Logs in by the login page, as a browser does; gives the `Cookie` header to send from then on. */
export async function loginByForm(
  server: Served,
  email: string,
  { cookie, remember }: { readonly cookie?: string; readonly remember?: boolean } = {},
): Promise<string> {
  const answer = await send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin', ...(cookie === undefined ? {} : { cookie }) },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' }))),
      email,
      password,
      ...(remember === true ? { remember: 'yes' } : {}),
    },
  })
  const set = cookieOf(answer.setCookies)
  if (set === undefined) throw new Error(`No cookie was set: ${answer.status}`)
  return set
}

/** Visitor tokens of a client. */
export async function visitorTokens(server: Served, client = server.client): Promise<Tokens> {
  const answer = await send(`${server.url}/oauth2/token`, { json: { clientId: client.id, grantType: 'anonymous' } })
  const { access_token: accessToken, refresh_token: refreshToken } = answer.json<Record<string, string>>()
  return { accessToken: accessToken ?? '', refreshToken: refreshToken ?? '' }
}

/** The `Cookie` header that a browser would send after these `Set-Cookie` headers; `undefined` when none was set. */
export function cookieOf(setCookies: readonly string[]): string | undefined {
  return setCookies.map((line) => line.split(';')[0] ?? '').find((pair) => /adjourn_session=./.test(pair))
}

/** Which credentials of a session the service still accepts, each asked where it is used. */
export async function acceptedOf(
  server: Served,
  held: { readonly accessToken?: string; readonly refreshToken?: string; readonly cookie?: string },
): Promise<readonly string[]> {
  const { url } = server
  const accepted: string[] = []
  const note = (name: string, isAccepted: boolean) => void (isAccepted && accepted.push(name))
  if (held.accessToken !== undefined) {
    const headers = { authorization: held.accessToken }
    note('access token: session', (await send(`${url}/v1/sessions/current`, { headers })).status === 200)
    note('access token: user info', (await send(`${url}/oauth2/user-info`, { headers })).status === 200)
    note('access token: active', await isActive(server, held.accessToken))
  }
  if (held.refreshToken !== undefined) {
    const json = { clientId: server.client.id, grantType: 'refresh_token', refreshToken: held.refreshToken }
    note('refresh token: active', await isActive(server, held.refreshToken))
    note('refresh token: refresh', (await send(`${url}/oauth2/token`, { json })).status === 200)
  }
  if (held.cookie !== undefined) {
    const headers = { cookie: held.cookie }
    note('cookie: session', (await send(`${url}/v1/sessions/current`, { headers })).status === 200)
    const silent = await send(`${url}/oauth2/authorize?${authorizeQuery(server.client)}`, { headers })
    note('cookie: silent login', new URL(String(silent.headers['location'])).searchParams.has('code'))
  }
  return accepted
}

/** Everything that `acceptedOf` asks while a session is alive. */
export const everythingAccepted: readonly string[] = [
  'access token: session',
  'access token: user info',
  'access token: active',
  'refresh token: active',
  'refresh token: refresh',
  'cookie: session',
  'cookie: silent login',
]

async function isActive(server: Served, token: string): Promise<boolean> {
  const answer = await send(`${server.url}/oauth2/token-info`, { json: { token } })
  return answer.json<{ active: boolean }>().active
}
