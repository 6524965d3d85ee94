import { StorageUnavailable } from '../../ports/storage.ts'

type Outcome = StorageUnavailable['outcome']

/** A connection could not be made, was lost, or gave no answer in time. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** The database said no. What it says of values is left out, since they may be hashes of secrets. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused'
  /** SQLSTATE. */
  readonly code: string
  /** The database gave the connection up with it. */
  readonly fatal: boolean

  constructor(message: string, options: { readonly code: string; readonly fatal: boolean }) {
    super(message)
    this.code = options.code
    this.fatal = options.fatal
  }
}

/**
 * Says in the port's words what PostgreSQL reported. A mistake in our own code is not a failure of the database and is
 * handed on as it is.
 */
export function asUnavailable(error: unknown, outcome: Outcome): unknown {
  if (error instanceof StorageUnavailable || !isPostgresFailure(error)) return error
  const said = error instanceof StatementRefused ? `${error.message} (${error.code})` : error.message
  return new StorageUnavailable(`The database did not do what it was asked: ${said}`, { outcome, cause: error })
}

/** Whether it was the database or the way to it that failed, and not our own code. */
export function isPostgresFailure(error: unknown): error is ConnectionLost | StatementRefused {
  return error instanceof ConnectionLost || error instanceof StatementRefused
}

/** What a statement of our own raises when what a batch relied on has ended meanwhile. */
export const endedMeanwhile = 'AD001'

/**
 * Whether the same transaction may well come to another decision when it is run again: serialization_failure,
 * deadlock_detected, unique_violation (another node took what was free when it was looked at), and our own.
 */
export function isPassing(error: unknown): boolean {
  return error instanceof StatementRefused && ['40001', '40P01', '23505', endedMeanwhile].includes(error.code)
}

/**
 * Whether the connection must not be used again after it. Besides what closes it: a transaction that is refused as
 * read-only (25006) shows a server that is no primary any more.
 */
export function endsConnection(error: unknown): boolean {
  return (
    error instanceof ConnectionLost || (error instanceof StatementRefused && (error.fatal || error.code === '25006'))
  )
}
