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

// "You are signed out" is a claim about a session. Where none was found, none may be claimed to have ended. What other
// applications do is never claimed here: only their confirmed deliveries could say.
const wording: Readonly<Record<SignedOutOutcome, { readonly title: string; readonly text: string }>> = {
  ended: {
    title: 'You are signed out',
    text: 'Your session has ended, and nothing of it is accepted here any more.',
  },
  already_ended: {
    title: 'You are signed out',
    text: 'Your session had ended before this request, so there was nothing left to end.',
  },
  nobody: {
    title: 'Nobody was signed in',
    text: 'Nobody was signed in here in this browser, so there was nothing to end.',
  },
}

// A link that names nothing leaves whoever holds it signed in elsewhere, perhaps: they are told how to go on.
const linkWording = {
  unknown:
    'The link that you followed is not known here, so it ended nothing. Sign out on the site again for a new one.',
  spent: 'The link that you followed was used before, and what it was made for ended then.',
  expired:
    'The link that you followed has expired, so it ended nothing. Sign out on the site again for a new one: each is good for ten minutes.',
} as const

/**
 * The result of a logout whose commit is durable. It tells the truth about which of the three cases it was.
 *
 * Does not say that any application was signed out.
 */
export function signedOutPage({ outcome, continueTo, redirectRefused, linkProblem }: SignedOutPageArguments): Page {
  const { title, text } = wording[outcome]
  const target = continueTo === undefined ? undefined : safeHref(continueTo)
  return renderPage({
    title,
    tone: outcome === 'nobody' ? 'plain' : 'done',
    hasForm: false,
    content: html`<p>${text}</p>
${linkProblem === undefined ? nothing : html`<p class="alert">${linkWording[linkProblem]}</p>`}
${
  outcome === 'nobody'
    ? nothing
    : html`<p class="quiet">An application that is still open may show you as signed in until it next checks.</p>`
}
${
  redirectRefused === undefined
    ? nothing
    : html`<p class="alert">You were not sent on to the address that was asked for: <bdi>${shownText(redirectRefused)}</bdi></p>`
}
${
  target === undefined
    ? nothing
    : html`<p><a class="button" href="${target.href}">${target.host === undefined ? 'Continue' : `Continue to ${target.host}`}</a></p>`
}`,
  })
}
