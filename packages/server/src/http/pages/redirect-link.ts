import { type Html, html } from './escape.ts'
import { filled } from './filled.ts'
import { safeHref } from './safe-href.ts'
import { shownAddress } from './shown-value.ts'
import type { Words } from './words/words.ts'

/**
 * The sentence that leads on to the target of a redirect: a link to a web address, a plain word about any other.
 *
 * The target itself is never printed: a redirect after a login carries an authorization code.
 *
 * @param location - The value of the `Location` header.
 */
export function redirectLink({ page }: Words, location: string): Html {
  const target = safeHref(location)
  if (target !== undefined) {
    return html`<p><a href="${target.href}">${target.host === undefined ? page.continue : page.continueTo(target.host)}</a></p>`
  }
  const scheme = URL.parse(location)?.protocol
  return scheme === undefined || scheme === 'https:' || scheme === 'http:'
    ? html`<p>${page.sentOn}</p>`
    : html`<p>${filled(page.sentOnToApplication, html`<code>${shownAddress(scheme)}</code>`)}</p>`
}
