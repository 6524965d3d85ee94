import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Migrated } from '../stored/migration.ts'
import { FileIdentity } from './file-identity.ts'
import { migrate } from './migrate.ts'
import { assertNotMoved } from './moved.ts'

export type SqliteLocation = { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'sqlite-memory' }

export interface OpenedDatabase {
  readonly database: DatabaseSync
  /** `null` for a database in memory, which nobody can take away. */
  readonly file: FileIdentity | null
  readonly migrated: Migrated
}

/** Another process holds the database file. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse'
}

/**
 * Opens the database, holds its file for this process alone, and brings the schema up to date.
 *
 * A commit is on the disk before it is answered (`synchronous=FULL`); the lock is exclusive, so that nothing can end a
 * session behind the back of the index in memory.
 *
 * @param options.evenIfMoved - Opens also what a move has left behind.
 * @throws {DatabaseInUse} When another process holds the file.
 * @throws {SchemaTooNew} When a newer version wrote it, and this one may not be used with it.
 * @throws {InstallationMoved} When a move has left it behind.
 */
export function openDatabase(
  location: SqliteLocation,
  { evenIfMoved = false }: { readonly evenIfMoved?: boolean } = {},
): OpenedDatabase {
  if (location.kind === 'sqlite-memory') {
    const database = new DatabaseSync(':memory:')
    configure(database)
    return { database, file: null, migrated: migrate(database) }
  }
  const path = resolve(location.path)
  makePrivateFile(path)
  const { database, prepared: migrated } = holdFile(path, (held) => {
    // Before anything is changed in it.
    if (!evenIfMoved) assertNotMoved(held, path)
    return migrate(held)
  })
  // Where SQLite says it is, because it writes the log beside the file that a symbolic link points at.
  const opened = database.location() ?? path
  return { database, file: new FileIdentity([opened, `${opened}-wal`]), migrated }
}

/**
 * Opens a file that exists for nothing but to be copied: its schema stays as it is. Other processes are kept out.
 *
 * @throws {DatabaseInUse} When another process holds the file.
 */
export function openToCopy(path: string): DatabaseSync {
  return hold(resolve(path), (held) => held.exec('BEGIN IMMEDIATE; COMMIT')).database
}

/**
 * Opens a file that exists and holds it for this process alone, until the connection is closed.
 *
 * @param prepare - What has to be done or found out first; afterwards the file must have the schema.
 * @throws {DatabaseInUse} When another process holds the file.
 */
export function holdFile<T>(path: string, prepare: (database: DatabaseSync) => T): Held<T> {
  return hold(path, (held) => {
    const prepared = prepare(held)
    // The lock is taken by the first write, and the file of the write-ahead log appears with it.
    held.exec('BEGIN IMMEDIATE; UPDATE log_head SET n = n; COMMIT')
    return prepared
  })
}

interface Held<T> {
  readonly database: DatabaseSync
  readonly prepared: T
}

function hold<T>(path: string, prepare: (database: DatabaseSync) => T): Held<T> {
  const database = new DatabaseSync(path)
  try {
    configure(database)
    return { database, prepared: prepare(database) }
  } catch (cause) {
    database.close()
    if (isLocked(cause)) {
      throw new DatabaseInUse(`Cannot open ${path} as another process is using it`, { cause })
    }
    throw cause
  }
}

/** SQLite's own 2 MiB are less than the index of a hundred thousand sessions: every check would ask the system for pages. */
const cacheKiB = 65_536

function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -${cacheKiB};
  `)
}

/**
 * The file holds hashes and, without a key-encryption key, private keys: nobody else on the machine may read it. A file that
 * exists is not opened here: closing it would let go of a lock that this process may already hold on it.
 */
function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
}

/** SQLITE_BUSY and SQLITE_LOCKED, and their extended codes. */
function isLocked(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === 5 || code === 6
}
