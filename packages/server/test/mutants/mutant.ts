/**
 * A deliberate break of the code, kept beside the tests: the proof that a requirement row is shown by a test and not only
 * named by one. `npm run mutants` makes each break in a copy of the repository and expects the named tests to fail.
 */
export interface Mutant {
  /** The rows of the requirements that the tests show, such as `L-14`. */
  readonly rows: readonly string[]
  /** What the broken code does wrong, as a sentence. */
  readonly breaks: string
  /** The source file, from the root of the repository. */
  readonly file: string
  /** A text that occurs exactly once in the file, and what takes its place. */
  readonly find: string
  readonly replace: string
  /** The test files that must fail, from the root of the repository. */
  readonly tests: readonly string[]
}
