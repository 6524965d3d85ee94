/**
 * Every cookie that this service sets or has ever set, with the attributes it was set with. Logout removes them all, so a
 * variant stays listed for 400 days after the last release that set it: no browser keeps a cookie longer.
 */

/** A cookie is removed only by one of the same name, path and security (RFC 6265bis section 5.7). */
interface CookieVariant {
  readonly name: string
  readonly secure: boolean
}

/** The `__Host-` prefix pins the cookie to this host, to `/` and to https. */
const secureVariant: CookieVariant = { name: '__Host-adjourn_session', secure: true }
/** Browsers refuse the prefix over http, which is for loopback addresses only. */
const loopbackVariant: CookieVariant = { name: 'adjourn_session', secure: false }

const everyVariant: readonly CookieVariant[] = [secureVariant, loopbackVariant]

/** The removals, in full, as `Set-Cookie` values. */
export const cookieRemovals: readonly string[] = everyVariant.map((variant) =>
  write(variant, '', ['Max-Age=0', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT']),
)

/** The name of the session cookie under a base URL. */
export function sessionCookieName(baseUrl: string): string {
  return variantFor(baseUrl).name
}

/**
 * The `Set-Cookie` value that gives a browser its session secret.
 *
 * @param maxAgeMs - For how long the browser may keep it; `null` for as long as it runs. The server does not rely on it.
 */
export function sessionCookie(baseUrl: string, secret: string, maxAgeMs: number | null): string {
  return write(variantFor(baseUrl), secret, maxAgeMs === null ? [] : [`Max-Age=${Math.floor(maxAgeMs / 1000)}`])
}

function variantFor(baseUrl: string): CookieVariant {
  return baseUrl.startsWith('https:') ? secureVariant : loopbackVariant
}

function write({ name, secure }: CookieVariant, value: string, more: readonly string[]): string {
  return [`${name}=${value}`, 'Path=/', ...more, 'HttpOnly', ...(secure ? ['Secure'] : []), 'SameSite=Lax'].join('; ')
}
