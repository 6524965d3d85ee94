/** One thing that `adjourn` does, in a file named after it. */
export interface Command {
  /** What follows the name on the command line, for the usage text. */
  readonly parameters: string
  readonly summary: string
  /** @throws {UsageError} When what follows the name is not understood. */
  readonly run: (rest: readonly string[]) => Promise<void>
}
