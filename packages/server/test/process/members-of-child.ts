import { randomUUID } from 'node:crypto'
import { challengeOf } from '../../src/domain/pkce.ts'
import { codeVerifier, cookieOf, password } from '../support/members.ts'
import { send } from '../support/send.ts'
import type { Child } from './child.ts'

/** Where the first client of a server on a loopback address may redirect to, unless the operator says otherwise. */
export const callbackUri = 'http://localhost:4321/callback'

export interface ChildMember {
  readonly email: string
  readonly sessionToken: string
  readonly cookie: string
  readonly code: string
  readonly accessToken: string
  readonly refreshToken: string
}

/** The first client, as the process printed it. */
export function clientIdOf(child: Child): string {
  const id = /^Client id: (\S+)$/m.exec(child.stdout())?.[1]
  if (id === undefined) throw new Error(`No client id in ${child.stdout()}`)
  return id
}

/** Registers a member in a server of another process, by the API, and logs in by the form. */
export async function memberByForm(
  url: string,
  child: Child,
  email = `${randomUUID()}@shop.example`,
): Promise<ChildMember> {
  const registered = await send(`${url}/v2/register`, { json: { loginId: { email }, password } })
  const { sessionToken } = registered.json<{ sessionToken: string }>()
  return { ...(await loginByForm(url, child, email)), sessionToken }
}

/** Logs a registered member in by the form; every login is a session of its own, with a cookie and tokens. */
export async function loginByForm(url: string, child: Child, email: string): Promise<ChildMember> {
  const clientId = clientIdOf(child)
  const answer = await send(`${url}/oauth2/authorize`, {
    headers: { origin: url, 'sec-fetch-site': 'same-origin' },
    form: {
      clientId,
      redirectUri: callbackUri,
      responseType: 'code',
      scope: 'offline_access',
      codeChallenge: challengeOf(codeVerifier),
      codeChallengeMethod: 'S256',
      email,
      password,
    },
  })
  const cookie = cookieOf(answer.setCookies)
  const code = new URL(String(answer.headers['location'])).searchParams.get('code')
  if (cookie === undefined || code === null) throw new Error(`Nobody was logged in: ${answer.status} ${answer.text}`)
  const tokens = await send(`${url}/oauth2/token`, {
    json: { clientId, grantType: 'authorization_code', code, codeVerifier, redirectUri: callbackUri },
  })
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = tokens.json<Record<string, string>>()
  return { email, sessionToken: '', cookie, code, accessToken, refreshToken }
}
