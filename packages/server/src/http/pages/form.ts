/** Forms without script: where they go, what they carry unseen, what is on their face. */

import { type Html, html } from './escape.ts'
import { safeHref } from './safe-href.ts'

/** Where a form goes and what it carries unseen. */
export interface FormTarget {
  /** A path on our origin, or an absolute `http` or `https` URL. */
  readonly action: string
  /** Hidden fields by name. They come back unchanged, but for NUL and lone surrogates, which HTML cannot carry. */
  readonly fields: Readonly<Record<string, string>>
}

/**
 * Renders a form.
 *
 * @param target - Where it goes. The query of a GET form's action is sent as hidden fields, because browsers replace it.
 * @param method - `post` for everything that changes state.
 * @param face - The visible fields and the buttons.
 * @throws {TypeError} When `action` is not an address a form of ours may have: a mistake of the caller, since no
 *   action comes from outside.
 */
export function renderForm({ action, fields }: FormTarget, method: 'post' | 'get', face: Html): Html {
  const safe = safeHref(action)
  if (safe === undefined) throw new TypeError(`a form cannot have the action ${JSON.stringify(action)}`)
  const queryAt = method === 'get' ? safe.href.indexOf('?') : -1
  const query = queryAt === -1 ? '' : safe.href.slice(queryAt + 1).replace(/#.*$/, '')
  const hidden = [...new URLSearchParams(query), ...Object.entries(fields)]
  return html`<form method="${method}" action="${queryAt === -1 ? safe.href : safe.href.slice(0, queryAt)}">
${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}${face}
</form>`
}
