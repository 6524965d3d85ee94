import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { inject, onTestFinished } from 'vitest'
import type { RunAs } from './postgres-programs.ts'

const memory = '/dev/shm'

/** Who the service is on both servers. May see which standbys there are, and nothing else that its own tables do not need. */
const role = { user: 'adjourn', password: 'secret', database: 'adjourn' }

/**
 * Two real PostgreSQL servers: a primary, and a standby that was made from a cold copy of it and follows by streaming
 * replication. Commits of the primary wait for the standby until that is turned off.
 */
export class PostgresPair {
  readonly primary: Node
  readonly standby: Node
  readonly #directory: string

  private constructor(directory: string, primary: Node, standby: Node) {
    this.#directory = directory
    this.primary = primary
    this.standby = standby
  }

  /** Starts both for the test that calls it. They go when it is finished, also when it was given up. */
  static async start(): Promise<PostgresPair> {
    const programs = inject('postgresPrograms')
    if ('missingBecause' in programs) throw new Error(`PostgreSQL cannot be started: ${programs.missingBecause}`)
    const directory = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'adjourn-pair-'))
    if (programs.runAs !== null) chownSync(directory, programs.runAs.uid, programs.runAs.gid)
    const primary = new Node(programs.directory, programs.runAs, join(directory, 'primary'), await freePort())
    const standby = new Node(programs.directory, programs.runAs, join(directory, 'standby'), await freePort())
    const pair = new PostgresPair(directory, primary, standby)
    onTestFinished(() => pair.#remove())
    await pair.#start()
    return pair
  }

  /** Both, as an operator names them: whichever takes writes is the primary. */
  get url(): string {
    const hosts = [this.primary, this.standby].map(({ port }) => `127.0.0.1:${port}`).join(',')
    return `postgres://${role.user}:${role.password}@${hosts}/${role.database}?target_session_attrs=read-write&connect_timeout=2`
  }

  /** Lets commits of the primary no longer wait. Resolves when that is so for whoever asks. */
  async stopWaiting(): Promise<void> {
    await this.primary.ask(`ALTER SYSTEM SET synchronous_standby_names = ''`)
    await this.primary.ask('SELECT pg_reload_conf()')
    while ((await this.primary.ask('SHOW synchronous_standby_names'))[0]?.['synchronous_standby_names'] !== '');
  }

  /** Resolves when the standby has everything that the primary has written by now. */
  async untilCaughtUp(): Promise<void> {
    const [now] = await this.primary.ask('SELECT pg_current_wal_flush_lsn()::text AS at')
    const at = String(now?.['at'])
    while ((await this.standby.ask(`SELECT pg_last_wal_replay_lsn() >= '${at}' AS has`))[0]?.['has'] !== true);
  }

  /** Takes the standby off the primary, which goes on. Resolves when nothing reaches it any more. */
  async cutOff(): Promise<void> {
    await this.standby.ask(`ALTER SYSTEM SET primary_conninfo = ''`)
    await this.standby.ask('SELECT pg_reload_conf()')
    while ((await this.standby.ask('SELECT FROM pg_stat_wal_receiver')).length > 0);
  }

  /** Whether a commit of the primary is waiting for the standby. */
  async isCommitWaiting(): Promise<boolean> {
    return (await this.primary.ask(`SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).length > 0
  }

  /** Makes the standby the primary. */
  async promote(): Promise<void> {
    const [promoted] = await this.standby.ask('SELECT pg_promote(true, 60) AS done')
    if (promoted?.['done'] !== true) throw new Error('The standby was not promoted')
  }

  async #remove(): Promise<void> {
    await this.standby.stop()
    await this.primary.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const { primary, standby } = this
    await primary.initialise()
    await primary.start()
    await primary.ask(`CREATE ROLE ${role.user} LOGIN PASSWORD '${role.password}' IN ROLE pg_monitor`)
    await primary.ask(`CREATE DATABASE ${role.database} OWNER ${role.user}`)
    await primary.stop()
    standby.copyFrom(primary)
    standby.configure({
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=secret application_name=standby`,
    })
    standby.follow()
    primary.configure({ synchronous_standby_names: 'standby' })
    await primary.start()
    await standby.start()
    const streaming = `SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'`
    while ((await primary.ask(streaming)).length === 0);
  }
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  dynamic_shared_memory_type: 'mmap',
  max_parallel_workers_per_gather: '0',
  autovacuum: 'off',
  wal_level: 'replica',
  hot_standby: 'on',
  max_wal_senders: '4',
  wal_retrieve_retry_interval: '100ms',
}

/** One server with its data, always at the same port. */
class Node {
  readonly port: number
  readonly #programs: string
  readonly #runAs: RunAs | null
  readonly #data: string
  readonly #stopWithUs = () => void this.#server?.kill('SIGQUIT')
  #server: ChildProcess | undefined
  #sql: Sql | undefined

  constructor(programs: string, runAs: RunAs | null, data: string, port: number) {
    this.#programs = programs
    this.#runAs = runAs
    this.#data = data
    this.port = port
  }

  async initialise(): Promise<void> {
    mkdirSync(this.#data, { mode: 0o700 })
    if (this.#runAs !== null) chownSync(this.#data, this.#runAs.uid, this.#runAs.gid)
    const passwordFile = `${this.#data}.password`
    writeFileSync(passwordFile, 'secret\n', { mode: 0o644 })
    const { process: initdb, output } = this.#run('initdb', [
      `--pgdata=${this.#data}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ])
    const [code] = await once(initdb, 'close')
    if (code !== 0) throw new Error(`PostgreSQL made no database:\n${output()}`)
  }

  /** Takes over all data of a server that is stopped. */
  copyFrom(other: Node): void {
    const { status, stderr } = spawnSync('cp', ['-R', '-p', other.#data, this.#data], {
      ...this.#runAs,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`The data could not be copied: ${stderr}`)
  }

  /** Settings that stay, until they are changed in the running server. */
  configure(more: Readonly<Record<string, string>>): void {
    const lines = Object.entries(more).map(([name, value]) => `${name} = '${value}'\n`)
    appendFileSync(join(this.#data, 'postgresql.conf'), lines.join(''))
  }

  /** Will start as a standby. */
  follow(): void {
    const signal = join(this.#data, 'standby.signal')
    writeFileSync(signal, '')
    if (this.#runAs !== null) chownSync(signal, this.#runAs.uid, this.#runAs.gid)
  }

  /** Starts the server; resolves when it takes connections. */
  async start(): Promise<void> {
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const { process: server, output } = this.#run('postgres', ['-D', this.#data, '-p', String(this.port), ...given])
    await new Promise<void>((resolve, reject) => {
      server.stderr?.on('data', () => {
        if (/database system is ready to accept (read-only )?connections/.test(output())) resolve()
      })
      server.once('error', reject)
      server.once('close', () => reject(new Error(`PostgreSQL did not start:\n${output()}`)))
    })
    this.#server = server
    process.once('exit', this.#stopWithUs)
    const at = { host: '127.0.0.1', port: this.port, user: 'postgres', password: 'secret', database: 'postgres' }
    this.#sql = postgres({ ...at, max: 1, onnotice: () => {} })
  }

  /** Runs SQL as the operator. */
  async ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (this.#sql === undefined) throw new Error('The server does not run')
    return await this.#sql.unsafe(sql)
  }

  /** A way into the service's database, for the test itself. To be ended. */
  look(): Sql {
    return postgres({ ...role, host: '127.0.0.1', port: this.port, max: 1, onnotice: () => {} })
  }

  /** Kills it with everything that it runs, as when the machine fails. */
  async kill(): Promise<void> {
    const server = this.#server
    if (server?.pid === undefined) throw new Error('Cannot kill a server that does not run')
    const exited = once(server, 'close')
    const children = childrenOf(server.pid)
    server.kill('SIGKILL')
    for (const child of children) killIfThere(child)
    await this.#forget()
    await exited
  }

  async stop(): Promise<void> {
    const server = this.#server
    await this.#forget()
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGINT')
    await exited
  }

  async #forget(): Promise<void> {
    this.#server = undefined
    process.off('exit', this.#stopWithUs)
    await this.#sql?.end({ timeout: 1 })
    this.#sql = undefined
  }

  #run(name: string, given: readonly string[]) {
    const child = spawn(join(this.#programs, 'bin', name), given, {
      ...this.#runAs,
      cwd: '/',
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

function childrenOf(parent: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, of]) => (of === parent && pid !== undefined ? [pid] : []))
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It went by itself when its parent did.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
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
