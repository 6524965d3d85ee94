import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { SqliteLocation } from '../../src/adapters/sqlite/open-database.ts'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { Storage } from '../../src/ports/storage.ts'
import type { LastingTestDatabase } from '../storage-conformance/test-database.ts'
import { SqliteContents } from './sqlite-contents.ts'

/** A directory of its own, removed with all that is in it. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'adjourn-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The SQLite adapter under test. */
export class SqliteTestDatabase extends SqliteContents implements LastingTestDatabase {
  readonly location: SqliteLocation
  readonly #directory: Disposable | undefined
  readonly #open: () => Storage
  #storage: Storage
  /** Every connection that was opened, the last one being in use. */
  readonly connections: DatabaseSync[] = []

  private constructor(
    location: SqliteLocation,
    directory: Disposable | undefined,
    options: { readonly clock: Clock; readonly randomness: Randomness },
  ) {
    super()
    this.location = location
    this.#directory = directory
    this.#open = () =>
      openSqliteStorage({ ...options, location, opened: (database) => void this.connections.push(database) })
    this.#storage = this.#open()
  }

  static inMemory(options: { readonly clock: Clock; readonly randomness: Randomness }): SqliteTestDatabase {
    return new SqliteTestDatabase({ kind: 'sqlite-memory' }, undefined, options)
  }

  static inFile(options: { readonly clock: Clock; readonly randomness: Randomness }): SqliteTestDatabase {
    const directory = temporaryDirectory()
    return new SqliteTestDatabase({ kind: 'sqlite', path: join(directory.path, 'adjourn.db') }, directory, options)
  }

  /** In a file that somebody else looks after. */
  static at(path: string, options: { readonly clock: Clock; readonly randomness: Randomness }): SqliteTestDatabase {
    return new SqliteTestDatabase({ kind: 'sqlite', path }, undefined, options)
  }

  get storage(): Storage {
    return this.#storage
  }

  override get connection(): DatabaseSync {
    const connection = this.connections.at(-1)
    if (connection === undefined) throw new Error('Cannot look into the database as it was never opened')
    return connection
  }

  /** Where the file is. */
  get path(): string {
    if (this.location.kind !== 'sqlite') throw new Error('Cannot name the file of a database in memory')
    return this.location.path
  }

  async reopen(): Promise<void> {
    await this.#storage.close()
    this.#storage = this.#open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage.close()
    this.#directory?.[Symbol.dispose]()
  }
}
