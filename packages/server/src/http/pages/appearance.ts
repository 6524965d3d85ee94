import { defaultSiteSettings, type Site } from '../../domain/site.ts'
import { chooseWords } from './words/choose-words.ts'
import type { Words } from './words/words.ts'

/** As whose a page is shown. */
export interface Brand {
  /** Stands above the page; empty for nothing. */
  readonly name: string
  /** `#rrggbb`. */
  readonly color: string
  /** An https address, shown in place of the name; `null` for none. */
  readonly logoUrl: string | null
}

/** How a page presents itself to its reader: in which language, and as whose. */
export interface Appearance {
  readonly words: Words
  readonly brand: Brand
}

/**
 * How the pages of a site look to a reader.
 *
 * @param site - `undefined` where it is not known, as when the database does not answer: the page is shown all the same.
 * @param wanted - Language tags that the reader asks for, the best first. The language of the site comes after them.
 */
export function appearanceOf(site: Site | undefined, wanted: readonly string[]): Appearance {
  const { branding, language } = site?.settings ?? defaultSiteSettings
  return {
    words: chooseWords([...wanted, language]),
    brand: { ...branding, name: branding.displayName === '' ? (site?.name ?? '') : branding.displayName },
  }
}
