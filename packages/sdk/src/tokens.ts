/** What a client holds: an access token, and by what to get the next one. */
export interface Tokens {
  readonly accessToken: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly refreshToken: string | null
  readonly role: 'visitor' | 'member'
}

/** Where tokens are kept. Whatever shares a storage (the tabs of a site) is signed in and out together. */
export interface TokenStorage {
  /**
   * By what name others share it, as the tabs of a site share `localStorage`. Clients of storages that say the same tell each other about
   * a sign-out, and only one of them renews the tokens. One that says nothing is its client's alone: it neither tells others nor waits
   * for them, and so must be on a server, where they are of other people.
   */
  readonly sharedAs?: string
  read(): Tokens | null | Promise<Tokens | null>
  /** Replaces what is kept; `null` removes it. */
  write(tokens: Tokens | null): void | Promise<void>
}

/**
 * Keeps tokens in memory: they are gone with the page, and no other script finds them in a storage.
 *
 * @example
 * ```ts
 * const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId, tokens: memoryTokens() }) })
 * ```
 */
export function memoryTokens(tokens: Tokens | null = null): TokenStorage {
  let kept = tokens
  return {
    read: () => kept,
    write: (written) => {
      kept = written
    },
  }
}

/**
 * Keeps tokens in the browser's `localStorage`, where they outlive the page and all tabs of the site share them.
 *
 * @param key - The name under which they are kept.
 * @throws {TypeError} Where there is no `localStorage`.
 *
 * @example
 * ```ts
 * const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId, tokens: localStorageTokens() }) })
 * ```
 */
export function localStorageTokens(key = 'adjourn_tokens'): TokenStorage {
  const { localStorage } = globalThis as { localStorage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> }
  if (localStorage === undefined) throw new TypeError('Cannot keep tokens in localStorage as there is none here')
  const storage = textTokens({
    read: () => localStorage.getItem(key),
    write: (text) => (text === null ? localStorage.removeItem(key) : localStorage.setItem(key, text)),
  })
  return { ...storage, sharedAs: `localStorage:${key}` }
}

/**
 * Keeps tokens in a cookie of the page, which a server of the site can read too. Scripts read it as well: what only the server
 * needs is better kept in a cookie that it sets itself, by `requestTokens` of `@adjourn/sdk/server`.
 *
 * @param options.name - Of the cookie.
 * @param options.days - How long it outlives the browser; a session cookie unless told.
 * @throws {TypeError} Where there is no document. A write that the browser does not take is an error too, and is never taken for
 *   somebody who is not signed in.
 *
 * @example
 * ```ts
 * const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId, tokens: cookieTokens() }) })
 * ```
 */
export function cookieTokens({ name = 'adjourn_tokens', days }: { name?: string; days?: number } = {}): TokenStorage {
  const { document, location } = globalThis as unknown as {
    readonly document?: { cookie: string }
    readonly location: { readonly protocol: string }
  }
  if (document === undefined) throw new TypeError('Cannot keep tokens in a cookie as there is no document here')
  const attributes = `; Path=/; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`
  const storage = textTokens({
    read: () => readCookie(document.cookie, name),
    write: (text) => {
      document.cookie = cookieOf({ name, text, attributes, days })
      if (readCookie(document.cookie, name) !== text) {
        throw new Error('Cannot keep tokens in a cookie as the browser does not take it')
      }
    },
  })
  return { ...storage, sharedAs: `cookie:${name}` }
}

/** A larger cookie, name and value together, is dropped by browsers without a word (RFC 6265bis, section 5.7). */
const cookieBytesMost = 4096

/**
 * A cookie that keeps a text, or with `null` removes it.
 *
 * @throws {RangeError} When it is larger than browsers take.
 */
export function cookieOf({
  name,
  text,
  attributes,
  days,
}: {
  readonly name: string
  readonly text: string | null
  readonly attributes: string
  readonly days: number | undefined
}): string {
  const value = text === null ? '' : encodeURIComponent(text)
  const bytes = name.length + value.length
  if (bytes > cookieBytesMost) {
    throw new RangeError(
      `Cannot keep tokens in a cookie as they are too large: ${bytes} bytes, and browsers take ${cookieBytesMost}`,
    )
  }
  const maxAge = text === null ? '; Max-Age=0' : days === undefined ? '' : `; Max-Age=${days * 86_400}`
  return `${name}=${value}${attributes}${maxAge}`
}

/** The value of a cookie in a `Cookie` header, decoded; `null` where it is not there or not written by us. */
export function readCookie(header: string, name: string): string | null {
  const value = header
    .split(/; */)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
  try {
    return value ? decodeURIComponent(value) : null
  } catch {
    return null
  }
}

/** A storage of texts as one of tokens. What is not tokens any more is none. */
export function textTokens(storage: {
  readonly read: () => string | null
  readonly write: (text: string | null) => void
}): TokenStorage {
  return {
    read: () => {
      const text = storage.read()
      return text === null ? null : tokensOf(text)
    },
    write: (tokens) => storage.write(tokens === null ? null : JSON.stringify(tokens)),
  }
}

function tokensOf(text: string): Tokens | null {
  try {
    const { accessToken, expiresAt, refreshToken, role } = JSON.parse(text)
    const isWhole = typeof accessToken === 'string' && typeof expiresAt === 'number'
    if (!isWhole || (typeof refreshToken !== 'string' && refreshToken !== null)) return null
    return role === 'member' || role === 'visitor' ? { accessToken, expiresAt, refreshToken, role } : null
  } catch {
    return null
  }
}
