import { StorageUnavailable } from '../../ports/storage.ts'
import type { Connection } from './connection.ts'
import { asUnavailable, ConnectionLost, isPostgresFailure } from './failures.ts'

interface Place {
  connection: Promise<Connection> | undefined
  users: number
}

/**
 * A few connections that are opened when they are needed, and given up when something is wrong with them.
 *
 * A call that finds no connection opens one; while the database cannot be reached, every call finds that out for itself.
 */
export class Pool {
  readonly #open: () => Promise<Connection>
  readonly #places: readonly Place[]
  #closed = false

  constructor(open: () => Promise<Connection>, size: number) {
    this.#open = open
    this.#places = Array.from({ length: size }, () => ({ connection: undefined, users: 0 }))
  }

  /** Puts in a connection that was opened before. */
  seed(connection: Connection): void {
    const [first] = this.#places
    if (first !== undefined) first.connection = Promise.resolve(connection)
  }

  /**
   * Runs work on a connection that others may use at the same time: for single statements.
   *
   * @throws {StorageUnavailable} When the database could not be asked; `nothing_happened`, since nothing here writes.
   */
  async read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await this.use(work)
    } catch (error) {
      throw asUnavailable(error, 'nothing_happened')
    }
  }

  /** The same, with the failures as they are. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError()
    const place = this.#places.reduce((least, each) => (each.users < least.users ? each : least))
    place.users += 1
    try {
      return await work(await this.#connectionAt(place))
    } finally {
      place.users -= 1
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const place of this.#places) {
      try {
        await (await place.connection)?.close()
      } catch (error) {
        if (!isPostgresFailure(error)) throw error
      }
      place.connection = undefined
    }
  }

  async #connectionAt(place: Place): Promise<Connection> {
    const before = place.connection
    const current = await before?.catch(() => undefined)
    if (current?.usable === true) return current
    if (this.#closed) throw closedError()
    // Unless somebody else has begun to open another meanwhile.
    if (place.connection === before || place.connection === undefined) place.connection = this.#open()
    const opened = await place.connection
    if (!opened.usable) throw new ConnectionLost('The connection to the database was lost as soon as it was opened')
    return opened
  }
}

function closedError(): StorageUnavailable {
  return new StorageUnavailable('The database is closed', { outcome: 'nothing_happened' })
}
