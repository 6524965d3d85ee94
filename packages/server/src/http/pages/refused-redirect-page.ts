import type { Appearance } from './appearance.ts'
import { type Html, html, nothing } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { safeHref } from './safe-href.ts'
import { shownAddress, shownText } from './shown-value.ts'

/** Arguments of {@link refusedRedirectPage}. */
export interface RefusedRedirectPageArguments {
  /** The rule that the address broke, as a sentence. */
  readonly problem: string
  /** The value that broke it, as it was given; absent where it cannot be shown. */
  readonly given?: { readonly what: 'address' | 'client'; readonly value: string } | undefined
  /** How to sign out without it: a POST form, or a link where no cookie makes the request one of the member's. */
  readonly signOut?: FormTarget | { readonly href: string } | undefined
}

/**
 * A logout that was refused because it asked to be sent on to an address it may not name, or could not be read (status
 * 400). Nothing has ended; the page offers to sign out all the same, and to go nowhere.
 *
 * @throws {TypeError} When the form's `action` is not a fit address.
 */
export function refusedRedirectPage(
  appearance: Appearance,
  { problem, given, signOut }: RefusedRedirectPageArguments,
): Page {
  const words = appearance.words.signOutRefused
  const way = signOut === undefined ? undefined : wayOut(signOut, words.submit)
  return renderPage(appearance, {
    title: words.title,
    tone: 'problem',
    hasForm: way?.isForm ?? false,
    content: html`<p>${given === undefined ? words.malformed : words[given.what].sentence} ${words.nothingChanged}</p>
<dl>
<dt>${words.rule}</dt>
<dd><bdi lang="en">${shownText(problem)}</bdi></dd>
${
  given === undefined
    ? nothing
    : html`<dt>${words[given.what].label}</dt>
<dd><code><bdi>${shownAddress(given.value)}</bdi></code></dd>
`
}</dl>
${way === undefined ? nothing : html`<p>${given?.what === 'address' ? words.withoutGoing : words.allTheSame}</p>\n${way.content}`}`,
  })
}

function wayOut(
  signOut: FormTarget | { readonly href: string },
  label: string,
): { readonly isForm: boolean; readonly content: Html } | undefined {
  if ('action' in signOut) {
    return { isForm: true, content: renderForm(signOut, 'post', html`<button type="submit">${label}</button>`) }
  }
  const target = safeHref(signOut.href)
  return target && { isForm: false, content: html`<a class="button" href="${target.href}">${label}</a>` }
}
