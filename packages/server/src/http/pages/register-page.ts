import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'
import { problemNote } from './problem-note.ts'
import { assertNoFieldTwice, emailField, rememberField, signInFieldNames } from './sign-in-fields.ts'
import type { SignInProblem } from './sign-in-problem.ts'

/** Arguments of {@link registerPage}. */
export interface RegisterPageArguments extends FormTarget {
  /** Fills in the e-mail field, where a form comes back. */
  readonly email?: string | undefined
  /** Whether the wish to stay signed in is ticked. */
  readonly remember?: boolean | undefined
  /** Of the password, in characters. */
  readonly passwordLength: number
  /** Why the last attempt failed. */
  readonly problem?: SignInProblem | undefined
  /** Path of the page for somebody who has an account. */
  readonly signInHref: string
}

/**
 * The form for a new member. It says nothing of whether anybody has the address, and neither does what comes after it.
 *
 * @throws {TypeError} When `action` is not a fit address, or a hidden field has the name of a visible one.
 */
export function registerPage(
  appearance: Appearance,
  { action, fields, email = '', remember = false, passwordLength, problem, signInHref }: RegisterPageArguments,
): Page {
  assertNoFieldTwice(fields)
  const { words } = appearance
  const { isThere, note, marks } = problemNote(words, problem)
  const onEmail = email === '' || problem?.kind === 'no_email_address'
  return renderPage(appearance, {
    title: words.register.title,
    failed: isThere,
    tone: 'plain',
    hasForm: true,
    content: html`${note}<p>${words.register.note}</p>
${renderForm(
  { action, fields },
  'post',
  html`${emailField(words, { email, marks, hasFocus: onEmail })}
<label for="password">${words.fields.password}</label>
<input id="password" name="${signInFieldNames.password}" type="password" autocomplete="new-password" required${marks('password', 'password-hint')}${onEmail ? nothing : html` autofocus`}>
<p class="hint" id="password-hint">${words.fields.passwordLength(passwordLength)}</p>
${rememberField(words, remember)}
<button type="submit">${words.register.submit}</button>`,
)}
<p class="apart">${words.register.haveAccount} ${ownLink(signInHref, words.register.toSignIn)}</p>`,
  })
}
