import type { Appearance } from './appearance.ts'
import { html, nothing } from './escape.ts'
import { filled } from './filled.ts'
import { type FormTarget, renderForm } from './form.ts'
import { type Page, renderPage } from './layout.ts'
import { ownLink } from './own-link.ts'
import { problemNote } from './problem-note.ts'
import { shownName } from './shown-value.ts'
import { signInFieldNames } from './sign-in-fields.ts'
import type { SignInProblem } from './sign-in-problem.ts'

/** Arguments of {@link codePage}. */
export interface CodePageArguments extends FormTarget {
  /** As it was typed: where the mail went. */
  readonly email: string
  /** Why the last code was not taken. */
  readonly problem?: SignInProblem | undefined
  /** Another code was asked for just now. */
  readonly anotherSent?: boolean | undefined
  /** Path of the page on which one can begin anew. */
  readonly beginHref: string
  /** Addresses to which the answer to the submit may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

/**
 * Asks for the code of a mail. The same for an address that is new and for one that somebody has: the mail alone says which.
 *
 * @throws {TypeError} When `action` or one of `submitRedirectsTo` is not a fit address.
 */
export function codePage(
  appearance: Appearance,
  { action, fields, email, problem, anotherSent = false, beginHref, submitRedirectsTo }: CodePageArguments,
): Page {
  const { words } = appearance
  const { isThere, note, marks } = problemNote(words, problem)
  return renderPage(appearance, {
    title: words.codeEntry.title,
    failed: isThere,
    tone: 'plain',
    hasForm: true,
    submitRedirectsTo,
    content: html`${note}${anotherSent ? html`<p role="status">${words.codeEntry.anotherSent}</p>\n` : nothing}<p>${filled(words.codeEntry.sentTo, html`<strong><bdi>${shownName(email)}</bdi></strong>`)}</p>
${renderForm(
  { action, fields },
  'post',
  html`<label for="code">${words.fields.code}</label>
<input class="code" id="code" name="${signInFieldNames.code}" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus${marks('code', 'code-hint')}>
<p class="hint" id="code-hint">${words.codeEntry.hint}</p>
<button type="submit">${words.codeEntry.submit}</button>
<button class="second" type="submit" name="${signInFieldNames.intent}" value="another_code" formnovalidate>${words.codeEntry.another}</button>`,
)}
<p class="apart">${ownLink(beginHref, words.codeEntry.toBegin)}</p>`,
  })
}
