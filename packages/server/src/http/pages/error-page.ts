import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { shownName, shownText } from './shown-value.ts'

/** Arguments of {@link errorPage}. */
export interface ErrorPageArguments {
  /** What went wrong in a few words, for example "Invalid redirect URI". Shown as it is. */
  readonly title: string
  /** What it means and what can be done about it. Never a stack trace or a secret. */
  readonly explanation: string
  /** The explanation is meant for developers, and in English whatever the page is in. */
  readonly isTechnical?: boolean | undefined
  /** What to quote when asking for help: finds the request in the log. */
  readonly reference?: string | undefined
}

/** A request that ends here: an authorization request that may not be redirected, an unknown page, a failure. */
export function errorPage(
  appearance: Appearance,
  { title, explanation, isTechnical = false, reference }: ErrorPageArguments,
): Page {
  const { code, error } = appearance.words
  const shown = html`<bdi>${shownText(explanation)}</bdi>`
  return renderPage(appearance, {
    title,
    tone: 'problem',
    hasForm: false,
    content: html`${isTechnical && code !== 'en' ? html`<p lang="en">${shown}</p>` : html`<p>${shown}</p>`}
${
  reference === undefined ? nothing : html`<p class="quiet">${error.reference} <code>${shownName(reference)}</code></p>`
}`,
  })
}
