import { type Page, renderTinyPage } from './layout.ts'
import { redirectLink } from './redirect-link.ts'
import type { Words } from './words/words.ts'

/**
 * The body of a 302, for the rare reader whose browser does not follow it.
 *
 * @param location - The value of the `Location` header. Becomes a link only when it is a web address.
 */
export function continuePage(words: Words, { location }: { readonly location: string }): Page {
  return renderTinyPage(words, words.page.continue, redirectLink(words, location))
}
