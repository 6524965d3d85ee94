import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import postgres from 'postgres'
import { findPostgresPrograms } from '../../packages/server/test/support/postgres-programs.ts'
import { pinned, serverCore } from './machine.ts'

const password = 'secret'

/**
 * A PostgreSQL server on the same core as the services that it serves. Its settings are those of a new installation, which
 * are durable; what is set besides is only how much memory it may use.
 */
export class PostgresCluster {
  readonly #server: ChildProcess
  readonly #port: number
  readonly #sql: postgres.Sql
  readonly #removePrograms: (() => void) | undefined

  private constructor(server: ChildProcess, port: number, removePrograms: (() => void) | undefined) {
    this.#server = server
    this.#port = port
    this.#sql = this.open('postgres')
    this.#removePrograms = removePrograms
  }

  /**
   * Starts one on the data in a directory, which is made where there is none.
   *
   * @throws {Error} When there is no PostgreSQL for this machine, or it does not start.
   */
  static async start(directory: string): Promise<PostgresCluster> {
    const { programs, remove } = findPostgresPrograms()
    if ('missingBecause' in programs) throw new Error(`PostgreSQL cannot be started: ${programs.missingBecause}`)
    const { runAs } = programs
    const data = join(directory, 'data')
    const how = { ...runAs, cwd: directory, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } }
    if (!existsSync(join(data, 'PG_VERSION'))) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory, { recursive: true })
      if (runAs !== null) chownSync(directory, runAs.uid, runAs.gid)
      const passwordFile = join(directory, 'password')
      writeFileSync(passwordFile, `${password}\n`, { mode: 0o644 })
      const initdb = spawnSync(
        join(programs.directory, 'bin/initdb'),
        [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--username=postgres', '--auth=scram-sha-256', '--locale=C'],
        { ...how, encoding: 'utf8' },
      )
      if (initdb.status !== 0) throw new Error(`PostgreSQL made no database:\n${initdb.stderr}`)
    }
    const port = await freePort()
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      shared_buffers: '512MB',
      max_wal_size: '4GB',
      dynamic_shared_memory_type: 'mmap',
    }
    const { file, args } = pinned(serverCore, [
      join(programs.directory, 'bin/postgres'),
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ])
    const server = spawn(file, args, { ...how, stdio: ['ignore', 'ignore', 'pipe'] })
    await ready(server)
    return new PostgresCluster(server, port, remove)
  }

  /** Its processes. */
  get pids(): readonly number[] {
    return [this.#server.pid ?? 0]
  }

  /** Where a database is. */
  url(database: string): string {
    return `postgres://postgres:${password}@127.0.0.1:${this.#port}/${database}`
  }

  /** A way into a database. To be ended. */
  open(database: string): postgres.Sql {
    return postgres(this.url(database), { max: 1, onnotice: () => {} })
  }

  /** Makes a database, as a copy where a template is named. */
  async createDatabase(name: string, template?: string): Promise<void> {
    const from = template === undefined ? '' : `TEMPLATE ${template} STRATEGY FILE_COPY`
    await this.#sql.unsafe(`CREATE DATABASE ${name} ${from}`)
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }

  /** Writes out what is still to be written, so that it does not disturb what is measured next. */
  async settle(): Promise<void> {
    await this.#sql.unsafe('CHECKPOINT')
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 1 })
    const exited = once(this.#server, 'exit')
    this.#server.kill('SIGINT')
    await exited
    this.#removePrograms?.()
  }
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 100_000) said += chunk.toString()
      if (said.includes('database system is ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${said}`)))
  })
}

/** Nobody else is expected to take it in the moment until the server does. */
export function freePort(): Promise<number> {
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
