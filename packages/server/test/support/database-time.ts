import type { Sql } from 'postgres'
import type { EpochMs } from '../../src/domain/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { PostgresServer } from './postgres-server.ts'

/**
 * The clock of a PostgreSQL database, which stands still until a test moves it: the database finds this one before its own.
 * The clocks of the nodes go with it, each wrong by its own amount.
 */
export class DatabaseTime implements AsyncDisposable {
  readonly #sql: Sql
  #now: EpochMs = Date.UTC(2026, 0, 15, 9, 30)

  private constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Takes over the clock of a database. Connections that are open already go by the old one. */
  static async of(server: PostgresServer, database: string): Promise<DatabaseTime> {
    const sql = server.look(database)
    const time = new DatabaseTime(sql)
    await sql.unsafe(`
      CREATE SCHEMA moved;
      CREATE TABLE moved.clock (at timestamptz NOT NULL);
      INSERT INTO moved.clock VALUES (to_timestamp(${time.#now / 1000}));
      CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT at FROM moved.clock';
      ALTER DATABASE ${database} SET search_path = public, moved, pg_catalog`)
    return time
  }

  now(): EpochMs {
    return this.#now
  }

  /** The clock of a machine that is ahead of the database by so much, or behind. */
  aheadBy(ms: number): Clock {
    return { now: () => this.#now + ms }
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms
    await this.#sql`UPDATE moved.clock SET at = to_timestamp(${this.#now / 1000})`
  }

  /** Goes on to a moment. */
  async reach(at: EpochMs): Promise<void> {
    await this.advance(at - this.#now)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 })
  }
}
