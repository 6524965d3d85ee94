import type { LogEntry } from '../../domain/revocation-log.ts'
import type { LogFollower } from '../../ports/storage.ts'
import { followLog } from '../following/follow-log.ts'
import { Wakings } from '../following/wakings.ts'
import { logEntryOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Connection } from './connection.ts'
import { revocationChannel } from './notifier.ts'
import { Pool } from './pool.ts'

/** Entries above a number, in order. */
export const entriesText = `
  SELECT ${columnsOfTable('revocation_log')} FROM revocation_log WHERE n > $1 ORDER BY n LIMIT $2::bigint`

/** A network that swallows everything holds followers up for no longer than this. */
const answerWithinMs = 5_000

/**
 * Those who follow the log at this node, on a connection of their own: it listens to what other nodes tell after their
 * commits, and the log is read on it too, so that its loss is noticed and followers never stand in the way of a check.
 * Before anybody follows there is no connection.
 */
export class Followers {
  readonly #wakings = new Wakings()
  readonly #connection: Pool
  readonly #lookEveryMs: number
  readonly #closing = new AbortController()

  /**
   * @param connect - Opens a connection that tells of notifications.
   * @param lookEveryMs - How often the log is looked at without being told.
   */
  constructor(connect: (notified: () => void) => Promise<Connection>, lookEveryMs: number) {
    this.#lookEveryMs = lookEveryMs
    this.#connection = new Pool(async () => {
      const connection = await connect(() => this.wake())
      try {
        await connection.runSimple(`LISTEN ${revocationChannel}`, answerWithinMs)
        return connection
      } catch (error) {
        connection.destroy()
        throw error
      }
    }, 1)
  }

  /** The log has grown. */
  wake(): void {
    this.#wakings.wake()
  }

  /** See `RevocationLog.followLog`. */
  follow(after: number, follower: LogFollower, signal: AbortSignal): Promise<void> {
    return followLog({
      after,
      read: (from, limit) => this.#read(from, limit),
      follower,
      wakings: this.#wakings,
      lookEveryMs: this.#lookEveryMs,
      signal: AbortSignal.any([signal, this.#closing.signal]),
    })
  }

  /** Stops all following and lets go of the connection. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#connection.close()
  }

  async #read(after: number, limit: number): Promise<readonly LogEntry[]> {
    const { rows } = await this.#connection.read((connection) =>
      connection.run({ text: entriesText, parameters: [after, limit] }, answerWithinMs),
    )
    return rows.map(logEntryOf)
  }
}
