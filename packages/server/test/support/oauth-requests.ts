/** Requests in their plainest form, for tests that change one thing about them. */
import type { Client } from '../../src/domain/client.ts'
import { authorizeQuery, codeVerifier, password } from './members.ts'
import { type Received, type Sent, send } from './send.ts'
import { callbackUri, type Served } from './test-server.ts'

/** Fields to change; `undefined` leaves one out. */
export type Changes = Readonly<Record<string, string | undefined>>

/** Visits the authorize endpoint, as `authorizeQuery` asks, with changes. */
export function authorize(
  server: Served,
  changes: Changes = {},
  { client = server.client, headers = {} }: { client?: Client; headers?: NonNullable<Sent['headers']> } = {},
): Promise<Received> {
  const query = changed(Object.fromEntries(new URLSearchParams(authorizeQuery(client))), changes)
  return send(`${server.url}/oauth2/authorize?${new URLSearchParams(query)}`, { headers })
}

/** Sends the login form of the authorize endpoint, as its page would, with changes. */
export function submitLogin(
  server: Served,
  changes: Changes,
  headers: NonNullable<Sent['headers']> = { origin: server.url, 'sec-fetch-site': 'same-origin' },
): Promise<Received> {
  const fields = Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' })))
  return send(`${server.url}/oauth2/authorize`, { headers, form: changed({ ...fields, password }, changes) })
}

/** Asks the token endpoint. */
export function askForTokens(server: Served, json: Readonly<Record<string, unknown>>): Promise<Received> {
  return send(`${server.url}/oauth2/token`, { json })
}

/** Presents a code as its client would, with changes. */
export function presentCode(server: Served, code: string, changes: Changes = {}): Promise<Received> {
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
export function presentRefreshToken(server: Served, refreshToken: string, changes: Changes = {}): Promise<Received> {
  return askForTokens(
    server,
    changed({ clientId: server.client.id, grantType: 'refresh_token', refreshToken }, changes),
  )
}

/** Asks what a token stands for. */
export async function tokenInfo(server: Served, token: string): Promise<Readonly<Record<string, unknown>>> {
  return (await send(`${server.url}/oauth2/token-info`, { json: { token } })).json()
}

export function register(server: Served, json: unknown): Promise<Received> {
  return send(`${server.url}/v2/register`, { json })
}

export function logIn(server: Served, json: unknown): Promise<Received> {
  return send(`${server.url}/v2/login`, { json })
}

export function changePassword(server: Served, accessToken: string, newPassword: string): Promise<Received> {
  return send(`${server.url}/v2/change-password`, { headers: { authorization: accessToken }, json: { newPassword } })
}

function changed(fields: Readonly<Record<string, string>>, changes: Changes): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...fields, ...changes })) if (value !== undefined) all[name] = value
  return all
}
