import type { StorageUnavailable } from '../../ports/storage.ts'
import type { Row } from '../stored/row.ts'
import type { Connection } from './connection.ts'
import { asUnavailable, ConnectionLost, StatementRefused } from './failures.ts'
import type { Statement } from './parameters.ts'

/** Rows of each statement, aligned with them. */
type Rows = readonly (readonly Row[])[]

/** A transaction did not take place, or nobody knows whether it did. `unavailable` is for callers, `reason` to judge by. */
export class TransactionFailed extends Error {
  override readonly name = 'TransactionFailed'
  readonly reason: unknown
  readonly outcome: StorageUnavailable['outcome']

  constructor(reason: unknown, outcome: StorageUnavailable['outcome']) {
    super('The transaction failed', { cause: reason })
    this.reason = reason
    this.outcome = outcome
  }

  get unavailable(): unknown {
    return asUnavailable(this.reason, this.outcome)
  }
}

const begin: Statement = { text: 'BEGIN ISOLATION LEVEL READ COMMITTED', parameters: [] }
const commit: Statement = { text: 'COMMIT', parameters: [] }

/** Begins a transaction and runs statements in it, all sent at once. */
export async function beginWith(connection: Connection, statements: readonly Statement[]): Promise<Rows> {
  const [, ...answers] = await all(connection, [begin, ...statements])
  const refused = answers.find((answer) => answer.status === 'rejected')
  if (refused === undefined) return rowsOf(answers)
  await giveUp(connection)
  throw new TransactionFailed(refused.reason, 'nothing_happened')
}

/**
 * Runs the last statements of a transaction and commits, all sent at once, so that locks that these statements take are
 * held for no longer than the database needs.
 *
 * @param begun - Whether the transaction has begun; else it begins with these statements.
 */
export async function commitWith(
  connection: Connection,
  statements: readonly Statement[],
  begun: boolean,
): Promise<Rows> {
  connection.takeWarnings()
  const before = begun ? [] : [begin]
  const answers = await all(connection, [...before, ...statements, commit])
  const last = answers.at(-1)
  const refused = answers.slice(0, -1).find((answer) => answer.status === 'rejected')
  if (refused !== undefined) {
    // When the database refused a statement it commits nothing. When it fell silent, it may have done everything.
    const isKnown = refused.reason instanceof StatementRefused
    throw new TransactionFailed(refused.reason, isKnown ? 'nothing_happened' : 'unknown')
  }
  if (last?.status !== 'fulfilled') {
    const isKnown = last?.reason instanceof StatementRefused && !last.reason.fatal
    throw new TransactionFailed(last?.reason, isKnown ? 'nothing_happened' : 'unknown')
  }
  if (last.value.command !== 'COMMIT') {
    throw new TransactionFailed(new ConnectionLost('The transaction was rolled back'), 'nothing_happened')
  }
  // Such as: the wait for a synchronous standby was cancelled. Committed here, but not where it was promised.
  const [warning] = connection.takeWarnings()
  if (warning !== undefined) {
    connection.destroy()
    throw new TransactionFailed(new ConnectionLost(`The commit came with a warning: ${warning}`), 'unknown')
  }
  return rowsOf(answers.slice(before.length, -1))
}

/** Rolls back. A connection that cannot even do that is of no use any more; closing it gives the transaction up. */
export async function giveUp(connection: Connection): Promise<void> {
  try {
    if (connection.usable) await connection.run({ text: 'ROLLBACK', parameters: [] })
  } catch {
    connection.destroy()
  }
}

function all(connection: Connection, statements: readonly Statement[]) {
  return Promise.allSettled(statements.map((statement) => connection.run(statement)))
}

function rowsOf(answers: readonly PromiseSettledResult<{ readonly rows: readonly Row[] }>[]): Rows {
  return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.rows : []))
}
