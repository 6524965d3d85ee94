/** Problems that an operator can do something about, told without a stack trace. */

import { FileExists } from '../adapters/backup/backup-file.ts'
import { UnsuitableDatabase } from '../adapters/postgres/connection.ts'
import { ConnectionLost, StatementRefused } from '../adapters/postgres/failures.ts'
import { OlderProgramsAtWork } from '../adapters/postgres/programs-at-work.ts'
import { InstallationMoved } from '../adapters/sqlite/moved.ts'
import { DatabaseInUse } from '../adapters/sqlite/open-database.ts'
import { CannotMove } from '../adapters/stored/cannot-move.ts'
import { SchemaTooNew } from '../adapters/stored/schema-too-new.ts'
import { DatabaseNotEmpty } from '../adapters/transfer/sqlite-to-postgres.ts'
import { ConfigurationError } from '../config/parse-configuration.ts'
import { KeyEncryptionMismatch, UnusableStoredKey } from '../ports/keys.ts'
import { DatabaseDoesNotFit, UnreadableWitness } from '../ports/witness.ts'
import { WorkerNotStarted } from '../workers/supervise.ts'

/** EX_USAGE, EX_UNAVAILABLE and EX_CONFIG of sysexits.h. */
export const exitCodes = { usage: 64, unavailable: 69, configuration: 78 } as const

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

/** What to tell of an error of a command, and the exit code; `undefined` for one that nobody expected. */
export function expectedProblem(
  error: unknown,
  command: string,
): { readonly message: string; readonly exitCode: number } | undefined {
  if (error instanceof WorkerNotStarted) return { message: error.message, exitCode: error.exitCode }
  if (error instanceof UsageError) return { message: error.message, exitCode: exitCodes.usage }
  if (
    error instanceof ConfigurationError ||
    error instanceof KeyEncryptionMismatch ||
    error instanceof InstallationMoved
  ) {
    return { message: error.message, exitCode: exitCodes.configuration }
  }
  if (
    error instanceof DatabaseInUse ||
    error instanceof SchemaTooNew ||
    error instanceof OlderProgramsAtWork ||
    error instanceof CannotMove ||
    error instanceof UnusableStoredKey
  ) {
    return { message: error.message, exitCode: exitCodes.unavailable }
  }
  // Not something that another try mends: an operator has to decide.
  if (error instanceof DatabaseDoesNotFit || error instanceof UnreadableWitness) {
    return { message: error.message, exitCode: exitCodes.configuration }
  }
  if (error instanceof FileExists || error instanceof DatabaseNotEmpty || error instanceof RefusedCommand) {
    return { message: error.message, exitCode: exitCodes.unavailable }
  }
  if (error instanceof UnsuitableDatabase) return { message: error.message, exitCode: exitCodes.configuration }
  if (error instanceof ConnectionLost || error instanceof StatementRefused) {
    return { message: `The database cannot be used: ${error.message}`, exitCode: exitCodes.unavailable }
  }
  // The system refused a file or an address, or what was found in the file is no database.
  if (error instanceof Error && ('syscall' in error || 'errcode' in error)) {
    return { message: `Adjourn cannot ${command}: ${error.message}`, exitCode: exitCodes.unavailable }
  }
  return undefined
}
