import { type Html, html, nothing } from './escape.ts'
import { shownText } from './shown-value.ts'
import { type SignInProblem, sayProblem } from './sign-in-problem.ts'
import type { Words } from './words/words.ts'

type Field = 'email' | 'password' | 'code'

/** How a form says why it was not taken: a sentence that is read aloud at once, and marks on the fields that it is about. */
export interface ProblemNote {
  readonly isThere: boolean
  readonly note: Html
  /**
   * Attributes of a field.
   *
   * @param hint - The ID of a sentence that describes it in any case.
   */
  readonly marks: (field: Field, hint?: string) => Html
}

/** What was typed wrong. Of an address and a password both, because the problem must not say which of them it was. */
const wrongFields: Readonly<Record<SignInProblem['kind'], readonly Field[]>> = {
  wrong_credentials: ['email', 'password'],
  no_email_address: ['email'],
  wrong_code: ['code'],
  password_length: ['password'],
  password_common: ['password'],
  password_context: ['password'],
  password_characters: ['password'],
  not_active: [],
  locked: [],
  busy: [],
  throttled: [],
}

/** The note of a problem, or none. */
export function problemNote(words: Words, problem: SignInProblem | undefined): ProblemNote {
  const isWrong = (field: Field) => problem !== undefined && wrongFields[problem.kind].includes(field)
  return {
    isThere: problem !== undefined,
    note:
      problem === undefined
        ? nothing
        : html`<p class="alert" id="problem" role="alert">${shownText(sayProblem(words, problem))}</p>\n`,
    marks: (field, hint) => {
      const ids = [...(isWrong(field) ? ['problem'] : []), ...(hint === undefined ? [] : [hint])]
      const described = ids.length === 0 ? nothing : html` aria-describedby="${ids.join(' ')}"`
      return isWrong(field) ? html` aria-invalid="true"${described}` : described
    },
  }
}
