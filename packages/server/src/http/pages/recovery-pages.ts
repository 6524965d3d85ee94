/** The pages behind the link of a mail: a form for a new password, and what became of it. */
import { type Html, html, nothing } from './escape.ts'
import { renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { redirectLink } from './redirect-link.ts'
import { shownText } from './shown-value.ts'

/** Names of what the forms send. `intent` is `again` where another link is asked for. */
export const recoveryFieldNames = { token: 'recoveryToken', password: 'password', intent: 'intent' } as const

/** Where the forms go, without a query: the token travels in the body. */
const action = '/recover'

/** Arguments of {@link recoveryFormPage}. */
export interface RecoveryFormArguments {
  readonly recoveryToken: string
  /** Whose password it is: for the reader, and for the password manager. */
  readonly email: string
  /** Why the last attempt failed. */
  readonly problem?: string | undefined
}

/**
 * Asks for a new password. Changes nothing by being shown, however often.
 *
 * The address of the page holds the token, so the browser is told to name it to nobody.
 */
export function recoveryFormPage({ recoveryToken, email, problem }: RecoveryFormArguments): Page {
  const failed = problem !== undefined && problem !== ''
  const marks = failed ? html` aria-invalid="true" aria-describedby="problem"` : nothing
  return renderPage({
    title: 'Choose a new password',
    titlePrefix: failed ? 'Error' : undefined,
    tone: 'plain',
    hasForm: true,
    hasSecretAddress: true,
    content: html`${failed ? html`<p class="alert" id="problem" role="alert">${shownText(problem)}</p>` : nothing}
<p>Every device that is signed in will be signed out.</p>
${renderForm(
  { action, fields: { [recoveryFieldNames.token]: recoveryToken } },
  'post',
  html`<label for="email">E-mail address</label>
<input id="email" type="email" value="${email}" autocomplete="username" readonly>
<label for="password">New password</label>
<input id="password" name="${recoveryFieldNames.password}" type="password" autocomplete="new-password" required autofocus${marks}>
<button type="submit">Set the password</button>`,
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
export function passwordSetPage({ isWaiting, continueTo }: PasswordSetArguments): Page {
  return renderPage({
    title: 'Your password is set',
    tone: 'done',
    hasForm: false,
    hasSecretAddress: true,
    content: html`<p>Every session from before has ended, on all devices.</p>
<p>${
      isWaiting
        ? 'Your registration still has to be approved. Once it is, sign in with the new password.'
        : 'Sign in with the new password.'
    }</p>
${continueTo === null ? nothing : redirectLink(continueTo)}`,
  })
}

/** What is wrong with a link. */
export type RecoveryProblem = 'unknown' | 'expired' | 'used' | 'void' | 'too_many_tries' | 'not_active'

const words: Readonly<Record<RecoveryProblem, { readonly title: string; readonly text: string }>> = {
  unknown: {
    title: 'This link is not known',
    text: 'It may be incomplete, or too old. Open it once more from the mail, or ask for a new one where you sign in.',
  },
  expired: {
    title: 'This link is too old',
    text: 'It was good for a short while only, so that nobody finds it later.',
  },
  used: {
    title: 'This link was used already',
    text: 'A password was set with it. If that was you, sign in with it. If not, have a new link sent and set another one.',
  },
  void: {
    title: 'This link is no good any more',
    text: 'A newer one was sent, or the password or the e-mail address was changed since. Use the link in the newest mail.',
  },
  too_many_tries: { title: 'This link is no good any more', text: 'Have a new one sent.' },
  not_active: { title: 'This account cannot sign in', text: 'Ask the people behind the site.' },
}

/** Says why a link cannot be used, and offers another one where that may help. */
export function recoveryProblemPage(problem: RecoveryProblem, recoveryToken: string): Page {
  const { title, text } = words[problem]
  const canSendAgain = problem !== 'unknown' && problem !== 'not_active'
  return renderPage({
    title,
    tone: 'problem',
    hasForm: canSendAgain,
    hasSecretAddress: true,
    content: html`<p>${text}</p>
${canSendAgain ? againForm(recoveryToken) : nothing}`,
  })
}

function againForm(recoveryToken: string): Html {
  return renderForm(
    { action, fields: { [recoveryFieldNames.token]: recoveryToken, [recoveryFieldNames.intent]: 'again' } },
    'post',
    html`<button type="submit">Send me a new link</button>`,
  )
}

/** Says that another link was asked for. */
export function recoverySentPage(): Page {
  return renderPage({
    title: 'Look into your mail',
    tone: 'done',
    hasForm: false,
    hasSecretAddress: true,
    content: html`<p>If the address is still the one of your account, a new link is on its way to it.</p>`,
  })
}
