import { html, nothing } from './escape.ts'
import { type Page, renderPage } from './layout.ts'
import { shownName, shownText } from './shown-value.ts'

/** Arguments of {@link errorPage}. */
export interface ErrorPageArguments {
  /** What went wrong in a few words, for example "Invalid redirect URI". Shown as it is. */
  readonly title: string
  /** What it means and what can be done about it. Never a stack trace or a secret. */
  readonly explanation: string
  /** What to quote when asking for help: finds the request in the log. */
  readonly reference?: string | undefined
}

/** A request that ends here: an authorization request that may not be redirected, an unknown page, a failure. */
export function errorPage({ title, explanation, reference }: ErrorPageArguments): Page {
  return renderPage({
    title,
    tone: 'problem',
    hasForm: false,
    content: html`<p><bdi>${shownText(explanation)}</bdi></p>
${
  reference === undefined
    ? nothing
    : html`<p class="quiet">Reference, in case you ask for help: <code>${shownName(reference)}</code></p>`
}`,
  })
}
