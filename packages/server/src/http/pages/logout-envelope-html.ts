import { html } from './escape.ts'
import { renderTinyDocument } from './layout.ts'
import { redirectLink } from './redirect-link.ts'
import { english } from './words/english.ts'

const title = 'Sign-out'
const sentence = html`<p>No session that this request named is accepted any more.</p>`

/**
 * The HTML inside the JSON envelope of a logout: the same bytes whether a session ended now, had ended before, or never
 * was, so that the envelope cannot be used to find out which. Its sentence is true in every case. In English: it is handed to
 * a program, which says nothing of who may read it.
 */
export const constantSignedOutHtml: string = renderTinyDocument(english.code, title, sentence)

/**
 * The HTML inside an envelope whose `statusCode` is 302. Depends on the target alone.
 *
 * @param location - The value of the envelope's `Location`. Becomes a link only when it is a web address.
 */
export function envelopeRedirectHtml(location: string): string {
  return renderTinyDocument(english.code, title, html`${sentence}\n${redirectLink(english, location)}`)
}
