import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'

/** Says that nobody may register, and leads whoever is a member back to the login page. */
export function closedPage(appearance: Appearance, { signInHref }: { readonly signInHref: string }): Page {
  const { closed, haveAccount, toSignIn } = appearance.words.register
  return renderPage(appearance, {
    title: closed.title,
    tone: 'plain',
    hasForm: false,
    content: html`<p>${closed.text}</p>
<p class="apart">${haveAccount} ${ownLink(signInHref, toSignIn)}</p>`,
  })
}
