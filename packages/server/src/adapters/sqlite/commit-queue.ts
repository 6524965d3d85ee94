import type { DatabaseSync } from 'node:sqlite'
import { type Origin, originsOf, type StorageObserver } from '../../ports/measurements.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { Commit, type CommitStatements, type Ends } from './commit.ts'
import { asUnavailable, isInputOutputFailure } from './failures.ts'

/** A piece of a transaction. It may run twice: once with others, and alone when one of them failed. */
type Work<T> = (commit: Commit) => T

interface Waiting {
  readonly work: Work<unknown>
  readonly origin: Origin | undefined
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

type Attempt =
  | { readonly state: 'committed'; readonly results: readonly unknown[] }
  | { readonly state: 'failed_in_work' | 'failed'; readonly error: unknown }

/** What the queue needs of the connection that it writes to. */
export interface Connection {
  readonly database: DatabaseSync
  readonly statements: CommitStatements
  readonly ends: Ends
  readonly mails: { takeNews(): boolean }
}

/**
 * Gathers the writes of one turn of the event loop into one transaction.
 *
 * No timer: waiting longer was measured to add delay and no throughput. When a piece of work fails, the transaction is
 * rolled back and every piece runs again in a transaction of its own, so that only the one at fault is refused.
 */
export class CommitQueue {
  readonly #connect: () => Connection
  readonly #assertSameFile: (outcome: StorageUnavailable['outcome']) => void
  readonly #distrust: () => void
  readonly #randomness: Randomness
  readonly #observer: StorageObserver
  readonly #ended: () => void
  readonly #mailKept: () => void
  #waiting: Waiting[] = []
  #scheduled: NodeJS.Immediate | undefined

  /**
   * @param connect - Gives the open connection, or throws.
   * @param assertSameFile - Throws when the database file is not the one that was opened.
   * @param distrust - Told after an input/output failure, whose effects on the file are unknown.
   * @param observer - Told of every transaction, and of what is on record once it is durable.
   * @param ended - Told after each commit that ended something.
   * @param mailKept - Told after each commit that may have kept a mail to be sent.
   */
  constructor(options: {
    readonly connect: () => Connection
    readonly assertSameFile: (outcome: StorageUnavailable['outcome']) => void
    readonly distrust: () => void
    readonly randomness: Randomness
    readonly observer: StorageObserver
    readonly ended: () => void
    readonly mailKept: () => void
  }) {
    this.#connect = options.connect
    this.#assertSameFile = options.assertSameFile
    this.#distrust = options.distrust
    this.#randomness = options.randomness
    this.#observer = options.observer
    this.#ended = options.ended
    this.#mailKept = options.mailKept
  }

  /** Runs work in the next shared transaction; resolves to what it returned once the commit is durable. */
  commit<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        work,
        origin: this.#observer.origin(),
        resolve: resolve as (value: unknown) => void,
        reject,
      })
      this.#scheduled ??= setImmediate(() => this.flush())
    })
  }

  /** Commits at once what is waiting. */
  flush(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length > 0) this.#run(waiting)
  }

  #run(waiting: readonly Waiting[]): void {
    const begun = performance.now()
    const attempt = this.#attempt(waiting)
    this.#tell(waiting, performance.now() - begun, attempt)
    if (attempt.state === 'committed') {
      for (const [index, { resolve }] of waiting.entries()) resolve(attempt.results[index])
      return
    }
    if (attempt.state === 'failed_in_work' && waiting.length > 1) {
      for (const alone of waiting) this.#run([alone])
      return
    }
    for (const { reject } of waiting) reject(attempt.error)
  }

  #tell(waiting: readonly Waiting[], durationMs: number, attempt: Attempt): void {
    const isUnknown =
      attempt.state !== 'committed' &&
      attempt.error instanceof StorageUnavailable &&
      attempt.error.outcome === 'unknown'
    this.#observer.batchDone({
      kind: 'commit',
      size: waiting.length,
      durationMs,
      outcome: attempt.state === 'committed' ? 'done' : isUnknown ? 'unknown' : 'nothing_happened',
      origins: originsOf(waiting),
    })
  }

  #attempt(waiting: readonly Waiting[]): Attempt {
    let connection: Connection
    try {
      this.#assertSameFile('nothing_happened')
      connection = this.#connect()
      connection.database.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (isInputOutputFailure(error)) this.#distrust()
      return { state: 'failed', error: asUnavailable(error, 'nothing_happened') }
    }
    const { database } = connection
    const commit = new Commit(connection.statements, connection.ends, this.#randomness)
    const results: unknown[] = []
    try {
      for (const { work } of waiting) results.push(work(commit))
      commit.seal()
    } catch (error) {
      const rolledBack = rollBack(database)
      // A connection that is stuck in a transaction would refuse every later one; closing it gives the transaction up.
      if (isInputOutputFailure(error) || !rolledBack) this.#distrust()
      return { state: 'failed_in_work', error: asUnavailable(error, 'nothing_happened') }
    }
    try {
      database.exec('COMMIT')
    } catch (error) {
      const rolledBack = rollBack(database)
      // After a failed fsync nobody knows what reached the disk. The file is read anew before anything is answered.
      const unknown = isInputOutputFailure(error) || !rolledBack
      if (unknown) this.#distrust()
      return { state: 'failed', error: asUnavailable(error, unknown ? 'unknown' : 'nothing_happened') }
    }
    commit.publish()
    if (commit.endsSomething) this.#ended()
    if (connection.mails.takeNews()) this.#mailKept()
    commit.report(this.#observer)
    try {
      // A file that was taken away during the commit holds what nobody will find again.
      this.#assertSameFile('unknown')
    } catch (error) {
      return { state: 'failed', error }
    }
    return { state: 'committed', results }
  }
}

function rollBack(database: DatabaseSync): boolean {
  try {
    // SQLite rolls back by itself on some failures; then there is nothing left to do.
    if (database.isTransaction) database.exec('ROLLBACK')
    return true
  } catch {
    return false
  }
}
