import { type Html, html } from './escape.ts'
import type { Sentence } from './words/words.ts'

/** A sentence with something in its place. */
export function filled(sentence: Sentence, piece: Html): Html {
  const at = sentence.indexOf('{}')
  return html`${sentence.slice(0, at)}${piece}${sentence.slice(at + 2)}`
}
