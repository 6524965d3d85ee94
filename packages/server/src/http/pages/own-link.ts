import { type Html, html } from './escape.ts'
import { safeHref } from './safe-href.ts'

/**
 * A link to another page of ours.
 *
 * @throws {TypeError} When the path leads elsewhere: a mistake of the caller, since no path comes from outside.
 */
export function ownLink(path: string, label: string): Html {
  const safe = safeHref(path)
  if (safe === undefined || safe.host !== undefined) throw new TypeError(`not a path of ours: ${JSON.stringify(path)}`)
  return html`<a href="${safe.href}">${label}</a>`
}
