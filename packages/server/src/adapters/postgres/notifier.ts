import type { Connection } from './connection.ts'
import { isPostgresFailure } from './failures.ts'

/** Where followers of the revocation log listen. */
export const revocationChannel = 'adjourn_revocations'

/**
 * Wakes those who follow the revocation log, after commits, on a connection of its own: within the transaction it would
 * hold up every other commit of the database. Many commits while one call is under way are told in one.
 *
 * Nothing depends on it: who is not woken reads a little later.
 */
export class Notifier {
  readonly #connect: () => Promise<Connection>
  #connection: Connection | undefined
  #isDue = false
  #telling: Promise<void> | undefined

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect
  }

  /** The log has grown. */
  wake(): void {
    this.#isDue = true
    this.#telling ??= this.#tell()
  }

  async close(): Promise<void> {
    await this.#telling
    await this.#connection?.close()
  }

  async #tell(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false
      try {
        if (this.#connection?.usable !== true) this.#connection = await this.#connect()
        await this.#connection.run({ text: `SELECT pg_notify($1, '')`, parameters: [revocationChannel] })
      } catch (error) {
        if (!isPostgresFailure(error)) throw error
      }
    }
    this.#telling = undefined
  }
}
