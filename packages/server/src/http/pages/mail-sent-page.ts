import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type Page, renderPage } from './layout.ts'

/** Says that a link was asked for. Not whether there is anybody to send it to. */
export function mailSentPage(appearance: Appearance): Page {
  const { title, text } = appearance.words.forgotten.sent
  return renderPage(appearance, {
    title,
    tone: 'done',
    hasForm: false,
    // It may be the answer to a form whose page had a secret in its address.
    hasSecretAddress: true,
    content: html`<p>${text}</p>`,
  })
}
