import type { DatabaseSync } from 'node:sqlite'
import { assertRunsBeside, type Migrated, type Migration, type SchemaState } from '../stored/migration.ts'
import { integer } from '../stored/row.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { installation } from './migrations/0002-installation.ts'
import { moved } from './migrations/0003-moved.ts'
import { liveRefreshTokens } from './migrations/0004-live-refresh-tokens.ts'
import { administration } from './migrations/0005-administration.ts'

/** In order; the place in this list is the schema's version. A released migration is never edited. */
export const migrations: readonly Migration[] = [foundation, installation, moved, liveRefreshTokens, administration]

/**
 * Brings a database to the newest schema, from any released one. Each step is one transaction, so a process that dies
 * in between leaves the database at a version from which the next start goes on.
 *
 * @param steps - Other steps than this program's own; tests make up what a later version may bring.
 * @throws {SchemaTooNew} When the database is newer than this code and may not be used with it; nothing is changed.
 */
export function migrate(database: DatabaseSync, steps: readonly Migration[] = migrations): Migrated {
  const before = schemaState(database)
  assertRunsBeside(before, steps.length)
  const applied: string[] = []
  for (const [index, { name, oldestBeside, sql }] of steps.entries()) {
    if (index < before.version) continue
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS schema_compatibility (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        oldest_beside INTEGER NOT NULL
      ) STRICT;
      ${sql};
      INSERT INTO schema_compatibility (one, oldest_beside) VALUES (1, ${oldestBeside})
        ON CONFLICT (one) DO UPDATE SET oldest_beside = max(oldest_beside, excluded.oldest_beside);
      PRAGMA user_version = ${index + 1};
      COMMIT`)
    applied.push(name)
  }
  return { applied, version: schemaState(database).version, known: steps.length }
}

/** What the file says of its schema. Where it does not say who may use it, nobody but its equals may. */
export function schemaState(database: DatabaseSync): SchemaState {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  const isKept = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_compatibility'`).get()
  const row =
    isKept === undefined ? undefined : database.prepare('SELECT oldest_beside FROM schema_compatibility').get()
  return { version, oldestBeside: row === undefined ? version : integer(row, 'oldest_beside') }
}
