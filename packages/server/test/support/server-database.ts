import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Sql } from 'postgres'
import { inject } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { DatabaseContents, TestDatabase } from '../storage-conformance/test-database.ts'
import { PostgresContents } from './postgres-contents.ts'
import { PostgresDatabases } from './postgres-databases.ts'
import { PostgresTestDatabase } from './postgres-test-database.ts'
import { send } from './send.ts'
import { SqliteContents } from './sqlite-contents.ts'
import { SqliteTestDatabase, temporaryDirectory } from './sqlite-test-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** On which kind of database servers keep what they know in this run of a test file. */
    readonly databaseKind: 'SQLite' | 'PostgreSQL'
  }
}

/** A database for servers of this or of another process. Goes with everything in it. */
export interface ServerDatabase extends AsyncDisposable {
  /** For `ADJOURN_DATABASE_URL`. */
  readonly url: string
  /**
   * What is in it while a server of this process runs on it.
   *
   * @param embedded - The server's own connection, where the database is embedded in it.
   */
  contents(embedded: DatabaseSync | undefined): DatabaseContents
  /** Resolves when what a server that was killed has sent to it is done or given up. */
  settled(): Promise<void>
  /** Opens it for who looks at what servers have left, once it is settled. */
  open(options: { readonly clock: Clock; readonly randomness: Randomness }): Promise<TestDatabase>
}

/** A new database of the kind that this run is about. One that is `passing` lives no longer than the server on it. */
export async function newServerDatabase(life: 'lasting' | 'passing' = 'lasting'): Promise<ServerDatabase> {
  if (inject('databaseKind') === 'PostgreSQL') return SharedServerDatabase.create()
  return life === 'passing' ? inMemory : new SqliteServerDatabase()
}

const inMemory: ServerDatabase = {
  url: 'sqlite::memory:',
  contents: sqliteContents,
  settled: async () => {},
  open: () => Promise.reject(new RangeError('Nobody but its server can open a database in memory')),
  [Symbol.asyncDispose]: async () => {},
}

/** A database in a file of its own. */
export class SqliteServerDatabase implements ServerDatabase {
  readonly #directory = temporaryDirectory()
  readonly path = join(this.#directory.path, 'data', 'adjourn.db')
  readonly url = `sqlite:${this.path}`

  contents(embedded: DatabaseSync | undefined): DatabaseContents {
    return sqliteContents(embedded)
  }

  async settled(): Promise<void> {}

  async open(options: { readonly clock: Clock; readonly randomness: Randomness }): Promise<TestDatabase> {
    return SqliteTestDatabase.at(this.path, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#directory[Symbol.dispose]()
  }
}

/** What is in a SQLite database, by the connection that a server of this process holds. */
export function sqliteContents(connection: DatabaseSync | undefined): DatabaseContents {
  if (connection === undefined) throw new Error('Cannot look into the database as the server opened none')
  return new OpenSqlite(connection)
}

class OpenSqlite extends SqliteContents {
  override readonly connection: DatabaseSync

  constructor(connection: DatabaseSync) {
    super()
    this.connection = connection
  }
}

/** A database of a PostgreSQL server. */
export class PostgresServerDatabase extends PostgresContents implements ServerDatabase {
  readonly url: string
  readonly #server: PostgresDatabases
  readonly #name: string
  protected override readonly sql: Sql

  /** @param port - Where its servers are to look for it, if not at the port of the PostgreSQL server itself. */
  constructor(server: PostgresDatabases, name: string, port = server.port) {
    super()
    this.url = server.url(name, port)
    this.sql = server.look(name)
    this.#server = server
    this.#name = name
  }

  contents(): DatabaseContents {
    return this
  }

  settled(): Promise<void> {
    return this.#server.isDeserted(this.#name)
  }

  async open(options: { readonly clock: Clock; readonly randomness: Randomness }): Promise<TestDatabase> {
    await this.settled()
    return PostgresTestDatabase.at(this.#server, this.#name, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 })
    await this.#server.dropDatabase(this.#name)
  }
}

/** One of the server that the files of this run share. */
class SharedServerDatabase extends PostgresServerDatabase {
  readonly #shared: PostgresDatabases

  private constructor(shared: PostgresDatabases, name: string) {
    super(shared, name)
    this.#shared = shared
  }

  static async create(): Promise<SharedServerDatabase> {
    const answer = await send(inject('sharedPostgres'))
    if (answer.status !== 200) throw new Error(answer.text)
    const shared = new PostgresDatabases(Number(answer.text), { makesOnesUnsynced: false })
    return new SharedServerDatabase(shared, await shared.createDatabase())
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.#shared[Symbol.asyncDispose]()
  }
}
