import { html } from './escape.ts'
import { type Page, renderPage } from './layout.ts'

/** Says that a login is done, where there is nowhere to go on to. */
export function signedInPage(): Page {
  return renderPage({
    title: 'You are signed in',
    tone: 'done',
    hasForm: false,
    content: html`<p>You may close this page and go back to where you came from.</p>`,
  })
}
