import type { EpochMs } from '../../domain/ids.ts'
import { type Origin, originsOf, type StorageObserver } from '../../ports/measurements.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { StorageUnavailable } from '../../ports/storage.ts'
import { Changes } from './changes.ts'
import type { Connection } from './connection.ts'
import { Ended } from './ended.ts'
import { asUnavailable, isPassing, isPostgresFailure, StatementRefused } from './failures.ts'
import { Loaded } from './loaded.ts'
import { Needs } from './needs.ts'
import { beginWith, commitWith, giveUp, TransactionFailed } from './transaction.ts'
import type { Work } from './work.ts'

/**
 * What of a work matters to its neighbours in a batch. What ends many finds everything that is there when the transaction is
 * sealed, so a start that was asked for after it belongs into the next batch, also one that `ends_and_starts`. What runs
 * `apart` has a transaction to itself: it asks questions of its own, in whose answers nothing of its neighbours would show.
 */
export type Role = 'starts' | 'ends_many' | 'ends_and_starts' | 'apart' | 'neither'

interface Waiting {
  readonly work: Work<unknown>
  readonly role: Role
  readonly origin: Origin | undefined
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** So that no batch is so large that everybody waits for it. What is left over makes the next one. */
const batchMost = 10_000

/** How often a batch is run again whose transaction another node's stood in the way of. */
const attemptsMost = 10

/**
 * Gathers writes into transactions: those of one turn of the event loop, and those that arrive while the transaction
 * before is under way. One is under way at a time.
 *
 * When a batch fails for a reason of its own, its halves run apart, down to the one work that is at fault.
 */
export class CommitQueue {
  readonly #connect: () => Promise<Connection>
  readonly #randomness: Randomness
  readonly #now: (() => EpochMs) | undefined
  readonly #observer: StorageObserver
  readonly #ended: () => void
  readonly #mailKept: () => void
  #connection: Connection | undefined
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #closed = false

  /**
   * @param observer - Told of every transaction, and of what is on record once it is durable.
   * @param ended - Told after each commit that asked for an end.
   * @param mailKept - Told after each commit that may have kept a mail to be sent.
   * @param now - A clock to judge by instead of the database's; for tests.
   */
  constructor(options: {
    readonly connect: () => Promise<Connection>
    readonly randomness: Randomness
    readonly now: (() => EpochMs) | undefined
    readonly observer: StorageObserver
    readonly ended: () => void
    readonly mailKept: () => void
  }) {
    this.#connect = options.connect
    this.#randomness = options.randomness
    this.#now = options.now
    this.#observer = options.observer
    this.#ended = options.ended
    this.#mailKept = options.mailKept
  }

  /** Puts in a connection that was opened before. */
  seed(connection: Connection): void {
    this.#connection = connection
  }

  /** Does work in the next shared transaction; resolves to its answer once the commit is durable. */
  commit<T>(work: Work<T>, role: Role = 'neither'): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new StorageUnavailable('The database is closed', { outcome: 'nothing_happened' }))
    }
    return new Promise<T>((resolve, reject) => {
      const origin = this.#observer.origin()
      this.#waiting.push({ work, role, origin, resolve: resolve as (value: unknown) => void, reject })
      this.#running ??= this.#runAll()
    })
  }

  /** Finishes what was handed over, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#connection?.close()
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise(setImmediate)
      await this.#run(this.#take())
    }
    this.#running = undefined
  }

  #take(): readonly Waiting[] {
    const apart = this.#waiting.findIndex(({ role }) => role === 'apart')
    if (apart === 0) return this.#waiting.splice(0, 1)
    const together = this.#taken()
    return this.#waiting.splice(0, apart < 0 ? together : Math.min(together, apart))
  }

  /** How many of those that wait may share the next transaction, whoever wants one to themselves. */
  #taken(): number {
    const end = this.#waiting.findIndex(({ role }) => role === 'ends_many' || role === 'ends_and_starts')
    const starts = (role: Role) => role === 'starts' || role === 'ends_and_starts'
    const start = end < 0 ? -1 : this.#waiting.findIndex(({ role }, place) => place > end && starts(role))
    return start < 0 ? batchMost : Math.min(start, batchMost)
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const begun = performance.now()
    try {
      const answers = await this.#attemptOften(batch.map(({ work }) => work))
      this.#tell(batch, begun, 'done')
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index])
    } catch (error) {
      this.#tell(batch, begun, error instanceof TransactionFailed ? error.outcome : 'nothing_happened')
      if (batch.length > 1 && isOfItsOwn(error)) {
        const middle = Math.ceil(batch.length / 2)
        await this.#run(batch.slice(0, middle))
        await this.#run(batch.slice(middle))
        return
      }
      const reason = error instanceof TransactionFailed ? error.unavailable : asUnavailable(error, 'nothing_happened')
      for (const { reject } of batch) reject(reason)
    }
  }

  #tell(batch: readonly Waiting[], begun: number, outcome: 'done' | StorageUnavailable['outcome']): void {
    this.#observer.batchDone({
      kind: 'commit',
      size: batch.length,
      durationMs: performance.now() - begun,
      outcome,
      origins: originsOf(batch),
    })
  }

  async #attemptOften(works: readonly Work<unknown>[]): Promise<readonly unknown[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(works)
      } catch (error) {
        if (attempt === attemptsMost || !(error instanceof TransactionFailed) || !isPassing(error.reason)) throw error
      }
    }
  }

  async #attempt(works: readonly Work<unknown>[]): Promise<readonly unknown[]> {
    if (this.#connection?.usable !== true) this.#connection = await this.#connect()
    const connection = this.#connection
    const needs = new Needs()
    const decisions = works.map((work) => work(needs))
    const loads = needs.loads()
    const statements = loads.map(({ statement }) => statement)
    const rows = needs.reads ? await beginWith(connection, statements) : []
    const changes = new Changes()
    let answers: readonly ((ended: Ended) => unknown)[]
    let writes: ReturnType<Changes['statements']>
    try {
      const loaded = new Loaded(needs, loads, rows, this.#now)
      answers = decisions.map((decide) => decide(loaded, changes))
      writes = changes.statements(() => this.#randomness.bytes(32))
    } catch (error) {
      if (needs.reads) await giveUp(connection)
      throw error
    }
    // Where nothing has to be read first, the locks go with the rest: all is one round trip.
    const last = await commitWith(connection, needs.reads ? writes : [...statements, ...writes], needs.reads)
    if (changes.endsSomething) this.#ended()
    if (changes.owesMail) this.#mailKept()
    const ended = new Ended(changes.endsSomething ? (last.at(-1 - changes.statementsAfterEnds) ?? []) : [])
    changes.report(this.#observer, ended)
    return answers.map((answer) => answer(ended))
  }
}

/** Whether a batch failed because of what is in it, and not because the database could not be reached or kept silent. */
function isOfItsOwn(error: unknown): boolean {
  if (error instanceof TransactionFailed) return error.reason instanceof StatementRefused && !error.reason.fatal
  return !isPostgresFailure(error) && !(error instanceof StorageUnavailable)
}
