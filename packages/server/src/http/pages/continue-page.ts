import { type Page, renderTinyPage } from './layout.ts'
import { redirectLink } from './redirect-link.ts'

/**
 * The body of a 302, for the rare reader whose browser does not follow it.
 *
 * @param location - The value of the `Location` header. Becomes a link only when it is a web address.
 */
export function continuePage({ location }: { readonly location: string }): Page {
  return renderTinyPage('Continue', redirectLink(location))
}
