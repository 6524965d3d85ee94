import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type Page, renderPage } from './layout.ts'

/** Says that the owner of the site has to approve the reader first. Nobody is signed in. */
export function waitingPage(appearance: Appearance): Page {
  const { title, text } = appearance.words.waiting
  return renderPage(appearance, { title, tone: 'plain', hasForm: false, content: html`<p>${text}</p>` })
}
