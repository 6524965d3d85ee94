import { english } from './english.ts'
import { german } from './german.ts'
import type { Words } from './words.ts'

/** The first is what everybody is shown for whom there is nothing better. */
export const everyWords: readonly Words[] = [english, german]

/**
 * The words for a reader.
 *
 * @param wanted - Language tags (RFC 5646), the best first; only the language itself counts, not its region. What is
 *   none is passed over.
 */
export function chooseWords(wanted: readonly string[]): Words {
  for (const tag of wanted) {
    const language = tag.split('-', 1)[0]?.toLowerCase()
    const found = everyWords.find(({ code }) => code === language)
    if (found !== undefined) return found
  }
  return english
}
