import { html, nothing } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { safeHref } from './safe-href.ts'
import { shownAddress, shownName } from './shown-value.ts'

/** Arguments of {@link confirmSignOutPage}. */
export interface ConfirmSignOutPageArguments extends FormTarget {
  /** Whose session would end, as the member knows it: a name or an e-mail address. */
  readonly memberName?: string | undefined
  /**
   * What came before the question: an answer to it that was not accepted, or the end of another session than the one that
   * is asked about.
   */
  readonly before?: 'nothing' | 'answer_refused' | 'other_session_ended' | undefined
  /** Host that the reader is sent on to after signing out. */
  readonly continueHost?: string | undefined
  /** Where "Stay signed in" leads. Not the address after logout: staying must not go there. */
  readonly stayHref?: string | undefined
  /** Addresses to which the answer to the submit may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

const beforeSentences = {
  nothing: nothing,
  answer_refused: html`<p class="alert">Your answer came too late, or not from this page. You are still signed in. Please answer again.</p>\n`,
  other_session_ended: html`<p>The session that this link was made for has ended. This browser is signed in to another one.</p>\n`,
}

/**
 * Asks before a session ends. Changes nothing by being shown; the form is a POST.
 *
 * @throws {TypeError} When `action` or one of `submitRedirectsTo` is not a fit address.
 */
export function confirmSignOutPage({
  action,
  fields,
  memberName,
  before = 'nothing',
  continueHost,
  stayHref,
  submitRedirectsTo,
}: ConfirmSignOutPageArguments): Page {
  const stay = stayHref === undefined ? undefined : safeHref(stayHref)
  return renderPage({
    title: 'Do you want to sign out?',
    tone: 'plain',
    hasForm: true,
    submitRedirectsTo,
    content: html`${beforeSentences[before]}${
      memberName === undefined || memberName === ''
        ? html`<p>Your session will end.</p>`
        : html`<p>You are signed in as <strong><bdi>${shownName(memberName)}</bdi></strong>. Your session will end.</p>`
    }
${
  continueHost === undefined || continueHost === ''
    ? nothing
    : html`<p>After signing out you continue to <strong><bdi>${shownAddress(continueHost)}</bdi></strong>.</p>`
}
${renderForm({ action, fields }, 'post', html`<button type="submit">Sign out</button>`)}
${
  stay === undefined
    ? html`<p class="quiet apart">To stay signed in, close this page. ${before === 'other_session_ended' ? 'Your session here is as it was.' : 'Nothing has changed.'}</p>`
    : html`<a class="button second" href="${stay.href}">Stay signed in</a>`
}`,
  })
}
