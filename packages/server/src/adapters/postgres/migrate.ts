import { assertRunsBeside, type Migrated, type Migration } from '../stored/migration.ts'
import type { Connection } from './connection.ts'
import { migrationLock } from './locks.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { installation } from './migrations/0002-installation.ts'
import { administration } from './migrations/0003-administration.ts'
import { keepOlderProgramsAway } from './programs-at-work.ts'
import { schemaState } from './schema-state.ts'

/** In order; the place in this list is the schema's version. A released migration is never edited. */
export const migrations: readonly Migration[] = [foundation, installation, administration]

/** A migration may have to rewrite a large table. */
const migrationMs = 60 * 60_000

/**
 * Brings a database to the newest schema, from any released one. Any number of nodes may do so at once: each step is one
 * transaction under a lock, so one of them takes it and the others find it taken.
 *
 * @param steps - Other steps than this program's own; tests make up what a later version may bring.
 * @throws {SchemaTooNew} When the database is newer than this code and may not be used with it; nothing is changed.
 * @throws {OlderProgramsAtWork} When a step has to wait until programs of an older version are gone.
 */
export async function migrate(connection: Connection, steps: readonly Migration[] = migrations): Promise<Migrated> {
  const applied: string[] = []
  for (;;) {
    // Without a lock and without a write where there is nothing to do, as at most starts.
    const state = await schemaState(connection)
    assertRunsBeside(state, steps.length)
    if (state.version >= steps.length) return { applied, version: state.version, known: steps.length }
    await connection.runSimple('BEGIN')
    try {
      const name = await takeNextStep(connection, steps)
      await connection.runSimple('COMMIT')
      if (name !== undefined) applied.push(name)
    } catch (error) {
      if (connection.usable) await connection.runSimple('ROLLBACK')
      throw error
    }
  }
}

/** Takes the next step, if one is left, in the transaction that has begun. Gives its name. */
export async function takeNextStep(
  connection: Connection,
  steps: readonly Migration[] = migrations,
): Promise<string | undefined> {
  // The limit on waiting for locks is for requests; another node's migration may take longer.
  await connection.runSimple('SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0')
  await connection.runSimple(migrationLock, migrationMs)
  await connection.runSimple(`
    CREATE TABLE IF NOT EXISTS schema_version (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL);
    ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS oldest_beside bigint`)
  const { version } = await schemaState(connection)
  const step = steps[version]
  if (step === undefined) return undefined
  await keepOlderProgramsAway(connection, step)
  await connection.runSimple(step.sql, migrationMs)
  await connection.run({
    text: `
      INSERT INTO schema_version AS v (one, version, oldest_beside) VALUES (true, $1, $2)
      ON CONFLICT (one) DO UPDATE
        SET version = excluded.version, oldest_beside = greatest(v.oldest_beside, excluded.oldest_beside)`,
    parameters: [version + 1, step.oldestBeside],
  })
  return step.name
}
