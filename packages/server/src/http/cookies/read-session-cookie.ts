import type { FastifyRequest } from 'fastify'
import { isSecretOf } from '../../domain/secrets.ts'
import { sessionCookieName } from './registry.ts'

/**
 * What a request's cookies say of a session. `ambiguous` is more than one cookie of the name, in whatever case: somebody
 * may have planted one beside the real one, so none lets anybody in. Whoever logs out leaves all of them.
 */
export type SessionCookie =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly secret: string | undefined }
  | { readonly state: 'ambiguous'; readonly secrets: readonly string[] }

/**
 * Reads the session cookie of a request.
 *
 * A value that cannot be a session secret is present, and names nothing.
 *
 * @param header - The `Cookie` header.
 * @param name - The name under this base URL.
 */
export function readSessionCookie(header: string | undefined, name: string): SessionCookie {
  if (header === undefined) return { state: 'absent' }
  const found: { readonly name: string; readonly value: string }[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1) continue
    const cookie = { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() }
    if (cookie.name.toLowerCase() === name.toLowerCase()) found.push(cookie)
  }
  const [first] = found
  if (first === undefined) return { state: 'absent' }
  if (found.length > 1 || first.name !== name) {
    const secrets = new Set(found.map(({ value }) => value).filter((value) => isSecretOf('session', value)))
    return { state: 'ambiguous', secrets: [...secrets] }
  }
  return { state: 'present', secret: isSecretOf('session', first.value) ? first.value : undefined }
}

/** {@link readSessionCookie} for a request, with a line in the log about more than one cookie. */
export function sessionCookieOf(
  { baseUrl }: { readonly baseUrl: string },
  request: Pick<FastifyRequest, 'headers' | 'log' | 'id'>,
): SessionCookie {
  const cookie = readSessionCookie(request.headers.cookie, sessionCookieName(baseUrl))
  if (cookie.state === 'ambiguous') {
    request.log.warn({ requestId: request.id }, 'A request carried more than one session cookie')
  }
  return cookie
}

/** The secrets whose sessions a logout leaves: those of all cookies of the name. */
export function secretsToLeave(cookie: SessionCookie): readonly string[] {
  if (cookie.state === 'ambiguous') return cookie.secrets
  return cookie.state === 'present' && cookie.secret !== undefined ? [cookie.secret] : []
}
