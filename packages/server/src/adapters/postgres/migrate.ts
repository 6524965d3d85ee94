import { integer } from '../stored/row.ts'
import { SchemaTooNew } from '../stored/schema-too-new.ts'
import type { Connection } from './connection.ts'
import { migrationLock } from './locks.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { installation } from './migrations/0002-installation.ts'

/** In order; the place in this list is the schema's version. A released migration is never edited. */
const migrations: readonly string[] = [foundation, installation]

/** A migration may have to rewrite a large table. */
const migrationMs = 60 * 60_000

/**
 * Brings a database to the newest schema, from any released one. Any number of nodes may do so at once: each step is one
 * transaction under a lock, so one of them takes it and the others find it taken.
 *
 * @throws {SchemaTooNew} When the database is newer than this code; nothing is changed.
 */
export async function migrate(connection: Connection): Promise<void> {
  // Without a lock and without a write where there is nothing to do, as at most starts.
  if ((await schemaVersion(connection)) === migrations.length) return
  for (;;) {
    await connection.runSimple('BEGIN')
    // The limit on waiting for locks is for requests; another node's migration may take longer.
    await connection.runSimple('SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0')
    await connection.runSimple(migrationLock, migrationMs)
    await connection.runSimple(
      'CREATE TABLE IF NOT EXISTS schema_version (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL)',
    )
    const version = await schemaVersion(connection)
    const migration = migrations[version]
    if (migration === undefined) {
      await connection.runSimple('ROLLBACK')
      if (version === migrations.length) return
      throw new SchemaTooNew(
        `Cannot open the database as its schema has version ${version}: this version of Adjourn knows ${migrations.length}`,
      )
    }
    await connection.runSimple(migration, migrationMs)
    await connection.run({
      text: `INSERT INTO schema_version VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET version = excluded.version`,
      parameters: [version + 1],
    })
    await connection.runSimple('COMMIT')
  }
}

/** 0 for a database that holds nothing of ours. */
async function schemaVersion(connection: Connection): Promise<number> {
  const [table] = await connection.rows(`SELECT (to_regclass('schema_version') IS NOT NULL)::int AS exists`)
  if (table?.['exists'] !== 1) return 0
  const [row] = await connection.rows('SELECT version FROM schema_version')
  return row === undefined ? 0 : integer(row, 'version')
}
