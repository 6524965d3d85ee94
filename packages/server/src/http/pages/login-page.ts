import { html, nothing } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { shownText } from './shown-value.ts'

/**
 * Names of what the login form sends besides its hidden fields. `intent` is the button that was pressed: `login` (also
 * when Enter was pressed) or `register`; `remember` is the wish to stay signed in when the browser closes.
 */
export const loginFieldNames = { email: 'email', password: 'password', remember: 'remember', intent: 'intent' } as const

/** Arguments of {@link loginPage}. */
export interface LoginPageArguments extends FormTarget {
  /** Fills in the e-mail field, so that a mistyped password costs only the password. */
  readonly email?: string | undefined
  /** Why the last attempt failed. The words must not tell whether an account exists. */
  readonly problem?: string | undefined
  /** Offers a second button that registers with the same two fields. */
  readonly canRegister: boolean
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
export function loginPage({
  action,
  fields,
  email,
  problem,
  canRegister,
  submitRedirectsTo,
}: LoginPageArguments): Page {
  for (const name of Object.values(loginFieldNames)) {
    if (Object.hasOwn(fields, name)) throw new TypeError(`the login form has a field ${name} of its own`)
  }
  const failed = problem !== undefined && problem !== ''
  // Both fields, because the problem must not say which of them was wrong.
  const marks = failed ? html` aria-invalid="true" aria-describedby="problem"` : nothing
  const knowsEmail = email !== undefined && email !== ''
  const focus = html` autofocus`
  return renderPage({
    title: 'Sign in',
    titlePrefix: failed ? 'Error' : undefined,
    tone: 'plain',
    hasForm: true,
    submitRedirectsTo,
    content: html`${failed ? html`<p class="alert" id="problem" role="alert">${shownText(problem)}</p>` : nothing}
${renderForm(
  { action, fields },
  'post',
  html`<label for="email">E-mail address</label>
<input id="email" name="${loginFieldNames.email}" type="email" value="${email ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required${marks}${knowsEmail ? nothing : focus}>
<label for="password">Password</label>
<input id="password" name="${loginFieldNames.password}" type="password" autocomplete="current-password" required${marks}${knowsEmail ? focus : nothing}>
<div class="check"><input id="remember" name="${loginFieldNames.remember}" type="checkbox" value="yes">
<label for="remember">Keep me signed in on this device</label></div>
<button type="submit" name="${loginFieldNames.intent}" value="login">Sign in</button>
${
  canRegister
    ? html`<p class="apart" id="register-note">New here? Fill in your e-mail address and a password of your choice.</p>
<button class="second" type="submit" name="${loginFieldNames.intent}" value="register" aria-describedby="register-note">Create an account</button>`
    : nothing
}`,
)}`,
  })
}
