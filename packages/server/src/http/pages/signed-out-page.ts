import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { safeHref } from './safe-href.ts'
import { shownText } from './shown-value.ts'

/** What a logout found and did. */
export type SignedOutOutcome = 'ended' | 'already_ended' | 'nobody'

/** Arguments of {@link signedOutPage}. */
export interface SignedOutPageArguments {
  readonly outcome: SignedOutOutcome
  /** Where the reader may go on to. Left out of the page when it is not a web address. */
  readonly continueTo?: string | undefined
  /** A sentence: why the address that was asked for was not followed. */
  readonly redirectRefused?: string | undefined
  /** What is wrong with the link that the reader followed. */
  readonly linkProblem?: 'unknown' | 'spent' | 'expired' | undefined
}

/**
 * The result of a logout whose commit is durable. It tells the truth about which of the three cases it was: "you are signed out"
 * is a claim about a session, and where none was found, none may be claimed to have ended.
 *
 * Does not say that any application was signed out: only its confirmed delivery could. Whoever followed a link that names
 * nothing is perhaps signed in elsewhere, and is told how to go on.
 */
export function signedOutPage(
  appearance: Appearance,
  { outcome, continueTo, redirectRefused, linkProblem }: SignedOutPageArguments,
): Page {
  const { page, signedOut } = appearance.words
  const { title, text } = signedOut[outcome]
  const target = continueTo === undefined ? undefined : safeHref(continueTo)
  return renderPage(appearance, {
    title,
    tone: outcome === 'nobody' ? 'plain' : 'done',
    hasForm: false,
    content: html`<p>${text}</p>
${linkProblem === undefined ? nothing : html`<p class="alert">${signedOut.link[linkProblem]}</p>`}
${outcome === 'nobody' ? nothing : html`<p class="quiet">${signedOut.openApplications}</p>`}
${
  redirectRefused === undefined
    ? nothing
    : html`<p class="alert">${signedOut.notSentOn} <bdi lang="en">${shownText(redirectRefused)}</bdi></p>`
}
${
  target === undefined
    ? nothing
    : html`<p><a class="button" href="${target.href}">${target.host === undefined ? page.continue : page.continueTo(target.host)}</a></p>`
}`,
  })
}
