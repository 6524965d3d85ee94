import { createHash } from 'node:crypto'
import { type Html, html } from './escape.ts'
import type { Page } from './layout.ts'

/** Arguments of {@link webMessagePage}. */
export interface WebMessagePageArguments {
  /** What is posted, as one flat object. */
  readonly message: Readonly<Record<string, string>>
  /** Serialised origins, to each of which it is posted; whoever else holds the frame is given nothing. */
  readonly origins: readonly string[]
}

/**
 * The same for every answer, so that the policy can name it by its hash: what is posted, and to whom, stands in the page as
 * text. A browser delivers to an origin only where the page around the frame has it, and says so in its console otherwise.
 */
const script: Html = html`const { message, origins } = document.documentElement.dataset
for (const origin of JSON.parse(origins)) parent.postMessage(JSON.parse(message), origin)`

/** Written by itself: the bundler rewrites a template that holds this end tag, with a package that nobody installs. */
const scriptName: Html = html`script`

const scriptHash = createHash('sha256').update(String(script)).digest('base64')

/**
 * The page that tells the answer to the page around its frame: the one page of ours that may be framed, by exactly the
 * origins it posts to. It shows nothing, needs no cookie and sets none.
 */
export function webMessagePage({ message, origins }: WebMessagePageArguments): Page {
  const document: Html = html`<!doctype html>
<html lang="en" data-message="${JSON.stringify(message)}" data-origins="${JSON.stringify(origins)}">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Signing in</title>
</head>
<body>
<script>${script}</${scriptName}>
</body>
</html>
`
  // A source has no spelling for an IPv6 literal: a page there can be posted to, and cannot hold the frame.
  const framers = origins.filter((origin) => !origin.includes('['))
  return {
    html: String(document),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src 'sha256-${scriptHash}'`,
      "base-uri 'none'",
      "object-src 'none'",
      "form-action 'none'",
      ['frame-ancestors', ...(framers.length === 0 ? ["'none'"] : framers)].join(' '),
    ].join('; '),
    referrerPolicy: 'no-referrer',
    framedBy: framers,
  }
}
