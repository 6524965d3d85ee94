import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import type { PostgresLocation } from '../../src/adapters/postgres/location.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { freePort } from './free-port.ts'
import type { RunAs } from './postgres-programs.ts'

const template = 'template_of_adjourn'
const memory = '/dev/shm'

/**
 * A real PostgreSQL server of a test file's own, on a free port, with its data in memory where the machine allows.
 *
 * It syncs every commit as in production (the adapter insists); a file system in memory makes that cheap.
 */
export class PostgresServer implements AsyncDisposable {
  readonly port: number
  readonly #cluster: Cluster
  readonly #directory: string
  readonly #sql: postgres.Sql
  readonly #isInMemory: boolean
  #databases = 0

  private constructor(port: number, cluster: Cluster, directory: string) {
    this.port = port
    this.#cluster = cluster
    this.#directory = directory
    this.#isInMemory = directory.startsWith(`${memory}/`)
    this.#sql = postgres({ ...this.#at('postgres'), max: 1, onnotice: () => {} })
  }

  /** @param more - Settings of the server besides those of every test. */
  static async start(more: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    const programs = inject('postgresPrograms')
    if ('missingBecause' in programs) throw new Error(`PostgreSQL cannot be started: ${programs.missingBecause}`)
    const directory = mkdtempSync(join(placeForData(programs.runAs), 'adjourn-postgres-'))
    if (programs.runAs !== null) chownSync(directory, programs.runAs.uid, programs.runAs.gid)
    const cluster = new Cluster(programs.directory, programs.runAs, directory)
    let port: number
    try {
      await cluster.initialise()
      port = await cluster.start({ ...settings, ...more })
    } catch (error) {
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
    const server = new PostgresServer(port, cluster, directory)
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
    const from = content === 'schema' ? `TEMPLATE ${template} STRATEGY FILE_COPY` : ''
    await this.#unsynced(() => this.#sql.unsafe(`CREATE DATABASE ${name} ${from}`))
    return name
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#unsynced(() => this.#sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  }

  /** A way into a database for the test itself. To be ended. */
  look(database: string): postgres.Sql {
    return postgres({ ...this.#at(database), max: 1, onnotice: () => {}, types: { bigint: bigintAsNumber } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 })
    await this.#cluster.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** On a disk, whole databases that nobody will miss are not waited for: hundreds of files would be synced one by one. */
  async #unsynced(work: () => Promise<unknown>): Promise<void> {
    if (this.#isInMemory) {
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

/** The programs at work on one directory of data. */
class Cluster {
  readonly #programs: string
  readonly #runAs: RunAs | null
  readonly #directory: string
  readonly #data: string
  readonly #killWithUs = () => void this.#server?.kill('SIGQUIT')
  #server: ChildProcess | undefined

  constructor(programs: string, runAs: RunAs | null, directory: string) {
    this.#programs = programs
    this.#runAs = runAs
    this.#directory = directory
    this.#data = join(directory, 'data')
  }

  async initialise(): Promise<void> {
    const passwordFile = join(this.#directory, 'password')
    writeFileSync(passwordFile, 'secret\n', { mode: 0o644 })
    const initdb = this.#run('initdb', [
      `--pgdata=${this.#data}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ])
    const [code] = await once(initdb.process, 'close')
    if (code !== 0) throw new Error(`PostgreSQL made no database:\n${initdb.output()}`)
  }

  /** Starts the server. Gives its port. */
  async start(flags: Readonly<Record<string, string>>): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort()
      const given = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const { process: server, output } = this.#run('postgres', ['-D', this.#data, '-p', String(port), ...given])
      if (await comesUp(server, output)) {
        this.#server = server
        process.once('exit', this.#killWithUs)
        return port
      }
      // Somebody may have taken the port since it was found free.
      if (attempt === 5 || !output().includes('could not bind')) {
        throw new Error(`PostgreSQL did not start:\n${output()}`)
      }
    }
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    process.off('exit', this.#killWithUs)
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGINT')
    await exited
  }

  #run(name: string, given: readonly string[]) {
    const child = spawn(join(this.#programs, 'bin', name), given, {
      ...this.#runAs,
      cwd: this.#directory,
      // What it says is looked at, so it has to be in one language.
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const note = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    return { process: child, output: () => output }
  }
}

/** Whether the server takes connections at last; false when it ends before. */
function comesUp(server: ChildProcess, output: () => string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', () => {
      if (output().includes('database system is ready to accept connections')) resolve(true)
    })
    server.once('error', reject)
    server.once('close', () => resolve(false))
  })
}

/** A file system in memory with room for a few hundred small databases, or else a usual place that the server gets into. */
function placeForData(runAs: RunAs | null): string {
  if (existsSync(memory)) {
    const { bavail, bsize } = statfsSync(memory)
    if (bavail * bsize > 2 ** 30) return memory
  }
  return runAs === null || isOpenToEverybody(tmpdir()) ? tmpdir() : '/tmp'
}

function isOpenToEverybody(directory: string): boolean {
  if ((statSync(directory).mode & 0o001) === 0) return false
  const above = dirname(directory)
  return above === directory || isOpenToEverybody(above)
}
