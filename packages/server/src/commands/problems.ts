/**
 * Problems that an operator can do something about, told without a stack trace.
 *
 * It knows the errors of every part, and with them most of PostgreSQL's: to be loaded only once there is a problem.
 */

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
import { UnusableMembers } from '../emulator/members-file.ts'
import { KeyEncryptionMismatch, UnusableStoredKey } from '../ports/keys.ts'
import { DatabaseDoesNotFit, UnreadableWitness } from '../ports/witness.ts'
import { WorkerNotStarted } from '../workers/supervise.ts'
import { RefusedCommand, UsageError } from './refusals.ts'

/** EX_USAGE, EX_UNAVAILABLE and EX_CONFIG of sysexits.h. */
export const exitCodes = { usage: 64, unavailable: 69, configuration: 78 } as const

/** What to tell of an error of a command, and the exit code; `undefined` for one that nobody expected. */
export function expectedProblem(
  error: unknown,
  command: string,
): { readonly message: string; readonly exitCode: number } | undefined {
  if (error instanceof WorkerNotStarted) return { message: error.message, exitCode: error.exitCode }
  if (error instanceof UsageError) return { message: error.message, exitCode: exitCodes.usage }
  if (
    error instanceof ConfigurationError ||
    error instanceof UnusableMembers ||
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
    const what = command === 'dev' ? 'start its emulator' : command
    return { message: `Adjourn cannot ${what}: ${error.message}`, exitCode: exitCodes.unavailable }
  }
  return undefined
}
