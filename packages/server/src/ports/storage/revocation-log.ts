import type { LogEntry } from '../../domain/revocation-log.ts'

/** The ordered record of what ended. Its numbers have no gap and follow the order of commits. */
export interface RevocationLog {
  logHead(): Promise<LogHead>
  /** Up to `limit` entries with a number above `after`, in order. */
  readLog(after: number, limit: number): Promise<readonly LogEntry[]>
  /**
   * Follows the log: hands a follower every entry with a number above `after`, each once and in order, those of other nodes
   * and of later commits too. Entries that were pruned before it comes to them are gone.
   *
   * A page is handed over when the follower is done with the one before, so a slow one holds up nobody. While the database
   * does not answer nothing comes, and then it goes on where it was. How far the log has come only `logHead` can say.
   *
   * Resolves when the signal says stop or the storage is closed. Rejects with what the follower threw: then whoever follows
   * anew begins behind the last entry that was dealt with.
   */
  followLog(after: number, follower: LogFollower, signal: AbortSignal): Promise<void>
  /** The batches that the hash chain is made of, in order: one per commit that ended something. */
  readLogBatches(after: number, limit: number): Promise<readonly LogBatch[]>
}

/** Told of entries in order. The next ones wait until it is done. */
export type LogFollower = (entries: readonly LogEntry[]) => void | Promise<void>

export interface LogHead {
  readonly n: number
  readonly chain: Uint8Array
}

export interface LogBatch {
  /** The number of the batch's last entry. */
  readonly n: number
  readonly entries: number
  readonly digest: Uint8Array
  readonly chain: Uint8Array
}
