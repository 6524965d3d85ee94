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
  /** The name of the constraint that would have been broken. */
  readonly constraint: string | undefined

  constructor(
    message: string,
    options: { readonly code: string; readonly fatal: boolean; readonly constraint?: string | undefined },
  ) {
    super(message)
    this.code = options.code
    this.fatal = options.fatal
    this.constraint = options.constraint
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

/** That no address has two members. Another node may take one that was free when it was looked at. */
const addressIsTaken = 'member_site_id_email_key_key'

/**
 * Whether the same transaction may well come to another decision when it is run again: serialization_failure,
 * deadlock_detected, our own, and a unique_violation of what transactions look at before they decide. Any other broken
 * constraint is a mistake, which would only be repeated.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof StatementRefused)) return false
  if (error.code === '23505') return error.constraint === addressIsTaken
  return ['40001', '40P01', endedMeanwhile].includes(error.code)
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
