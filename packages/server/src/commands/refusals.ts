/** What a command does not do, and how little of a command line is told. */

/** The command line says something that the command does not know. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * The name of the first option that was given, to be added to a message: `, not "--dry-run"`. Nothing else of a command line is
 * ever told, as it may be a password, also one without a space after its option or in a URL.
 */
export function notOption(given: readonly string[]): string {
  const names = given.map((word) => /^(?:--[a-z][a-z-]*|-[a-z])(?==|$)/i.exec(word)?.[0])
  const name = names.find((found) => found !== undefined)
  return name === undefined ? '' : `, not "${name}"`
}

/** Whether what was given for the name of a file is a URL, as of a database; where a file is called so, `./` helps. */
export function isUrl(given: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
}

/** The command cannot do what it is for, as things are. */
export class RefusedCommand extends Error {
  override readonly name = 'RefusedCommand'
}
