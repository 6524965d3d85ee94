/** Which parts keep the data, by the configuration: for the server and for the commands beside it. */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openSqliteStorage } from './adapters/sqlite/sqlite-storage.ts'
import { WitnessFile } from './adapters/witness/witness-file.ts'
import type { Configuration, DatabaseLocation } from './config/configuration.ts'
import type { Clock } from './ports/clock.ts'
import type { StorageObserver } from './ports/measurements.ts'
import type { Randomness } from './ports/randomness.ts'
import type { Storage } from './ports/storage.ts'
import type { WitnessKeeper } from './ports/witness.ts'

/**
 * Opens the database.
 *
 * @param parts.keeper - Of the witness by which the database is known again; without one it is taken as it is.
 */
export async function openStorage(parts: {
  readonly location: DatabaseLocation
  /** The machine's. Where several nodes share a database, it only tells how much time passes. */
  readonly clock: Clock
  readonly randomness: Randomness
  readonly keeper?: WitnessKeeper | undefined
  /** Told of what happens in it; without one nobody is. */
  readonly observer?: StorageObserver | undefined
  /** In place of the clock of a PostgreSQL server; for tests. */
  readonly databaseClock?: Clock | undefined
  /** How long a PostgreSQL database may keep silent; tests have less patience. */
  readonly databaseAnswersWithinMs?: number | undefined
  /** Told after each commit of this process that may have kept a mail to be sent. */
  readonly mailKept?: (() => void) | undefined
  readonly databaseOpened?: ((database: DatabaseSync) => void) | undefined
}): Promise<Storage> {
  const { location, clock, randomness, keeper, observer, mailKept, databaseOpened } = parts
  const known = { ...(keeper === undefined ? {} : { keeper }), ...(observer === undefined ? {} : { observer }) }
  // On PostgreSQL sessions are judged by the database's clock, since there may be many servers.
  if (location.kind === 'postgres') {
    const { databaseClock, databaseAnswersWithinMs: answerWithinMs } = parts
    // A start on SQLite has no use for any of it.
    const { openPostgresStorage } = await import('./adapters/postgres/postgres-storage.ts')
    return openPostgresStorage({
      location,
      randomness,
      nodeClock: clock,
      clock: databaseClock,
      answerWithinMs,
      mailKept,
      ...known,
    })
  }
  const opened = databaseOpened === undefined ? {} : { opened: databaseOpened }
  return openSqliteStorage({ location, clock, randomness, mailKept, ...opened, ...known })
}

/** The file of the witness, as configured or by default; `undefined` for a database in memory, which nobody can put back. */
export function witnessFile(
  { database, witness }: Pick<Configuration, 'database' | 'witness'>,
  failed: (error: unknown) => void,
): WitnessFile | undefined {
  switch (database.kind) {
    case 'sqlite-memory':
      return undefined
    case 'sqlite':
      return new WitnessFile(witness ?? `${database.path}-witness`, failed)
    case 'postgres':
      return new WitnessFile(witness ?? join('data', `${encodeURIComponent(database.database)}-witness`), failed)
  }
}
