import type { Words } from './words/words.ts'

/** Why a form of the pages was not taken, as far as whoever filled it in may know. */
export type SignInProblem =
  /** Address or password: which of them is not told, nor whether anybody has the address. */
  | { readonly kind: 'wrong_credentials' }
  | { readonly kind: 'no_email_address' }
  /** Wrong, too old, used up, or of nobody: which of them is not told. */
  | { readonly kind: 'wrong_code' }
  | { readonly kind: 'not_active' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'throttled'; readonly minutes: number }
  | { readonly kind: 'password_length'; readonly atLeast: number; readonly atMost: number }
  | { readonly kind: 'password_common' | 'password_context' | 'password_characters' }

/** What the page says of it. */
export function sayProblem({ problems }: Words, problem: SignInProblem): string {
  if (problem.kind === 'throttled') return problems.throttled(problem.minutes)
  if (problem.kind === 'password_length') return problems.password_length(problem.atLeast, problem.atMost)
  return problems[problem.kind]
}
