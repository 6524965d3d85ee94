import type { EpochMs } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import { integer } from '../stored/row.ts'
import type { Connection } from './connection.ts'

/** SQL for what time it is by the database, as the moment it is evaluated and not as its transaction began. */
export const databaseTime = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/**
 * The database's clock as a node knows it: by readings, and by its own clock in between.
 *
 * Every time that a node gives (when a session began, until when a code or a token is good) is given by this clock, so
 * that nodes whose own clocks differ by minutes agree within the time that a question takes. A node's own clock only says
 * how much time has passed since a reading; best is one that nobody sets.
 */
export class DatabaseClock implements Clock {
  readonly #node: Clock
  /** How far the database's clock is ahead of the node's: somewhere from `least` to `most`. */
  #ahead: { readonly least: number; readonly most: number } | undefined

  /** @param node - Tells how much time passes between readings. */
  constructor(node: Clock) {
    this.#node = node
  }

  /** @throws {RangeError} Before the first reading: the node's own clock is no substitute. */
  now(): EpochMs {
    if (this.#ahead === undefined) throw new RangeError('Cannot tell the time as the database was not asked for it yet')
    const { least, most } = this.#ahead
    return Math.floor(this.#node.now() + (least + most) / 2)
  }

  /** Asks the database what time it is. */
  async readFrom(connection: Connection): Promise<void> {
    await this.during(
      () => connection.rows(`SELECT ${databaseTime} AS read_at`),
      ([row]) => (row === undefined ? undefined : integer(row, 'read_at')),
    )
  }

  /**
   * Takes a reading from a question that is asked anyway.
   *
   * @param readAt - The database's time in the answer, where there is one.
   */
  async during<Answer>(ask: () => Promise<Answer>, readAt: (answer: Answer) => EpochMs | undefined): Promise<Answer> {
    const asked = this.#node.now()
    const answer = await ask()
    const at = readAt(answer)
    if (at !== undefined) this.#note({ least: at - this.#node.now(), most: at - asked })
    return answer
  }

  /** A long answer says little about when it was read, so the reading before it is kept as long as the two agree. */
  #note(reading: { readonly least: number; readonly most: number }): void {
    const { least, most } = this.#ahead ?? reading
    const isNearer = reading.most - reading.least <= most - least
    const contradicts = reading.least > most || reading.most < least
    if (isNearer || contradicts) this.#ahead = reading
  }
}
