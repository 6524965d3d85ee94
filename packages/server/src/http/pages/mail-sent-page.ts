import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'

/** Arguments of {@link mailSentPage}. */
export interface MailSentPageArguments {
  /** Path of the login page, where it is known what the reader came for. */
  readonly signInHref?: string | undefined
}

/** Says that a link was asked for. Not whether there is anybody to send it to. */
export function mailSentPage(appearance: Appearance, { signInHref }: MailSentPageArguments): Page {
  const { sent, toSignIn } = appearance.words.forgotten
  return renderPage(appearance, {
    title: sent.title,
    tone: 'done',
    hasForm: false,
    content: html`<p>${sent.text}</p>
${signInHref === undefined ? nothing : html`<p class="apart">${ownLink(signInHref, toSignIn)}</p>`}`,
  })
}
