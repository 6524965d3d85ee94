/**
 * What counts as a URL here, and what a browser makes of one.
 *
 * Owns the formats of URL fields. Leaves to `redirects.ts` which URLs a client may use.
 */

/** At most this many characters: what servers, proxies and databases on the way can be trusted to carry whole. */
const urlCharactersMax = 2048

/**
 * Control characters (which browsers silently drop from URLs), lone surrogates (which they replace), whitespace (which
 * they trim or encode) and backslashes (which they read as slashes). With any of them, two readers may see two hosts. A
 * plain space inside path or query is the one exception: it cannot move the host, and callers do write it.
 */
const misread = /[\p{Cc}\p{Cs}\\]|[^\S ]|^ | $|^[^/]*\/\/[^/?#]* /u

const schemeAndAuthority = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i
const hostAndPort = /^(\[[^[\]]*\]|[^:[\]]*)(?::([1-9]\d{0,4}))?$/
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const loopbackHost = new RegExp(`^(?:localhost|127(?:\\.${octet}){3}|\\[::1\\]|::1)$`, 'i')

/** A URL as read, or the rule it broke, in words that continue a sentence beginning with the field's name. */
type UrlReading = { readonly url: URL } | { readonly problem: string }

/**
 * Reads an absolute URL of any scheme, and only if a browser and a naive reader agree on its scheme, user and host.
 * That leaves out forms that are legal but ambiguous: `https:/host`, `https://127.1/`, percent-encoded or Unicode
 * hosts (to be written as `xn--…`), and every kind of user information. It says nothing about who may use the URL.
 *
 * @param text - The value as it came. Nothing is trimmed.
 * @see WHATWG URL Standard, section 4.4 (URL parsing); RFC 3986, section 3.
 */
export function readAbsoluteUrl(text: string): UrlReading {
  if (text.length > urlCharactersMax) return { problem: `must have at most ${urlCharactersMax} characters` }
  if (misread.test(text)) return { problem: 'must not contain control characters, whitespace or backslashes' }
  const parts = schemeAndAuthority.exec(text)
  if (parts === null) return { problem: 'must be an absolute URL that begins with a scheme' }
  const authority = parts[2] ?? ''
  if (authority.includes('@')) return { problem: 'must not contain user information' }
  const isWeb = /^https?$/i.test(parts[1] ?? '')
  if (isWeb && authority === '') return { problem: 'must have "//" and a host after its scheme' }
  const written = hostAndPort.exec(authority)
  if (written === null) return { problem: 'must have a host and, if anything after it, a port from 1 to 65535' }
  if (!URL.canParse(text)) return { problem: 'must have a host and port that browsers accept' }
  const url = new URL(text)
  if ((written[1] ?? '').toLowerCase() !== url.hostname.toLowerCase()) {
    return { problem: `must have its host written the way browsers read it, as ${url.hostname}` }
  }
  return { url }
}

/**
 * The format WEB_URL: an absolute `http` or `https` URL.
 *
 * @returns The parsed URL, or `undefined` when the text is not one.
 */
export function parseWebUrl(text: string): URL | undefined {
  const reading = readAbsoluteUrl(text)
  return 'url' in reading && /^https?:$/.test(reading.url.protocol) ? reading.url : undefined
}

/** Reads an http or https URL of which nothing remains but its origin. One trailing slash is forgiven. */
export function readOrigin(text: string): UrlReading {
  const reading = readAbsoluteUrl(text)
  if ('problem' in reading) return reading
  const { url } = reading
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'must begin with http:// or https://' }
  // The text is looked at, not the parsed URL, in which an empty query or `/.` no longer shows.
  if (!/^https?:\/\/[^/?#]+\/?$/i.test(text)) return { problem: 'must be an origin, without a path, query or fragment' }
  if (url.hostname.includes('*')) return { problem: 'must not contain a * within its host' }
  return { url }
}

/** The port a URL leads to, whether written or implied by its scheme. Only for `http` and `https`. */
export function effectivePort(url: URL): string {
  if (url.port !== '') return url.port
  return url.protocol === 'https:' ? '443' : '80'
}

/**
 * Whether a host never leaves the machine: `localhost`, 127.0.0.0/8, `[::1]` or `::1`.
 *
 * Names below `localhost` are not included: not every resolver keeps them on the machine (RFC 6761, section 6.3).
 *
 * @param hostname - A host alone, without a port.
 */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHost.test(hostname)
}
