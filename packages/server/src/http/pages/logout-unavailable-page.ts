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
export function logoutUnavailablePage({
  certain,
  retryAction,
  submitRedirectsTo,
}: LogoutUnavailablePageArguments): Page {
  return renderPage({
    title: certain ? 'You are NOT signed out' : 'Your sign-out is not confirmed',
    tone: 'problem',
    hasForm: retryAction !== undefined,
    submitRedirectsTo,
    content: html`${
      certain
        ? html`<p>The service could not end your session. Nothing was changed: the session is as it was before.</p>
<p class="quiet">On a shared computer, please do not leave until this has worked.</p>`
        : html`<p>The service could not find out whether your session has ended. Until it is confirmed, assume that you are still signed in.</p>
<p class="quiet">Trying again is safe: a session that has ended stays ended.</p>`
    }
${
  retryAction === undefined
    ? html`<p>Please try again in a moment.</p>`
    : renderForm(retryAction, retryAction.method, html`<button type="submit">Try again</button>`)
}`,
  })
}
