/** The Content-Security-Policy of our pages: one inline style, forms to ourselves, and nothing else at all. */

import { createHash } from 'node:crypto'
import type { Html } from './escape.ts'

/**
 * Makes the policy of a page: takes the addresses, besides our own, that the answer to a form may redirect to, and that of the
 * site's picture, where the page shows it.
 */
export type ContentSecurityPolicyFor = (submitRedirectsTo: readonly string[], picture?: string | null) => string

/**
 * Prepares the policy of every page that has this inline style, so that the hash is made once.
 *
 * The returned function throws a {@link TypeError} when an address is not one that a form may end at.
 *
 * @param style - The content of the page's one `<style>` element, exactly as it stands there.
 * @see CSP Level 3, sections 6.4.1 (form-action) and 6.7.3.3 (hashes of inline content).
 */
export function contentSecurityPolicyWith(style: Html): ContentSecurityPolicyFor {
  const styleHash = createHash('sha256').update(String(style)).digest('base64')
  return (submitRedirectsTo, picture = null) =>
    [
      "default-src 'none'",
      `style-src 'sha256-${styleHash}'`,
      ...(picture === null ? [] : [`img-src ${new URL(picture).origin}`]),
      "base-uri 'none'",
      "object-src 'none'",
      ["form-action 'self'", ...new Set(submitRedirectsTo.map(formActionSource))].join(' '),
      "frame-ancestors 'none'",
    ].join('; ')
}

/** Schemes that run or hold content themselves, or that no redirect may use; a form must never be able to end there. */
const schemesRefused = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:', 'filesystem:'])

/**
 * What form-action must list, because Chromium applies the directive to every redirect after a submit: the origin of a
 * web address; an app's private-use scheme with its colon.
 */
function formActionSource(address: string): string {
  const url = URL.parse(address)
  if (url === null || schemesRefused.has(url.protocol)) {
    throw new TypeError(`form-action cannot list ${JSON.stringify(address)}`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return url.protocol
  // A source has no spelling for an IPv6 literal, and Chromium drops one with an error: its port is as near as it gets.
  // Only loopback addresses of native applications are registered like this.
  if (url.hostname.startsWith('[')) return `${url.protocol}//*${url.port === '' ? '' : `:${url.port}`}`
  // The parser lets `*`, `;` and `,` stand in a host. Here they would be a wildcard, or end the directive or the policy.
  if (!/^[\w.-]+$/.test(url.hostname)) throw new TypeError(`form-action cannot list ${JSON.stringify(address)}`)
  return url.origin
}
