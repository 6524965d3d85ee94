/**
 * Where a browser may be sent: what can be registered for a client, and what a registered client may ask for.
 *
 * Every decision is about what a browser would do with the string, so strings that browsers and other readers
 * understand differently are refused before any list is looked at. The rules are those of OAuth apps of the identity
 * API; OpenID Connect clients are stricter (no `*`, exact strings only) and are not judged here.
 */
import { effectivePort, isLoopbackHost, parseWebUrl, readAbsoluteUrl } from './web-url.ts'

/** What a client has registered, as far as redirects go. */
export interface RedirectLists {
  /** Exact URIs; the host of an `https` entry may hold one `*`. */
  readonly allowedRedirectUris: readonly string[]
  /** Hosts, each with or without a port. */
  readonly allowedRedirectDomains: readonly string[]
}

/** Schemes that run script, or show content that only looks like the site's, in the browser that follows them. */
const refusedSchemes: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/** What one `*` stands for. No dot, so it stays within its label; no `@`, `:` or `/`, so it stays within the host. */
const starText = /^[a-z0-9-]+$/

/**
 * Judges a redirect URI that is about to be registered. App schemes (`exp://…`, `myapp:/x`) are allowed, and so is
 * one `*` within a label of an `https` host, for preview deployments.
 *
 * The `*` may be neither in the last label nor, alone in its label, right before the last one: such an entry would
 * cover domains that anybody can buy.
 *
 * @returns The rule it breaks, in words that continue a sentence beginning with the field's name, or `undefined`.
 * @see RFC 9700, sections 2.1 and 4.1; OpenID Connect RP-Initiated Logout 1.0, section 3.1.
 */
export function redirectUriProblem(uri: string): string | undefined {
  if (uri.includes(' ')) return 'must not contain whitespace'
  const starProblem = wildcardProblem(uri)
  if (starProblem !== undefined) return starProblem
  // A `*` is judged as the shortest text it can stand for, so that the rest of the host is judged with it.
  const reading = readAbsoluteUrl(uri.replace('*', 'x'))
  if ('problem' in reading) return reading.problem
  const { url } = reading
  if (refusedSchemes.has(url.protocol)) return `must not use the scheme ${url.protocol}`
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return 'must use https, as http is for localhost, 127.0.0.0/8 and [::1] only'
  }
  // `localhost:3000/cb` is, to a browser, the path `3000/cb` in an app scheme called `localhost`.
  if (/^[^:]+:\d+(?:[/?#]|$)/.test(uri)) return 'must begin with a scheme, as in https://host:port/path'
  if (uri.includes('#')) return 'must not contain a fragment'
  // RFC 3986 knows ASCII alone, and the exact comparison would otherwise depend on who encoded the rest.
  if (/[^\p{ASCII}]/u.test(uri)) return 'must have every character outside ASCII percent-encoded'
  return undefined
}

function wildcardProblem(uri: string): string | undefined {
  const star = uri.indexOf('*')
  if (star === -1) return undefined
  if (uri.includes('*', star + 1)) return 'must not contain more than one *'
  const host = /^https:\/\/([^/?#@:]*)/i.exec(uri)?.[1]
  const labels = host?.split('.') ?? []
  const starred = labels.findIndex((label) => label.includes('*'))
  if (starred === -1) return 'must not contain a * anywhere but within the host of an https URL'
  // Without this, the root's dot would count as a label in `https://*.com./`.
  if (labels.includes('')) return 'must not have an empty label in a host with a *'
  const labelsAfter = labels.length - starred - 1
  if (labelsAfter < (labels[starred] === '*' ? 2 : 1)) return 'must not let its * stand for a whole domain'
  return undefined
}

/**
 * Judges a domain that is about to be registered: `www.shop.example`, `localhost:4321`, `127.0.0.1`, `[::1]:3000`.
 *
 * @returns The rule it breaks, in words that continue a sentence beginning with the field's name, or `undefined`.
 */
export function redirectDomainProblem(entry: string): string | undefined {
  if (entry.includes('*')) return 'must not contain a *: every host is listed by its own name'
  if (entry.includes('://')) return 'must be a host without a scheme'
  if (entry.includes('@')) return 'must not contain user information'
  if (/[/?#]/.test(entry)) return 'must be a host without a path, query or fragment'
  if (!/^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::\d+)?$/i.test(entry)) {
    return 'must be an IP address or a host name (its xn-- form, if outside ASCII), with or without a port'
  }
  const reading = readAbsoluteUrl(`https://${entry}`)
  return 'problem' in reading ? reading.problem : undefined
}

/**
 * Whether a URI is one of those registered: character for character, or by an entry whose `*` stands for one or more
 * of `a-z`, `0-9` and `-` while everything else is identical. An entry that could not be registered allows nothing.
 */
export function isAllowedRedirectUri(uri: string, allowedRedirectUris: readonly string[]): boolean {
  // Browsers accept `*` in a host, and a wildcard DNS record would answer: an entry's own text is not one of its URIs.
  if (uri.includes('*') || redirectUriProblem(uri) !== undefined) return false
  return allowedRedirectUris.some((entry) => {
    if (!entry.includes('*')) return uri === entry
    return redirectUriProblem(entry) === undefined && fitsStar(uri, entry)
  })
}

/** Compares without building a regular expression, so that nothing in an entry can act as one. */
function fitsStar(text: string, pattern: string): boolean {
  const star = pattern.indexOf('*')
  const before = pattern.slice(0, star)
  const after = pattern.slice(star + 1)
  return (
    text.length > before.length + after.length &&
    text.startsWith(before) &&
    text.endsWith(after) &&
    starText.test(text.slice(before.length, text.length - after.length))
  )
}

/**
 * Whether a browser may be sent to a URL after logout or another flow: a registered URI, or any URL whose host is a
 * registered domain, by `https`, or by `http` for `localhost` and `127.0.0.1`. A domain does not cover its subdomains;
 * one with a port covers that port alone, one without covers all.
 */
export function isAllowedRedirectTarget(uri: string, client: RedirectLists): boolean {
  if (isAllowedRedirectUri(uri, client.allowedRedirectUris)) return true
  const url = parseWebUrl(uri)
  return url !== undefined && isInDomains(url, client.allowedRedirectDomains)
}

function isInDomains(url: URL, allowedRedirectDomains: readonly string[]): boolean {
  if (url.protocol === 'http:' && url.hostname !== 'localhost' && url.hostname !== '127.0.0.1') return false
  return allowedRedirectDomains.some((entry) => {
    if (redirectDomainProblem(entry) !== undefined) return false
    const [host, port] = hostAndPort(entry)
    return host === url.hostname && (port === undefined || port === effectivePort(url))
  })
}

/** Splits a valid entry by hand: `URL` would drop a port that is the default of the scheme it was given. */
function hostAndPort(entry: string): readonly [host: string, port: string | undefined] {
  const port = /:(\d+)$/.exec(entry)?.[1]
  const host = port === undefined ? entry : entry.slice(0, -port.length - 1)
  return [host.toLowerCase(), port]
}

/**
 * The web origins of a client's registered redirect URIs, each once. App schemes have none, and an entry with a `*`
 * has too many to list; neither are the origins of `allowedRedirectDomains` here: ask {@link originBelongsToClient}.
 */
export function clientOrigins(client: Pick<RedirectLists, 'allowedRedirectUris'>): readonly string[] {
  const origins = client.allowedRedirectUris
    .filter((uri) => !uri.includes('*') && redirectUriProblem(uri) === undefined)
    .flatMap((uri) => parseWebUrl(uri)?.origin ?? [])
  return [...new Set(origins)]
}

/** Whether an address is the home of a client's site: the root of an origin that belongs to it. */
export function isHomeOf(url: string, client: RedirectLists): boolean {
  const home = parseWebUrl(url)
  return home !== undefined && url === `${home.origin}/` && originBelongsToClient(home.origin, client)
}

/**
 * The origins at which the registered domains are reached: by https, those of this machine also by http. A domain without a
 * port stands for every port, of which only the usual one can be listed.
 */
export function domainOrigins({
  allowedRedirectDomains,
}: Pick<RedirectLists, 'allowedRedirectDomains'>): readonly string[] {
  return allowedRedirectDomains
    .filter((entry) => redirectDomainProblem(entry) === undefined)
    .flatMap((entry) => {
      const [host] = hostAndPort(entry)
      const isOwnMachine = host === 'localhost' || host === '127.0.0.1'
      return (isOwnMachine ? ['https', 'http'] : ['https']).map((scheme) => new URL(`${scheme}://${entry}`).origin)
    })
}

/**
 * Whether scripts of an origin are the client's own: the origin of a registered redirect URI (with `*` or without), or
 * one whose host is a registered domain.
 *
 * @param origin - The value of an `Origin` header. `null`, and anything a browser would not send, belongs to nobody.
 */
export function originBelongsToClient(origin: string, client: RedirectLists): boolean {
  const url = parseWebUrl(origin)
  if (url === undefined || url.origin !== origin || origin.includes('*')) return false
  return (
    isInDomains(url, client.allowedRedirectDomains) ||
    clientOrigins(client).includes(origin) ||
    client.allowedRedirectUris.some((entry) => {
      const pattern = starredOrigin(entry)
      return pattern !== undefined && fitsStar(origin, pattern)
    })
  )
}

/** The origin of an entry with a `*`, which it keeps: browsers read `*` as an ordinary character of a host. */
function starredOrigin(entry: string): string | undefined {
  if (!entry.includes('*') || redirectUriProblem(entry) !== undefined) return undefined
  return parseWebUrl(entry)?.origin
}

/**
 * Where one of our own pages goes next: the value itself when it is a path of this server or a URL whose origin is
 * allowed, the fallback otherwise.
 *
 * A path is refused when it begins, or resolves to something that begins, with a second slash in any spelling (`//`,
 * `/\`, `/%2f`, `/.//`): a browser, a proxy or our own code that decodes once more would read a host there.
 *
 * @param value - As it came with the request; `undefined` when nothing came.
 * @param allowedOrigins - Serialised origins, such as `https://shop.example`.
 */
export function returnPath(value: string | undefined, allowedOrigins: readonly string[], fallback = '/'): string {
  if (value === undefined) return fallback
  if (value.startsWith('/')) return isOwnPath(value) ? value : fallback
  const url = parseWebUrl(value)
  return url !== undefined && allowedOrigins.includes(url.origin) ? value : fallback
}

/** A second slash, a backslash's code or a slash's, encoded any number of times. */
const secondSlash = /^\/(?:\/|%(?:25)*(?:2f|5c))/i

function isOwnPath(path: string): boolean {
  // The text itself is looked at, since `//evil.example/../..` is `/` once resolved behind a host, yet names a host.
  if (secondSlash.test(path) || path.includes(' ')) return false
  // A path is as readable as the URL it makes, and `.invalid` is nobody's host (RFC 2606, section 2).
  const reading = readAbsoluteUrl(`https://own.invalid${path}`)
  return 'url' in reading && !secondSlash.test(reading.url.pathname)
}
