import { isSecretOf } from '../../domain/secrets.ts'

/**
 * What a request's cookies say of a session. `ambiguous` is more than one cookie of the name, in whatever case: somebody
 * may have planted one beside the real one, so none is believed.
 */
export type SessionCookie =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly secret: string | undefined }
  | { readonly state: 'ambiguous' }

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
  if (found.length > 1 || first.name !== name) return { state: 'ambiguous' }
  return { state: 'present', secret: isSecretOf('session', first.value) ? first.value : undefined }
}
