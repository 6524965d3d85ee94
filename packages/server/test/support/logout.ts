/** What browsers and programs send to log out, and how to read what comes back. */
import type { LogEntry } from '../../src/domain/revocation-log.ts'
import { hashSecret } from '../../src/domain/secrets.ts'
import { type Received, type Sent, send } from './send.ts'
import type { Served, TestServer } from './test-server.ts'

/** Every address of the method. */
export const logoutAddresses: readonly string[] = [
  '/v1/logout',
  '/_api/iam/authentication/v1/logout',
  '/iam/authentication/v1/logout',
  '/authentication/v1/logout',
  '/_api/authentication/v1/logout',
]

/** What the official client adds to each of its calls. */
export const clientMarker: Readonly<Record<string, string>> = {
  'x-wix-bi-gateway':
    'environment=js-sdk,package-name=@wix/auto_sdk_identity_authentication,method-fqn=wix.iam.authentication.v1.AuthenticationService.Logout,entity=wix.iam.authentication.v1.authentication',
}

export type FetchSite = 'same-origin' | 'same-site' | 'cross-site' | 'none'

/** The headers of a browser that goes to an address, caused by a page of this service, a sibling, another site, nobody. */
export function navigation(site: FetchSite, cookie?: string): Record<string, string> {
  return {
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-site': site,
    ...(cookie === undefined ? {} : { cookie }),
  }
}

export interface Envelope {
  readonly body: string
  readonly statusCode: number
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

/** The message of a logout that was answered as one. */
export function envelopeOf(answer: Received): Envelope & { readonly html: string; readonly location?: string } {
  if (answer.status !== 200) throw new Error(`Not an envelope: ${answer.status} ${answer.text}`)
  const envelope = answer.json<Envelope>()
  const location = envelope.headers.find(({ key }) => key === 'Location')?.value
  return {
    ...envelope,
    html: Buffer.from(envelope.body, 'base64').toString('utf8'),
    ...(location === undefined ? {} : { location }),
  }
}

export interface Form {
  readonly method: string
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** The one form of a page. */
export function formOf(html: string): Form {
  const [, method = '', action = '', inside = ''] =
    /<form method="([^"]*)" action="([^"]*)">([\s\S]*?)<\/form>/.exec(html) ?? []
  if (action === '') throw new Error(`The page has no form: ${html}`)
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    fields[name] = decoded(value)
  }
  return { method, action: decoded(action), fields }
}

function decoded(value: string): string {
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** Presses the button of a form as a browser does that stands on a page of this service. */
export function submit(
  server: TestServer,
  { method, action, fields }: Form,
  cookie?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Received> {
  const sent = { ...navigation('same-origin', cookie), ...headers }
  if (method === 'get') return send(`${server.url}${action}?${new URLSearchParams({ ...fields })}`, { headers: sent })
  return send(`${server.url}${action}`, { headers: { origin: server.url, ...sent }, form: fields })
}

/** The heading of a page. */
export function headingOf({ text }: Received): string {
  return /<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? ''
}

/** Asks the service itself whether a credential is still good for anything. */
export async function isAccepted(
  server: Served,
  credential: { readonly cookie: string } | { readonly accessToken: string },
): Promise<boolean> {
  const headers: Record<string, string> =
    'cookie' in credential ? { cookie: credential.cookie } : { authorization: credential.accessToken }
  const { status } = await send(`${server.url}/v1/sessions/current`, { headers })
  if (status !== 200 && status !== 401) throw new Error(`The check was answered ${status}`)
  return status === 200
}

/**
 * The ends on record that somebody asked for, oldest first. What the server ends by itself when a limit is passed is left
 * out: it looks every half minute, so in a long run it may do so in the middle of any test that moved the clock.
 */
export async function endsOnRecord(server: TestServer): Promise<readonly LogEntry[]> {
  const ends = await server.service.storage.readLog(0, 10_000)
  return ends.filter(({ cause }) => cause !== 'idle' && cause !== 'expired' && cause !== 'unclaimed')
}

/** Makes a logout link with a ticket for the holder of a token, as `client.auth.logout` does. */
export async function logoutLink(
  server: Served,
  accessToken: string,
  { postFlowUrl, clientId = server.client.id }: { readonly postFlowUrl?: string; readonly clientId?: string } = {},
): Promise<{ readonly url: string; readonly ticket: string }> {
  const answer = await send(`${server.url}/_api/redirects-api/v1/redirect-session`, {
    headers: { authorization: accessToken },
    json: { logout: { clientId }, callbacks: postFlowUrl === undefined ? {} : { postFlowUrl } },
  })
  if (answer.status !== 200) throw new Error(`No link was made: ${answer.text}`)
  const { fullUrl } = answer.json<{ redirectSession: { fullUrl: string } }>().redirectSession
  return { url: fullUrl, ticket: new URL(fullUrl).searchParams.get('logoutTicket') ?? '' }
}

/** The secret in a `Cookie` header of one cookie, and its hash as it is stored. */
export function secretOf(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

export function storedHashOf(cookie: string): Uint8Array {
  return hashSecret(secretOf(cookie))
}

/** Sends a logout to the documented address. */
export function sendLogout(
  server: TestServer,
  fields: Readonly<Record<string, string>> = {},
  sent: Sent = {},
): Promise<Received> {
  const query = String(new URLSearchParams(fields))
  return send(`${server.url}/v1/logout${query === '' ? '' : `?${query}`}`, sent)
}
