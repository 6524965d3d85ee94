import { serveRequests } from './context.ts'
import { cookieOf, readCookie, type TokenStorage, textTokens } from './tokens.ts'

/** The cookies of one request, and of the answer to it. */
export interface RequestCookies {
  /** The `Cookie` header as it came. */
  readonly cookie: string | undefined
  /** Adds a `Set-Cookie` header to the answer. */
  readonly setCookie: (value: string) => void
}

/**
 * Keeps the tokens of whoever makes a request in a cookie that no script can read. For one request each.
 *
 * @param options.name - Of the cookie; with the `__Host-` prefix unless told, so that no other host of the domain can set it.
 * @param options.secure - Whether the site is reached by https; false for development on this machine only.
 * @param options.days - How long it outlives the browser; a session cookie unless told.
 * @returns A storage whose writes fail when the cookie is larger than browsers take, or with whatever `setCookie` fails with.
 *
 * @example
 * ```ts
 * const tokens = requestTokens({ cookie: request.headers.cookie, setCookie: (value) => response.append('Set-Cookie', value) })
 * const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId, tokens }), modules: { authentication } })
 * ```
 */
export function requestTokens(
  { cookie, setCookie }: RequestCookies,
  {
    secure = true,
    name = secure ? '__Host-adjourn_tokens' : 'adjourn_tokens',
    days,
  }: {
    readonly secure?: boolean
    readonly name?: string
    readonly days?: number
  } = {},
): TokenStorage {
  serveRequests()
  let kept = readCookie(cookie ?? '', name)
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return textTokens({
    read: () => kept,
    write: (text) => {
      if (text === kept) return
      setCookie(cookieOf({ name, text, attributes, days }))
      kept = text
    },
  })
}
