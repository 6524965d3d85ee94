import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { filled } from './filled.ts'
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

/**
 * Asks before a session ends. Changes nothing by being shown; the form is a POST.
 *
 * @throws {TypeError} When `action` or one of `submitRedirectsTo` is not a fit address.
 */
export function confirmSignOutPage(
  appearance: Appearance,
  {
    action,
    fields,
    memberName,
    before = 'nothing',
    continueHost,
    stayHref,
    submitRedirectsTo,
  }: ConfirmSignOutPageArguments,
): Page {
  const words = appearance.words.confirmSignOut
  const stay = stayHref === undefined ? undefined : safeHref(stayHref)
  const beforeSentences = {
    nothing: nothing,
    answer_refused: html`<p class="alert">${words.answerRefused}</p>\n`,
    other_session_ended: html`<p>${words.otherSessionEnded}</p>\n`,
  }
  return renderPage(appearance, {
    title: words.title,
    tone: 'plain',
    hasForm: true,
    submitRedirectsTo,
    content: html`${beforeSentences[before]}<p>${
      memberName === undefined || memberName === ''
        ? words.sessionWillEnd
        : filled(words.signedInAs, html`<strong><bdi>${shownName(memberName)}</bdi></strong>`)
    }</p>
${
  continueHost === undefined || continueHost === ''
    ? nothing
    : html`<p>${filled(words.continueTo, html`<strong><bdi>${shownAddress(continueHost)}</bdi></strong>`)}</p>`
}
${renderForm({ action, fields }, 'post', html`<button type="submit">${words.submit}</button>`)}
${
  stay === undefined
    ? html`<p class="quiet apart">${before === 'other_session_ended' ? words.close.asItWas : words.close.nothingChanged}</p>`
    : html`<a class="button second" href="${stay.href}">${words.stay}</a>`
}`,
  })
}
