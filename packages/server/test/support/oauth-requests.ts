/** Requests in their plainest form, for tests that change one thing about them. */
import type { Client } from '../../src/domain/client.ts'
import { authorizeQuery, codeVerifier, password } from './members.ts'
import { type Received, type Sent, send } from './send.ts'
import { callbackUri, type TestServer } from './test-server.ts'

/** Fields to change; `undefined` leaves one out. */
export type Changes = Readonly<Record<string, string | undefined>>

/** Visits the authorize endpoint, as `authorizeQuery` asks, with changes. */
export function authorize(
  server: TestServer,
  changes: Changes = {},
  { client = server.client, headers = {} }: { client?: Client; headers?: NonNullable<Sent['headers']> } = {},
): Promise<Received> {
  const query = changed(Object.fromEntries(new URLSearchParams(authorizeQuery(client))), changes)
  return send(`${server.url}/oauth2/authorize?${new URLSearchParams(query)}`, { headers })
}

/** Sends the login form of the authorize endpoint, as its page would, with changes. */
export function submitLogin(
  server: TestServer,
  changes: Changes,
  headers: NonNullable<Sent['headers']> = { origin: server.url, 'sec-fetch-site': 'same-origin' },
): Promise<Received> {
  const fields = Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' })))
  return send(`${server.url}/oauth2/authorize`, { headers, form: changed({ ...fields, password }, changes) })
}

/** Asks the token endpoint. */
export function askForTokens(server: TestServer, json: Readonly<Record<string, unknown>>): Promise<Received> {
  return send(`${server.url}/oauth2/token`, { json })
}

/** Presents a code as its client would, with changes. */
export function presentCode(server: TestServer, code: string, changes: Changes = {}): Promise<Received> {
  const fields = {
    clientId: server.client.id,
    grantType: 'authorization_code',
    code,
    codeVerifier,
    redirectUri: callbackUri,
  }
  return askForTokens(server, changed(fields, changes))
}

/** Presents a refresh token, with changes. */
export function presentRefreshToken(
  server: TestServer,
  refreshToken: string,
  changes: Changes = {},
): Promise<Received> {
  return askForTokens(
    server,
    changed({ clientId: server.client.id, grantType: 'refresh_token', refreshToken }, changes),
  )
}

/** Asks what a token stands for. */
export async function tokenInfo(server: TestServer, token: string): Promise<Readonly<Record<string, unknown>>> {
  return (await send(`${server.url}/oauth2/token-info`, { json: { token } })).json()
}

export function register(server: TestServer, json: unknown): Promise<Received> {
  return send(`${server.url}/v2/register`, { json })
}

export function logIn(server: TestServer, json: unknown): Promise<Received> {
  return send(`${server.url}/v2/login`, { json })
}

export function changePassword(server: TestServer, accessToken: string, newPassword: string): Promise<Received> {
  return send(`${server.url}/v2/change-password`, { headers: { authorization: accessToken }, json: { newPassword } })
}

function changed(fields: Readonly<Record<string, string>>, changes: Changes): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...fields, ...changes })) if (value !== undefined) all[name] = value
  return all
}
