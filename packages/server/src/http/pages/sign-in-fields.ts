import { type Html, html, nothing } from './escape.ts'
import type { ProblemNote } from './problem-note.ts'
import type { Words } from './words/words.ts'

/**
 * What the forms for signing in send besides their hidden fields. `remember` is the wish to stay signed in when the browser
 * closes; `intent` is `another_code` where that button was pressed.
 */
export const signInFieldNames = {
  email: 'email',
  password: 'password',
  remember: 'remember',
  code: 'code',
  stateToken: 'stateToken',
  intent: 'intent',
} as const

/** @throws {TypeError} When a hidden field has the name of one that the form has on its face. */
export function assertNoFieldTwice(hidden: Readonly<Record<string, string>>): void {
  for (const name of Object.values(signInFieldNames)) {
    if (Object.hasOwn(hidden, name)) throw new TypeError(`the form has a field ${name} of its own`)
  }
}

/** The field for an e-mail address, as password managers understand it. */
export function emailField(
  { fields }: Words,
  {
    email,
    marks,
    hasFocus,
  }: { readonly email: string; readonly marks: ProblemNote['marks']; readonly hasFocus: boolean },
): Html {
  return html`<label for="email">${fields.email}</label>
<input id="email" name="${signInFieldNames.email}" type="email" value="${email}" autocomplete="username" autocapitalize="none" spellcheck="false" required${marks('email')}${hasFocus ? html` autofocus` : nothing}>`
}

/** The wish to stay signed in. */
export function rememberField({ fields }: Words, isWished: boolean): Html {
  return html`<div class="check"><input id="remember" name="${signInFieldNames.remember}" type="checkbox" value="yes"${isWished ? html` checked` : nothing}>
<label for="remember">${fields.remember}</label></div>`
}
