import { StorageUnavailable } from '../../ports/storage.ts'

type Outcome = StorageUnavailable['outcome']

/**
 * Says in the port's words what SQLite reported. A mistake in our own code (a TypeError, a RangeError) is not a failure of
 * the database and is handed on as it is.
 */
export function asUnavailable(error: unknown, outcome: Outcome): unknown {
  if (error instanceof StorageUnavailable) return error
  if (!isSqliteFailure(error)) return error
  return new StorageUnavailable(`The database did not do what it was asked: ${error.errstr} (${error.errcode})`, {
    outcome,
    cause: error,
  })
}

/** Whether the disk or the file itself failed, so that what is in memory can no longer be trusted to match it. */
export function isInputOutputFailure(error: unknown): boolean {
  return isSqliteFailure(error) && ioerr.has(error.errcode & 0xff)
}

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB. */
const ioerr: ReadonlySet<number> = new Set([10, 11, 26])

/** Whether it was SQLite that failed, and not our own code. */
export function isSqliteFailure(
  error: unknown,
): error is Error & { readonly errcode: number; readonly errstr: string } {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error
}
