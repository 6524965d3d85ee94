import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import { freePort } from './free-port.ts'
import { PostgresDatabases } from './postgres-databases.ts'
import type { PostgresPrograms, RunAs } from './postgres-programs.ts'

const memory = '/dev/shm'

/**
 * A real PostgreSQL server on a free port, with its data in memory where the machine allows.
 *
 * It syncs every commit as in production (the adapter insists); a file system in memory makes that cheap.
 */
export class PostgresServer extends PostgresDatabases {
  readonly #cluster: Cluster
  readonly #directory: string

  private constructor(port: number, cluster: Cluster, directory: string, isShared: boolean) {
    // Those who share it would be refused while it does not sync.
    super(port, { makesOnesUnsynced: !isShared && !directory.startsWith(`${memory}/`) })
    this.#cluster = cluster
    this.#directory = directory
  }

  /**
   * @param more - Settings of the server besides those of every test.
   * @param options.programs - Where they are known from elsewhere than vitest's context.
   */
  static async start(
    more: Readonly<Record<string, string>> = {},
    options: { readonly programs?: PostgresPrograms; readonly isShared?: boolean } = {},
  ): Promise<PostgresServer> {
    const programs = options.programs ?? inject('postgresPrograms')
    if ('missingBecause' in programs) throw new Error(`PostgreSQL cannot be started: ${programs.missingBecause}`)
    const directory = mkdtempSync(join(placeForData(programs.runAs), 'adjourn-postgres-'))
    if (programs.runAs !== null) chownSync(directory, programs.runAs.uid, programs.runAs.gid)
    const cluster = new Cluster(programs.directory, programs.runAs, directory, { ...settings, ...more })
    let port: number
    try {
      await cluster.initialise()
      port = await cluster.start()
    } catch (error) {
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
    const server = new PostgresServer(port, cluster, directory, options.isShared === true)
    await server.makeTemplate()
    return server
  }

  /** Kills it with everything it runs, as when the machine fails but for its disks. */
  async kill(): Promise<void> {
    await this.#cluster.kill(await this.processes())
  }

  /** Starts it again after {@link kill}, at the same port. Resolves when it takes connections. */
  async startAgain(): Promise<void> {
    await this.#cluster.start(this.port)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.#cluster.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

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
  readonly #settings: Readonly<Record<string, string>>
  readonly #killWithUs = () => void this.#server?.kill('SIGQUIT')
  #server: ChildProcess | undefined

  constructor(programs: string, runAs: RunAs | null, directory: string, settings: Readonly<Record<string, string>>) {
    this.#programs = programs
    this.#runAs = runAs
    this.#directory = directory
    this.#data = join(directory, 'data')
    this.#settings = settings
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

  /**
   * Starts the server. Gives its port.
   *
   * @param samePort - The port it had before, for one that was killed.
   */
  async start(samePort?: number): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const port = samePort ?? (await freePort())
      const given = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const { process: server, output } = this.#run('postgres', ['-D', this.#data, '-p', String(port), ...given])
      if (await comesUp(server, output)) {
        this.#server = server
        process.once('exit', this.#killWithUs)
        return port
      }
      // Somebody may have taken the port since it was found free; and of one that was killed, a part may not be gone yet.
      const mayPass = output().includes(samePort === undefined ? 'could not bind' : 'is still in use')
      if (!mayPass || (samePort === undefined && attempt === 5)) {
        throw new Error(`PostgreSQL did not start:\n${output()}`)
      }
    }
  }

  /** Kills the server, and the processes that it has started. */
  async kill(processes: readonly number[]): Promise<void> {
    const server = this.#server
    if (server === undefined) throw new Error('Cannot kill a server that does not run')
    this.#server = undefined
    process.off('exit', this.#killWithUs)
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    for (const each of processes) killIfThere(each)
    await exited
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

function killIfThere(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
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
