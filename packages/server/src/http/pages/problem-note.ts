import { type Html, html, nothing } from './escape.ts'
import { shownText } from './shown-value.ts'
import { type SignInProblem, sayProblem } from './sign-in-problem.ts'
import type { Words } from './words/words.ts'

/** How a form says why it was not taken: a sentence that is read aloud at once, and marks on the fields that it is about. */
export interface ProblemNote {
  readonly isThere: boolean
  readonly note: Html
  /** Attributes of a field that the problem may be about. */
  readonly marks: Html
}

/** The note of a problem, or none. */
export function problemNote(words: Words, problem: SignInProblem | undefined): ProblemNote {
  if (problem === undefined) return { isThere: false, note: nothing, marks: nothing }
  return {
    isThere: true,
    note: html`<p class="alert" id="problem" role="alert">${shownText(sayProblem(words, problem))}</p>\n`,
    marks: html` aria-invalid="true" aria-describedby="problem"`,
  }
}
