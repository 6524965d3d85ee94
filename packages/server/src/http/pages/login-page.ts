import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'
import { problemNote } from './problem-note.ts'
import { assertNoFieldTwice, emailField, rememberField, signInFieldNames } from './sign-in-fields.ts'
import type { SignInProblem } from './sign-in-problem.ts'

/** Arguments of {@link loginPage}. */
export interface LoginPageArguments extends FormTarget {
  /** Fills in the e-mail field, so that a mistyped password costs only the password. */
  readonly email?: string | undefined
  /** Whether the wish to stay signed in is ticked. */
  readonly remember?: boolean | undefined
  /** Why the last attempt failed. */
  readonly problem?: SignInProblem | undefined
  /** Paths of the pages for somebody who has no account, where anybody may register, and for one who forgot the password. */
  readonly registerHref: string | null
  readonly forgottenHref: string
  /** Addresses to which the answer to the submit may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

/**
 * The plain login form: an e-mail address and a password. The password is never filled in, nor cut by a length limit
 * that a paste would not notice.
 *
 * @throws {TypeError} When `action` or one of `submitRedirectsTo` is not a fit address, or a hidden field has the name
 *   of a visible one.
 */
export function loginPage(
  appearance: Appearance,
  {
    action,
    fields,
    email = '',
    remember = false,
    problem,
    registerHref,
    forgottenHref,
    submitRedirectsTo,
  }: LoginPageArguments,
): Page {
  assertNoFieldTwice(fields)
  const { words } = appearance
  const { isThere, note, marks } = problemNote(words, problem)
  const knowsEmail = email !== ''
  return renderPage(appearance, {
    title: words.signIn.title,
    failed: isThere,
    tone: 'plain',
    hasForm: true,
    submitRedirectsTo,
    content: html`${note}${renderForm(
      { action, fields },
      'post',
      html`${emailField(words, { email, marks, hasFocus: !knowsEmail })}
<label for="password">${words.fields.password}</label>
<input id="password" name="${signInFieldNames.password}" type="password" autocomplete="current-password" required${marks('password')}${knowsEmail ? html` autofocus` : nothing}>
${rememberField(words, remember)}
<button type="submit">${words.signIn.submit}</button>`,
    )}
<p class="after">${ownLink(forgottenHref, words.signIn.forgotten)}</p>
${
  registerHref === null
    ? nothing
    : html`<p class="apart">${words.signIn.newHere} ${ownLink(registerHref, words.signIn.toRegister)}</p>`
}`,
  })
}
