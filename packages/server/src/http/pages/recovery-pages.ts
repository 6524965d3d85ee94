/** The pages behind the link of a mail: a form for a new password, and what became of it. */
import type { Appearance } from './appearance.ts'
import { type Html, html, nothing } from './escape.ts'
import { renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { problemNote } from './problem-note.ts'
import { redirectLink } from './redirect-link.ts'
import type { SignInProblem } from './sign-in-problem.ts'
import type { Words } from './words/words.ts'

/** Names of what the forms send. `intent` is `again` where another link is asked for. */
export const recoveryFieldNames = { token: 'recoveryToken', password: 'password', intent: 'intent' } as const

/** Where the forms go, without a query: the token travels in the body. */
const action = '/recover'

/** Arguments of {@link recoveryFormPage}. */
export interface RecoveryFormArguments {
  readonly recoveryToken: string
  /** Whose password it is: for the reader, and for the password manager. */
  readonly email: string
  /** Of a new password, in characters. */
  readonly passwordLength: number
  /** Why the last attempt failed. */
  readonly problem?: SignInProblem | undefined
}

/**
 * Asks for a new password. Changes nothing by being shown, however often.
 *
 * The address of the page holds the token, so the browser is told to name it to nobody.
 */
export function recoveryFormPage(
  appearance: Appearance,
  { recoveryToken, email, passwordLength, problem }: RecoveryFormArguments,
): Page {
  const { words } = appearance
  const { isThere, note, marks } = problemNote(words, problem)
  return renderPage(appearance, {
    title: words.newPassword.title,
    failed: isThere,
    tone: 'plain',
    hasForm: true,
    hasSecretAddress: true,
    content: html`${note}<p>${words.newPassword.note}</p>
${renderForm(
  { action, fields: { [recoveryFieldNames.token]: recoveryToken } },
  'post',
  html`<label for="email">${words.fields.email}</label>
<input id="email" type="email" value="${email}" autocomplete="username" readonly>
<label for="password">${words.fields.newPassword}</label>
<input id="password" name="${recoveryFieldNames.password}" type="password" autocomplete="new-password" required autofocus${marks('password', 'password-hint')}>
<p class="hint" id="password-hint">${words.fields.passwordLength(passwordLength)}</p>
<button type="submit">${words.newPassword.submit}</button>`,
)}`,
  })
}

/** Arguments of {@link passwordSetPage}. */
export interface PasswordSetArguments {
  /** The owner of the site has to approve the member before they can sign in. */
  readonly isWaiting: boolean
  /** Where the reader may go on to: an address that was found to be the client's. */
  readonly continueTo: string | null
}

/** Says that a password was set. Signs nobody in. */
export function passwordSetPage(appearance: Appearance, { isWaiting, continueTo }: PasswordSetArguments): Page {
  const { set } = appearance.words.newPassword
  return renderPage(appearance, {
    title: set.title,
    tone: 'done',
    hasForm: false,
    content: html`<p>${set.text}</p>
<p>${isWaiting ? set.nextOnceApproved : set.next}</p>
${continueTo === null ? nothing : redirectLink(appearance.words, continueTo)}`,
  })
}

/** What is wrong with a link. */
export type RecoveryProblem = keyof Words['newPassword']['problems']

/** Says why a link cannot be used, and offers another one where that may help. */
export function recoveryProblemPage(appearance: Appearance, problem: RecoveryProblem, recoveryToken: string): Page {
  const { problems, sendAgain } = appearance.words.newPassword
  const { title, text } = problems[problem]
  const canSendAgain = problem !== 'unknown' && problem !== 'not_active'
  return renderPage(appearance, {
    title,
    tone: 'problem',
    hasForm: canSendAgain,
    hasSecretAddress: true,
    content: html`<p>${text}</p>
${canSendAgain ? againForm(recoveryToken, sendAgain) : nothing}`,
  })
}

function againForm(recoveryToken: string, label: string): Html {
  return renderForm(
    { action, fields: { [recoveryFieldNames.token]: recoveryToken, [recoveryFieldNames.intent]: 'again' } },
    'post',
    html`<button type="submit">${label}</button>`,
  )
}
