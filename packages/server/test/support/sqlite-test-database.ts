import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { SqliteLocation } from '../../src/adapters/sqlite/open-database.ts'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId, MemberId, Sid } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { Storage } from '../../src/ports/storage.ts'
import type { LastingTestDatabase, OwedNotice, Table } from '../storage-conformance/test-database.ts'
import { insertClientRow } from './client-row.ts'

/** A directory of its own, removed with all that is in it. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'adjourn-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The SQLite adapter under test. Looks into the database through the very connection that the adapter holds. */
export class SqliteTestDatabase implements LastingTestDatabase {
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

  get connection(): DatabaseSync {
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

  async addClient(client: Client): Promise<void> {
    insertClientRow(this.connection, client)
  }

  async setMemberStatus(id: MemberId, status: MemberStatus): Promise<void> {
    this.connection.prepare('UPDATE member SET status = ? WHERE id = ?').run(status, id)
  }

  async count(table: Table): Promise<number> {
    return Number(this.connection.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])
  }

  async notices(): Promise<readonly OwedNotice[]> {
    return this.connection
      .prepare('SELECT log_n, client_id, member_id, sid, kind, state FROM notice ORDER BY id')
      .all()
      .map((row) => ({
        logN: Number(row['log_n']),
        clientId: String(row['client_id']) as ClientId,
        memberId: row['member_id'] === null ? null : (String(row['member_id']) as MemberId),
        sid: row['sid'] === null ? null : (String(row['sid']) as Sid),
        kind: String(row['kind']),
        state: String(row['state']),
      }))
  }

  async dump(): Promise<string> {
    return dumpOf(this.connection)
  }

  async breakWrites(table: Table): Promise<void> {
    for (const write of ['INSERT', 'UPDATE', 'DELETE']) {
      this.connection.exec(`
        CREATE TEMP TRIGGER broken_${table}_${write} BEFORE ${write} ON main.${table}
        BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
    }
  }

  async mend(): Promise<void> {
    const triggers = this.connection.prepare(`SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'`).all()
    for (const { name } of triggers) this.connection.exec(`DROP TRIGGER temp.${String(name)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage.close()
    this.#directory?.[Symbol.dispose]()
  }
}

/** Every row of every table, `sqlite_sequence` included, bytes in hexadecimal. */
function dumpOf(database: DatabaseSync): string {
  const tables = database.prepare(`SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name`).all()
  return tables
    .flatMap(({ name }) => [
      `-- ${String(name)}`,
      ...database
        .prepare(`SELECT * FROM ${String(name)} ORDER BY 1`)
        .all()
        .map((row) =>
          JSON.stringify(row, (_, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
          ),
        ),
    ])
    .join('\n')
}
