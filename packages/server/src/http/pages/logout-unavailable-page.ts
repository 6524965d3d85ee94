import type { Appearance } from './appearance.ts'
import { html } from './escape.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'

/** Arguments of {@link logoutUnavailablePage}. */
export interface LogoutUnavailablePageArguments {
  /** `true`: the commit failed and nothing changed. `false`: whether it happened is unknown. */
  readonly certain: boolean
  /** The same request again. */
  readonly retryAction?: (FormTarget & { readonly method: 'post' | 'get' }) | undefined
  /** Addresses to which a retry may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

/**
 * A logout that could not be carried out, or not be confirmed (status 503). Never reads as success.
 *
 * @throws {TypeError} When the form's `action` or one of `submitRedirectsTo` is not a fit address.
 */
export function logoutUnavailablePage(
  appearance: Appearance,
  { certain, retryAction, submitRedirectsTo }: LogoutUnavailablePageArguments,
): Page {
  const words = appearance.words.signOutFailed
  const { title, text } = certain ? words.certain : words.uncertain
  return renderPage(appearance, {
    title,
    tone: 'problem',
    hasForm: retryAction !== undefined,
    submitRedirectsTo,
    content: html`<p>${text}</p>
<p class="quiet">${certain ? words.certain.shared : words.uncertain.safe}</p>
${
  retryAction === undefined
    ? html`<p>${words.later}</p>`
    : renderForm(retryAction, retryAction.method, html`<button type="submit">${words.retry}</button>`)
}`,
  })
}
