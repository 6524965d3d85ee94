import { type Html, html } from './escape.ts'
import { safeHref } from './safe-href.ts'
import { shownAddress } from './shown-value.ts'

/**
 * The sentence that leads on to the target of a redirect: a link to a web address, a plain word about any other.
 *
 * The target itself is never printed: a redirect after a login carries an authorization code.
 *
 * @param location - The value of the `Location` header.
 */
export function redirectLink(location: string): Html {
  const target = safeHref(location)
  if (target !== undefined) {
    return html`<p><a href="${target.href}">${target.host === undefined ? 'Continue' : `Continue to ${target.host}`}</a></p>`
  }
  const scheme = URL.parse(location)?.protocol
  return scheme === undefined || scheme === 'https:' || scheme === 'http:'
    ? html`<p>Your browser was sent on to another address.</p>`
    : html`<p>Your browser was sent on to an application (<code>${shownAddress(scheme)}</code>). Go back to it to continue.</p>`
}
