import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'
import { problemNote } from './problem-note.ts'
import { assertNoFieldTwice, emailField } from './sign-in-fields.ts'
import type { SignInProblem } from './sign-in-problem.ts'

/** Arguments of {@link forgottenPasswordPage}. */
export interface ForgottenPasswordPageArguments extends FormTarget {
  readonly email?: string | undefined
  /** Why the last attempt failed. */
  readonly problem?: SignInProblem | undefined
  /** Path of the login page. */
  readonly signInHref: string
}

/**
 * Asks for an address to which a link is mailed.
 *
 * @throws {TypeError} When `action` is not a fit address, or a hidden field has the name of a visible one.
 */
export function forgottenPasswordPage(
  appearance: Appearance,
  { action, fields, email = '', problem, signInHref }: ForgottenPasswordPageArguments,
): Page {
  assertNoFieldTwice(fields)
  const { words } = appearance
  const { isThere, note, marks } = problemNote(words, problem)
  return renderPage(appearance, {
    title: words.forgotten.title,
    failed: isThere,
    tone: 'plain',
    hasForm: true,
    content: html`${note}<p>${words.forgotten.note}</p>
${renderForm(
  { action, fields },
  'post',
  html`${emailField(words, { email, marks, hasFocus: true })}
<button type="submit">${words.forgotten.submit}</button>`,
)}
<p class="apart">${ownLink(signInHref, words.forgotten.toSignIn)}</p>`,
  })
}
