import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type Page, renderPage } from './layout.ts'

/** Says that a login is done, where there is nowhere to go on to. */
export function signedInPage(appearance: Appearance): Page {
  const { title, text } = appearance.words.signIn.done
  return renderPage(appearance, { title, tone: 'done', hasForm: false, content: html`<p>${text}</p>` })
}
