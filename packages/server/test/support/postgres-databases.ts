import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import type { PostgresLocation } from '../../src/adapters/postgres/location.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'

const template = 'template_of_adjourn'
const applicationName = 'adjourn'

/** The databases of a PostgreSQL server that is running. */
export class PostgresDatabases implements AsyncDisposable {
  readonly port: number
  readonly #sql: postgres.Sql
  readonly #makesOnesUnsynced: boolean

  /**
   * @param options.makesOnesUnsynced - Whether the server may stop syncing while a whole database is made or dropped that
   *   nobody will miss: on a disk hundreds of files would be waited for, one by one.
   */
  constructor(port: number, options: { readonly makesOnesUnsynced: boolean }) {
    this.port = port
    this.#makesOnesUnsynced = options.makesOnesUnsynced
    this.#sql = postgres({ ...this.#at('postgres'), max: 1, onnotice: () => {} })
  }

  /** Makes the database that others are copied from. */
  protected async makeTemplate(): Promise<void> {
    await this.#sql.unsafe(`CREATE DATABASE ${template}`)
    const connection = await Connection.open(this.location(template))
    await migrate(connection)
    await connection.close()
  }

  /** Where a database is, for the adapter. */
  location(database: string, port = this.port): PostgresLocation {
    return {
      kind: 'postgres',
      hosts: [{ host: '127.0.0.1', port }],
      user: 'postgres',
      password: 'secret',
      database,
      sslMode: 'disable',
      sslRootCertificate: null,
      connectTimeoutMs: 10_000,
      applicationName,
    }
  }

  /** The same as a URL. */
  url(database: string, port = this.port): string {
    return `postgres://postgres:secret@127.0.0.1:${port}/${database}`
  }

  /** Makes a database; with the schema in it unless it shall be `empty`. Gives its name, which is its own unless told. */
  async createDatabase(
    content: 'schema' | 'empty' = 'schema',
    name = `test_${randomUUID().replaceAll('-', '')}`,
  ): Promise<string> {
    const from = content === 'schema' ? `TEMPLATE ${template} STRATEGY FILE_COPY` : ''
    await this.#unsynced(() => this.#sql.unsafe(`CREATE DATABASE ${name} ${from}`))
    return name
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#unsynced(() => this.#sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  }

  async alterDatabase(name: string, how: string): Promise<void> {
    await this.#sql.unsafe(`ALTER DATABASE ${name} ${how}`)
  }

  /** Resolves when nobody who was killed is at work in a database any more: what was sent before may be done after. */
  async isDeserted(name: string): Promise<void> {
    const busy = () => this.#sql`
      SELECT FROM pg_stat_activity WHERE datname = ${name} AND application_name = ${applicationName}`
    while ((await busy()).length > 0);
  }

  /** The processes of the server besides the one that started them all. */
  protected async processes(): Promise<readonly number[]> {
    const rows = await this.#sql`SELECT pid FROM pg_stat_activity`
    return rows.map((row) => Number(row['pid']))
  }

  /** Cuts everybody off from a database who is in it as the service is. Resolves when that has happened. */
  async disconnect(name: string): Promise<void> {
    await this.#sql`
      SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
      WHERE datname = ${name} AND application_name = ${applicationName}`
  }

  /** A way into a database for the test itself. To be ended. */
  look(database: string): postgres.Sql {
    return postgres({ ...this.#at(database), max: 1, onnotice: () => {}, types: { bigint: bigintAsNumber } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 })
  }

  async #unsynced(work: () => Promise<unknown>): Promise<void> {
    if (!this.#makesOnesUnsynced) {
      await work()
      return
    }
    await this.#sync('off')
    try {
      await work()
    } finally {
      await this.#sync('on')
    }
  }

  async #sync(value: 'on' | 'off'): Promise<void> {
    await this.#sql.unsafe(`ALTER SYSTEM SET fsync = ${value}`)
    await this.#sql`SELECT pg_reload_conf()`
    while ((await this.#sql`SHOW fsync`)[0]?.['fsync'] !== value);
  }

  #at(database: string) {
    return { host: '127.0.0.1', port: this.port, user: 'postgres', password: 'secret', database }
  }
}

const bigintAsNumber = { to: 20, from: [20], serialize: String, parse: Number }
