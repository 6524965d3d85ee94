/**
 * The frame of every page, and what a page is.
 *
 * This folder turns a few typed values into the plain pages that a person meets while signing in and out, each with
 * the headers that belong to its content. It knows no request and no reply, reads no state and runs no script: which
 * page is the true one to show is decided by the route that calls it.
 */

import type { Appearance, Brand } from './appearance.ts'
import { contentSecurityPolicyWith } from './content-security-policy.ts'
import { type Html, html, nothing } from './escape.ts'
import { safeHref } from './safe-href.ts'
import { shownName, shownText } from './shown-value.ts'
import { pageStyle, tinyStyle } from './style.ts'
import type { Words } from './words/words.ts'

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
  /** Something went wrong with a form: the browser's tab, where a screen reader begins, says so first. */
  readonly failed?: boolean | undefined
  /** A coloured edge that repeats what the heading says. Never the only sign of it. */
  readonly tone: 'plain' | 'done' | 'problem'
  readonly content: Html
  readonly hasForm: boolean
  /** The page's own address holds a secret, so that nothing may be told of it, not even to ourselves. */
  readonly hasSecretAddress?: boolean | undefined
  /** Addresses to which a form's answer may redirect: absolute URLs; only their origins count. */
  readonly submitRedirectsTo?: readonly string[] | undefined
}

const tinyPagePolicy = contentSecurityPolicyWith(tinyStyle)

/**
 * Renders a page for people to read.
 *
 * @throws {TypeError} When one of `submitRedirectsTo` is not an address that a form may end at.
 */
export function renderPage(
  { words, brand }: Appearance,
  { title, failed = false, tone, content, hasForm, hasSecretAddress = false, submitRedirectsTo = [] }: PageParts,
): Page {
  const heading = shownText(title)
  // What is asked for from elsewhere tells that elsewhere when this page is looked at: not where its address is a secret.
  const picture = hasSecretAddress ? null : pictureOf(brand)
  const style = pageStyle(brand.color)
  const body = html`${brandOf(brand, picture)}<main class="${tone}">
<h1>${heading}</h1>
${content}
</main>`
  return {
    html: renderDocument(words.code, failed ? `${words.page.error}: ${heading}` : heading, style, body),
    contentSecurityPolicy: contentSecurityPolicyWith(style)(submitRedirectsTo, picture),
    referrerPolicy: hasForm && !hasSecretAddress ? 'same-origin' : 'no-referrer',
  }
}

/** Its name, or the picture in the place of it. */
function brandOf({ name }: Brand, picture: string | null): Html {
  if (picture !== null) {
    return html`<header class="brand"><img src="${picture}" alt="${shownName(name)}" referrerpolicy="no-referrer"></header>\n`
  }
  return name === '' ? nothing : html`<header class="brand"><bdi>${shownName(name)}</bdi></header>\n`
}

/** Only what the policy can name: see `content-security-policy.ts`. */
function pictureOf({ logoUrl }: Brand): string | null {
  const href = logoUrl === null ? undefined : safeHref(logoUrl)?.href
  return href?.startsWith('https://') === true && /^https:\/\/[\w.-]+(:\d+)?\//.test(href) ? href : null
}

/** Renders the few words of an answer whose headers do the work. Holds no form, and shows nobody's brand. */
export function renderTinyPage({ code }: Pick<Words, 'code'>, title: string, content: Html): Page {
  return {
    html: renderTinyDocument(code, title, content),
    contentSecurityPolicy: tinyPagePolicy([]),
    referrerPolicy: 'no-referrer',
  }
}

/** The document of {@link renderTinyPage} alone, for where it travels as a value and not as an answer of ours. */
export function renderTinyDocument(language: string, title: string, content: Html): string {
  return renderDocument(language, title, tinyStyle, html`<main>${content}</main>`)
}

function renderDocument(language: string, title: string, style: Html, body: Html): string {
  return String(html`<!doctype html>
<html lang="${language}">
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
