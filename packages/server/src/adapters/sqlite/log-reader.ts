import type { DatabaseSync } from 'node:sqlite'
import type { LogEntry } from '../../domain/revocation-log.ts'
import type { LogBatch, LogHead } from '../../ports/storage.ts'
import { logEntryOf } from '../stored/records.ts'
import { blob, integer } from '../stored/row.ts'

/** Reads the revocation log for those who follow it. */
export class LogReader {
  readonly #head
  readonly #entries
  readonly #batches

  constructor(database: DatabaseSync) {
    this.#head = database.prepare('SELECT n, chain FROM log_head WHERE one = 1')
    this.#entries = database.prepare('SELECT * FROM revocation_log WHERE n > ? ORDER BY n LIMIT ?')
    this.#batches = database.prepare('SELECT * FROM log_batch WHERE n > ? ORDER BY n LIMIT ?')
  }

  head(): LogHead {
    const row = this.#head.get()
    if (row === undefined) throw new RangeError('Cannot read the revocation log as it has no head')
    return { n: integer(row, 'n'), chain: blob(row, 'chain') }
  }

  entries(after: number, limit: number): readonly LogEntry[] {
    return this.#entries.all(after, limit).map(logEntryOf)
  }

  batches(after: number, limit: number): readonly LogBatch[] {
    return this.#batches.all(after, limit).map((row) => ({
      n: integer(row, 'n'),
      entries: integer(row, 'entries'),
      digest: blob(row, 'digest'),
      chain: blob(row, 'chain'),
    }))
  }
}
