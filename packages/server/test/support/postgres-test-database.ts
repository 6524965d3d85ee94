import type { Sql } from 'postgres'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { Storage } from '../../src/ports/storage.ts'
import type { LastingTestDatabase } from '../storage-conformance/test-database.ts'
import { PostgresContents } from './postgres-contents.ts'
import type { PostgresDatabases } from './postgres-databases.ts'

type Options = { readonly clock: Clock; readonly randomness: Randomness }

/** The PostgreSQL adapter under test. */
export class PostgresTestDatabase extends PostgresContents implements LastingTestDatabase {
  readonly server: PostgresDatabases
  readonly name: string
  readonly #options: Options
  readonly #sql: Sql
  readonly #isOwn: boolean
  #storage: Storage

  private constructor(
    server: PostgresDatabases,
    { name, isOwn }: { readonly name: string; readonly isOwn: boolean },
    options: Options,
    storage: Storage,
  ) {
    super()
    this.server = server
    this.name = name
    this.#options = options
    this.#sql = server.look(name)
    this.#isOwn = isOwn
    this.#storage = storage
  }

  /** On a database of its own. */
  static async create(server: PostgresDatabases, options: Options): Promise<PostgresTestDatabase> {
    const name = await server.createDatabase()
    const storage = await openPostgresStorage({ ...options, location: server.location(name) })
    return new PostgresTestDatabase(server, { name, isOwn: true }, options, storage)
  }

  /** On one that somebody else looks after. */
  static async at(server: PostgresDatabases, name: string, options: Options): Promise<PostgresTestDatabase> {
    const storage = await openPostgresStorage({ ...options, location: server.location(name) })
    return new PostgresTestDatabase(server, { name, isOwn: false }, options, storage)
  }

  get storage(): Storage {
    return this.#storage
  }

  protected override get sql(): Sql {
    return this.#sql
  }

  async reopen(): Promise<void> {
    await this.#storage.close()
    this.#storage = await this.openAnother()
  }

  /** Another node on the same database. To be closed by the caller. */
  openAnother(
    options: { readonly port?: number; readonly answerWithinMs?: number; readonly lookEveryMs?: number } = {},
  ): Promise<Storage> {
    const { port, ...rest } = options
    return openPostgresStorage({ ...this.#options, ...rest, location: this.server.location(this.name, port) })
  }

  /** A way into the database for the test itself. To be ended by the caller. */
  look(): Sql {
    return this.server.look(this.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage.close()
    await this.#sql.end({ timeout: 1 })
    if (this.#isOwn) await this.server.dropDatabase(this.name)
  }
}
