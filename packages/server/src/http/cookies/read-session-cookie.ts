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
  const found = cookiesCalled(name, header)
  const [first] = found
  if (first === undefined) return { state: 'absent' }
  if (found.length > 1 || first.name !== name) {
    const secrets = new Set(found.map(({ value }) => value).filter((value) => isSecretOf('session', value)))
    return { state: 'ambiguous', secrets: [...secrets] }
  }
  return { state: 'present', secret: isSecretOf('session', first.value) ? first.value : undefined }
}

/** The cookies of a name in whatever case. Most of a header belongs to others, and is stepped over. */
function cookiesCalled(name: string, header: string): readonly { readonly name: string; readonly value: string }[] {
  const wanted = name.toLowerCase()
  const found: { readonly name: string; readonly value: string }[] = []
  let start = 0
  while (start < header.length) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon === -1 ? header.length : semicolon
    const equals = header.indexOf('=', start)
    if (equals === -1) break
    if (equals < end) {
      const called = header.slice(start, equals).trim()
      if (called.length === wanted.length && called.toLowerCase() === wanted) {
        found.push({ name: called, value: header.slice(equals + 1, end).trim() })
      }
    }
    start = end + 1
  }
  return found
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
