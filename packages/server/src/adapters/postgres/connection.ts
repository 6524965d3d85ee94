import { readFile } from 'node:fs/promises'
import { type NetConnectOpts, Socket } from 'node:net'
import postgres, { type Options, type Sql } from 'postgres'
import type { Row } from '../stored/row.ts'
import { ConnectionLost, endsConnection, StatementRefused } from './failures.ts'
import type { PostgresLocation } from './location.ts'
import type { Parameter, Statement } from './parameters.ts'

/** The database cannot be used as it is set up. */
export class UnsuitableDatabase extends Error {
  override readonly name = 'UnsuitableDatabase'
}

export interface Answer {
  readonly rows: readonly Row[]
  /** What was done, in the words of the command tag: after a `COMMIT` this may be `ROLLBACK`. */
  readonly command: string
}

/** Version 14 knows everything that is asked of it here. */
const oldestVersion = 14

export interface ConnectionSettings {
  /** Settings of the database for this connection. */
  readonly database?: Readonly<Record<string, string>>
  /**
   * How long a statement may go without an answer before the connection is given up. Longer than the limits that the
   * database itself keeps, which say more; this one is for a network that swallows everything.
   */
  readonly answerWithinMs?: number
  /** Told of every notification on a channel that this connection listens to. */
  readonly notified?: () => void
}

const answerWithinDefaultMs = 15_000

/**
 * One connection to the primary: opened once, used until something is wrong with it, and never revived.
 *
 * The driver would connect anew by itself, on any of its connections and at any moment. Then nobody could say whether a
 * commit was sent before the loss, nor that the new server is a primary whose commits are durable. So each connection is
 * an instance of the driver of its own on a socket that this class makes and destroys.
 */
export class Connection {
  readonly #socket: Socket
  readonly #sql: Sql<{ bigint: number; bytea: Uint8Array }>
  readonly #answerWithinMs: number
  #usable = true
  /** Warnings since somebody last asked. */
  #warnings: string[] = []

  private constructor(
    socket: Socket,
    answerWithinMs: number,
    notified: (() => void) | undefined,
    options: Options<Record<string, never>>,
  ) {
    this.#socket = socket
    this.#answerWithinMs = answerWithinMs
    this.#sql = postgres({
      ...options,
      max: 1,
      idle_timeout: 0,
      max_lifetime: 0,
      keep_alive: 10,
      // The types of array parameters are not asked for: `parameters.ts` writes them.
      fetch_types: false,
      types: {
        bigint: { to: 20, from: [20], serialize: String, parse: Number },
        bytea: { to: 17, from: [17], serialize: toHex, parse: fromHex },
      },
      onclose: () => this.destroy(),
      onnotice: ({ severity, message }) => {
        if (severity === 'WARNING') this.#warnings.push(String(message))
      },
      // Not in the driver's types: who is told of notifications, whose own way of listening connects by itself; and a
      // socket that is connected already, and that there is only one of.
      ...{
        onnotify: notified,
        socket: () => {
          if (socket.destroyed) throw new ConnectionLost('The connection to the database was lost as it was opened')
          return socket
        },
      },
    })
  }

  /**
   * Opens a connection to the first host that lets us in, takes writes and makes them durable.
   *
   * @throws {ConnectionLost} When there is none, with the reason of the last.
   * @throws {StatementRefused} When the last one refused us.
   * @throws {UnsuitableDatabase} When the last one would lose what it has answered, or is too old.
   */
  static async open(location: PostgresLocation, settings: ConnectionSettings = {}): Promise<Connection> {
    let problem: unknown
    for (const { host, port } of location.hosts) {
      try {
        return await Connection.#openAt(host, port, location, settings)
      } catch (error) {
        problem = error
      }
    }
    throw problem
  }

  static async #openAt(
    host: string,
    port: number,
    location: PostgresLocation,
    settings: ConnectionSettings,
  ): Promise<Connection> {
    const ssl = await sslOptions(location)
    const deadline = Date.now() + location.connectTimeoutMs
    const socket = await connectSocket(host, port, location.connectTimeoutMs)
    const { answerWithinMs = answerWithinDefaultMs, notified } = settings
    const connection = new Connection(socket, answerWithinMs, notified, {
      host,
      port,
      user: location.user,
      password: location.password,
      database: location.database,
      ssl,
      connect_timeout: location.connectTimeoutMs / 1000,
      connection: {
        application_name: location.applicationName,
        // Whatever the server's default is: an answer means that the disk has it.
        synchronous_commit: 'on',
        ...settings.database,
      },
    })
    try {
      await connection.#assertSuitable(Math.max(1, deadline - Date.now()))
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** Whether it may be asked again. */
  get usable(): boolean {
    return this.#usable
  }

  /**
   * Runs a statement. Several may be under way: they are sent one after the other without waiting, and answered in order.
   *
   * @throws {StatementRefused} When the database said no.
   * @throws {ConnectionLost} When the connection is gone: whether the statement was carried out is not known.
   */
  run(statement: Statement, withinMs: number = this.#answerWithinMs): Promise<Answer> {
    const { text, parameters } = statement
    return this.#answered(this.#sql.unsafe(text, [...parameters], { prepare: true }), withinMs)
  }

  /** Runs a statement that needs no parameters and is not worth preparing, or several of them. */
  runSimple(text: string, withinMs: number = this.#answerWithinMs): Promise<Answer> {
    return this.#answered(this.#sql.unsafe(text), withinMs)
  }

  async rows(text: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    return (await this.run({ text, parameters })).rows
  }

  /** What the database warned of since this was last asked. */
  takeWarnings(): readonly string[] {
    const warnings = this.#warnings
    this.#warnings = []
    return warnings
  }

  /** Gives the connection up at once. Whatever is under way on it is lost. */
  destroy(): void {
    if (!this.#usable) return
    this.#usable = false
    this.#socket.destroy()
    // Settles what the driver still holds.
    void this.#sql.end({ timeout: 0 })
  }

  /** Finishes what is under way and says goodbye. */
  async close(): Promise<void> {
    if (!this.#usable) return
    await this.#sql.end({ timeout: 5 })
    this.destroy()
  }

  async #answered(
    query: PromiseLike<readonly Record<string, unknown>[] & { readonly command: string }>,
    withinMs: number,
  ): Promise<Answer> {
    if (!this.#usable) throw new ConnectionLost('The connection to the database is closed')
    const silence = setTimeout(() => this.destroy(), withinMs)
    try {
      const result = await query
      return { rows: result as readonly Row[], command: result.command }
    } catch (error) {
      const failure = failureOf(error)
      if (endsConnection(failure)) this.destroy()
      throw failure
    } finally {
      clearTimeout(silence)
    }
  }

  async #assertSuitable(withinMs: number): Promise<void> {
    const { rows } = await this.run(
      {
        text: `
          SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery()::int AS standby,
            current_setting('transaction_read_only') AS read_only`,
        parameters: [],
      },
      withinMs,
    )
    const found = rows[0] ?? {}
    // First: a standby is passed over for the next host, whatever else is wrong with it.
    if (found['standby'] !== 0 || found['read_only'] !== 'off') {
      throw new ConnectionLost('The server is a standby, or takes no writes')
    }
    if (Number(found['version']) < oldestVersion) {
      throw new UnsuitableDatabase(
        `Cannot use the database as it is PostgreSQL ${Number(found['version'])}: ${oldestVersion} or later is needed`,
      )
    }
    if (found['fsync'] !== 'on' || !durable.has(String(found['synchronous_commit']))) {
      throw new UnsuitableDatabase(
        `Cannot use the database as a commit would be answered before it is on disk: fsync is ${String(found['fsync'])}, ` +
          `synchronous_commit is ${String(found['synchronous_commit'])}`,
      )
    }
  }
}

/** Values of `synchronous_commit` under which an answered commit outlives the loss of the primary where it has standbys. */
const durable: ReadonlySet<string> = new Set(['on', 'remote_apply'])

/** Connects within a time, which the operating system would make minutes. */
function connectSocket(host: string, port: number, withinMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket()
    const where = host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`
    const fail = (because: string, cause?: unknown) => {
      socket.destroy()
      clearTimeout(timer)
      reject(new ConnectionLost(`${where} cannot be reached: ${because}`, { cause }))
    }
    const timer = setTimeout(() => fail(`no answer within ${withinMs} ms`), withinMs)
    socket.once('error', (error) => fail(error.message, error))
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      // The driver listens only once it is asked for something. Until then a lost connection would be nobody's error, and
      // end the process; it closes the socket, which is what is looked at.
      socket.on('error', () => {})
      socket.setNoDelay(true)
      // The driver takes the name to verify from here.
      resolve(Object.assign(socket, { host }))
    })
    const at: NetConnectOpts = host.startsWith('/') ? { path: where } : { host, port }
    socket.connect(at)
  })
}

async function sslOptions({ sslMode, sslRootCertificate }: PostgresLocation): Promise<Options<never>['ssl'] & {}> {
  if (sslMode === 'disable' || sslMode === 'prefer' || sslMode === 'require') {
    return sslMode === 'disable' ? false : sslMode
  }
  const ca = sslRootCertificate === null ? undefined : await readFile(sslRootCertificate, 'utf8')
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    ...(sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  }
}

function failureOf(error: unknown): unknown {
  if (error instanceof ConnectionLost) return error
  if (error instanceof postgres.PostgresError) {
    const { code, severity, constraint_name: constraint } = error
    return new StatementRefused(error.message, { code, fatal: severity !== 'ERROR', constraint })
  }
  // Everything else that the driver throws is about its connection: its own codes, and those of the socket.
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === undefined || programmersMistakes.has(code)) return error
  return new ConnectionLost(`The connection to the database was lost (${code})`)
}

const programmersMistakes: ReadonlySet<string> = new Set([
  'UNDEFINED_VALUE',
  'MAX_PARAMETERS_EXCEEDED',
  'NOT_TAGGED_CALL',
])

function toHex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
}
