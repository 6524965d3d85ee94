import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type Cause, causeCode } from '../../domain/cause.ts'
import type { GrantId, SessionId } from '../../domain/ids.ts'
import { batchDigest, commitmentOf, entryDigest, type LogEntry, nextChain } from '../../domain/revocation-log.ts'
import type { StorageObserver } from '../../ports/measurements.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { blob, integer } from '../stored/row.ts'
import { auditColumns, auditValuesOf, type Told } from './audit.ts'
import type { EndedIndex } from './ended-index.ts'
import { RowInsert } from './row-insert.ts'

/** The ends on record: what the index in memory says of sessions and of grants. */
export interface Ends {
  readonly sessions: EndedIndex
  readonly grants: EndedIndex
}

/** The statements by which a commit writes what ended and what is told; prepared once for a connection. */
export class CommitStatements {
  readonly head: StatementSync
  readonly appendEntries: RowInsert
  readonly appendBatch: StatementSync
  readonly moveHead: StatementSync
  readonly tell: RowInsert

  constructor(database: DatabaseSync) {
    this.head = database.prepare('SELECT n, chain FROM log_head WHERE one = 1')
    this.appendEntries = new RowInsert(database, 'revocation_log', [
      'n',
      'kind',
      'site_id',
      'session_id',
      'grant_id',
      'member_id',
      'visitor_id',
      'sids',
      'generation',
      'cause',
      'actor_kind',
      'actor_id',
      'at',
      'until',
      'request_id',
      'salt',
      'commitment',
    ])
    this.appendBatch = database.prepare('INSERT INTO log_batch (n, entries, digest, chain) VALUES (?, ?, ?, ?)')
    this.moveHead = database.prepare('UPDATE log_head SET n = ?, chain = ? WHERE one = 1')
    this.tell = new RowInsert(database, 'audit', auditColumns)
  }
}

/**
 * One transaction's share of the revocation log and of the audit.
 *
 * Entries get their numbers at once, because this connection is the only writer; they are written, the head moves, and the
 * chain grows by one step, when the transaction is sealed. What ended inside the transaction is visible to the rest of it,
 * and to the index only after the commit.
 */
export class Commit {
  readonly #statements: CommitStatements
  readonly #ends: Ends
  readonly #randomness: Randomness
  readonly #digests: Uint8Array[] = []
  /** Values of rows, one row after the other. */
  readonly #entries: SQLInputValue[] = []
  readonly #told: SQLInputValue[] = []
  readonly #records: Told[] = []
  readonly #endedSessions = new Map<SessionId, number>()
  readonly #endedGrants = new Map<GrantId, number>()
  #head: { n: number; chain: Uint8Array } | undefined

  constructor(statements: CommitStatements, ends: Ends, randomness: Randomness) {
    this.#statements = statements
    this.#ends = ends
    this.#randomness = randomness
  }

  /** The code of a session's end, or 0. Sees what this transaction ended. */
  sessionEnd(id: SessionId): number {
    return this.#endedSessions.get(id) ?? this.#ends.sessions.get(id)
  }

  /** The code of a grant's own end, or 0. Sees what this transaction ended. */
  grantEnd(id: GrantId): number {
    return this.#endedGrants.get(id) ?? this.#ends.grants.get(id)
  }

  noteSessionEnd(id: SessionId, cause: Cause): void {
    this.#endedSessions.set(id, causeCode(cause))
  }

  noteGrantEnd(id: GrantId, cause: Cause): void {
    this.#endedGrants.set(id, causeCode(cause))
  }

  /** Adds an entry and gives its number. */
  append(entry: Omit<LogEntry, 'n' | 'salt' | 'commitment'>): number {
    this.#head ??= this.#readHead()
    const salt = this.#randomness.bytes(16)
    const commitment = commitmentOf({ ...entry, salt })
    this.#digests.push(entryDigest({ ...entry, commitment }))
    const n = this.#head.n + this.#digests.length
    this.#entries.push(
      n,
      entry.kind,
      entry.siteId,
      entry.sessionId,
      entry.grantId,
      entry.memberId,
      entry.visitorId,
      entry.sids.join(' '),
      entry.generation,
      causeCode(entry.cause),
      entry.actor.kind,
      entry.actor.kind === 'system' ? null : entry.actor.id,
      entry.at,
      entry.until,
      entry.requestId,
      salt,
      commitment,
    )
    return n
  }

  /** Adds an audit record. */
  tell(told: Told): void {
    this.#told.push(...auditValuesOf(told))
    this.#records.push(told)
  }

  /** The last statements of the transaction: what ended, the chain's step and the head, and what is told. */
  seal(): void {
    this.#statements.tell.run(this.#told)
    if (this.#head === undefined) return
    this.#statements.appendEntries.run(this.#entries)
    const digest = batchDigest(this.#digests)
    const chain = nextChain(this.#head.chain, digest)
    const n = this.#head.n + this.#digests.length
    this.#statements.appendBatch.run(n, this.#digests.length, digest, chain)
    this.#statements.moveHead.run(n, chain)
  }

  /** Whether the log grows with it. */
  get endsSomething(): boolean {
    return this.#head !== undefined
  }

  /** Carries what ended into the index. Only after the transaction is committed. */
  publish(): void {
    for (const [id, code] of this.#endedSessions) this.#ends.sessions.set(id, code)
    for (const [id, code] of this.#endedGrants) this.#ends.grants.set(id, code)
  }

  /** Tells what is on record. Only after the transaction is committed. */
  report(observer: StorageObserver): void {
    for (const { event, cause } of this.#records) observer.recorded(event, cause ?? null, 1)
  }

  #readHead(): { n: number; chain: Uint8Array } {
    const row = this.#statements.head.get()
    if (row === undefined) throw new RangeError('Cannot append to the revocation log as it has no head')
    return { n: integer(row, 'n'), chain: blob(row, 'chain') }
  }
}
