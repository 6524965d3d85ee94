/**
 * The frame of every page, and what a page is.
 *
 * This folder turns a few typed values into the plain pages that a person meets while signing in and out, each with
 * the headers that belong to its content. It knows no request and no reply, reads no state and runs no script: which
 * page is the true one to show is decided by the route that calls it.
 */

import { contentSecurityPolicyWith } from './content-security-policy.ts'
import { type Html, html } from './escape.ts'
import { shownText } from './shown-value.ts'
import { pageStyle, tinyStyle } from './style.ts'

/** A page and the headers that depend on what is on it. */
export interface Page {
  readonly html: string
  readonly contentSecurityPolicy: string
  /** `same-origin` on pages with a form: with `no-referrer` browsers send `Origin: null` when it is submitted. */
  readonly referrerPolicy: 'same-origin' | 'no-referrer'
  /** Origins whose pages may hold it in a frame, as its policy says; no page but one may be framed by anybody. */
  readonly framedBy?: readonly string[]
}

/** Arguments of {@link renderPage}. */
export interface PageParts {
  /** Both the document's title and its heading. */
  readonly title: string
  /** Before the title in the browser's tab alone, where a screen reader begins: `Error`. */
  readonly titlePrefix?: string | undefined
  /** A coloured edge that repeats what the heading says. Never the only sign of it. */
  readonly tone: 'plain' | 'done' | 'problem'
  readonly content: Html
  readonly hasForm: boolean
  /** The page's own address holds a secret, so that nothing may be told of it, not even to ourselves. */
  readonly hasSecretAddress?: boolean | undefined
  /** Addresses to which a form's answer may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

const pagePolicy = contentSecurityPolicyWith(pageStyle)
const tinyPagePolicy = contentSecurityPolicyWith(tinyStyle)

/**
 * Renders a page for people to read.
 *
 * @throws {TypeError} When one of `submitRedirectsTo` is not an address that a form may end at.
 */
export function renderPage({
  title,
  titlePrefix,
  tone,
  content,
  hasForm,
  hasSecretAddress = false,
  submitRedirectsTo = [],
}: PageParts): Page {
  const heading = shownText(title)
  const body = html`<main class="${tone}">
<h1>${heading}</h1>
${content}
</main>`
  return {
    html: renderDocument(titlePrefix === undefined ? heading : `${titlePrefix}: ${heading}`, pageStyle, body),
    contentSecurityPolicy: pagePolicy(submitRedirectsTo),
    referrerPolicy: hasForm && !hasSecretAddress ? 'same-origin' : 'no-referrer',
  }
}

/** Renders the few words of an answer whose headers do the work. Holds no form. */
export function renderTinyPage(title: string, content: Html): Page {
  return {
    html: renderTinyDocument(title, content),
    contentSecurityPolicy: tinyPagePolicy([]),
    referrerPolicy: 'no-referrer',
  }
}

/** The document of {@link renderTinyPage} alone, for where it travels as a value and not as an answer of ours. */
export function renderTinyDocument(title: string, content: Html): string {
  return renderDocument(title, tinyStyle, html`<main>${content}</main>`)
}

function renderDocument(title: string, style: Html, body: Html): string {
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`)
}
