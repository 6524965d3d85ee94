import type { DatabaseSync } from 'node:sqlite'
import { SchemaTooNew } from '../stored/schema-too-new.ts'
import { foundation } from './migrations/0001-foundation.ts'
import { installation } from './migrations/0002-installation.ts'

/** In order; the place in this list is the schema's version. A released migration is never edited. */
const migrations: readonly string[] = [foundation, installation]

/**
 * Brings a database to the newest schema, from any released one. Each step is one transaction, so a process that dies
 * in between leaves the database at a version from which the next start goes on.
 *
 * @throws {SchemaTooNew} When the database is newer than this code; nothing is changed.
 */
export function migrate(database: DatabaseSync): void {
  const version = schemaVersion(database)
  if (version > migrations.length) {
    throw new SchemaTooNew(
      `Cannot open the database as its schema has version ${version}: this version of Adjourn knows ${migrations.length}`,
    )
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    database.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}
