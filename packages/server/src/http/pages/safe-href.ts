/** Which addresses a page may link to or submit to, decided by the parser that browsers use. */

/** Resolves paths. Reserved never to exist (RFC 2606 section 2), so nothing real can share its origin. */
const ownOrigin = 'https://own-origin.invalid'

/** An address that is safe in `href` or `action`, with the host to name to the reader. */
export interface SafeHref {
  readonly href: string
  /** `undefined` for a path on our own origin. Internationalised hosts are in their `xn--` form. */
  readonly host: string | undefined
}

/**
 * Judges an address for use in a link.
 *
 * Accepted: `http` and `https` URLs without user name and password, and paths that start with one `/` and stay on our
 * origin. What comes back is the parser's own spelling, so that what was judged and what is written are the same, and
 * a tab inside `java\tscript:` has no second reading. It does not judge whether the target is allowed to a client.
 *
 * @param address - Any string.
 * @returns The address to write, or `undefined` when it must not become a link.
 */
export function safeHref(address: string): SafeHref | undefined {
  return address.startsWith('/') ? ownPath(address) : webUrl(address)
}

function ownPath(path: string): SafeHref | undefined {
  const url = URL.parse(path, ownOrigin)
  if (url === null || url.origin !== ownOrigin || url.username !== '' || url.password !== '') return undefined
  const href = url.pathname + url.search + url.hash
  // `/.//evil.example` stays on the origin while it is parsed here, yet reads as another host once it is normalised.
  return href.startsWith('//') ? undefined : { href, host: undefined }
}

function webUrl(address: string): SafeHref | undefined {
  const url = URL.parse(address)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  // `https://bank.example@evil.example` is made to be misread (RFC 9110 section 4.2.4).
  if (url.username !== '' || url.password !== '') return undefined
  return { href: url.href, host: url.host }
}
