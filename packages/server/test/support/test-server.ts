import type { DatabaseSync } from 'node:sqlite'
import { Writable } from 'node:stream'
import pino from 'pino'
import { inject } from 'vitest'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId } from '../../src/domain/ids.ts'
import { type RunningServer, type ServerParts, startServer } from '../../src/main.ts'
import type { DatabaseContents } from '../storage-conformance/test-database.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import { firstClientOf } from './first-client.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { newServerDatabase, type ServerDatabase, sqliteContents } from './server-database.ts'

/** The site's own addresses in the tests. Nothing listens there. */
export const siteOrigin = 'https://shop.example'
export const callbackUri = `${siteOrigin}/callback`

/** The administrator key of every test server. */
export const administratorKey = 'adj_admin_0123456789012345678901234567890123456789A'

export interface TestServer extends AsyncDisposable, Omit<RunningServer, 'close'> {
  readonly clock: ManualClock
  /** The first client, with `callbackUri` and the domain of `siteOrigin`. */
  readonly client: Client
  /** The way round the storage port. For making the database fail and for looking into it, never for what the service does. */
  readonly contents: DatabaseContents
  /** The open connection, for tests that are about SQLite and run on nothing else. */
  readonly database: DatabaseSync
  /**
   * Resolves when the server has nothing to do with its database. Before time is moved: a use that a request has noted
   * without waiting for it would be judged by the new time.
   */
  quiet(): Promise<void>
  /** What was logged so far, as JSON lines. */
  readonly log: readonly string[]
  /** Adds a client beside the first. */
  addClient(more?: Partial<Client>): Promise<Client>
  close(): Promise<void>
}

/** What helpers need of a server that they send requests to, wherever and on whatever it runs. */
export type Served = Pick<TestServer, 'url' | 'client'>

export interface TestServerOptions
  extends Pick<
    ServerParts,
    'siteSettings' | 'decorateStorage' | 'decorateHasher' | 'decorateService' | 'sendsMailsByItself'
  > {
  readonly clock?: ManualClock
  /** One that outlives the server; else it gets one of its own, of the kind that this run is about. */
  readonly database?: ServerDatabase
  /** Environment besides the port and the database. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts the real server on a free port, with a clock that the test moves. Close it, or hold it with `await using`. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? manualClock()
  const log: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk))
      done()
    },
  })
  const isElsewhere = options.environment?.['ADJOURN_DATABASE_URL'] !== undefined
  const own = isElsewhere || options.database !== undefined ? undefined : await newServerDatabase('passing')
  const database = options.database ?? own
  const calls = new CallsUnderWay()
  let connection: DatabaseSync | undefined
  let server: RunningServer
  try {
    server = await startServer({
      configuration: parseConfiguration({
        ADJOURN_PORT: '0',
        ...(database === undefined ? {} : { ADJOURN_DATABASE_URL: database.url }),
        ADJOURN_ADMIN_KEY: administratorKey,
        ADJOURN_BOOTSTRAP_REDIRECT_URIS: callbackUri,
        ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(siteOrigin).host,
        ADJOURN_LOG_LEVEL: 'debug',
        ...options.environment,
      }),
      clock,
      databaseClock: clock,
      randomness: systemRandomness,
      logger: pino({ level: 'debug' }, sink),
      siteSettings: options.siteSettings,
      makeFirstKeys: async () =>
        inject('firstKeys').map((key) => ({ ...key, createdAt: clock.now(), activeFrom: clock.now() })),
      decorateStorage: (storage) => calls.decorate(options.decorateStorage?.(storage) ?? storage),
      decorateHasher: options.decorateHasher,
      decorateService: options.decorateService,
      // Else mails would be sent in the middle of tests that are about something else.
      sendsMailsByItself: options.sendsMailsByItself ?? false,
      databaseOpened: (opened) => {
        connection = opened
      },
    })
  } catch (error) {
    await own?.[Symbol.asyncDispose]()
    throw error
  }
  const contents = database?.contents(connection) ?? sqliteContents(connection)
  const close = async () => {
    await server.close()
    await own?.[Symbol.asyncDispose]()
  }
  return {
    ...server,
    clock,
    log,
    client: firstClientOf(server),
    contents,
    quiet: () => calls.quiet(),
    database: connection ?? notSqlite,
    addClient: async (more = {}) => {
      const client: Client = {
        ...firstClientOf(server),
        id: systemRandomness.guid() as ClientId,
        name: 'Another client',
        createdAt: clock.now(),
        ...more,
      }
      await contents.addClient(client)
      return client
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const notSqlite = new Proxy({} as DatabaseSync, {
  get: () => {
    throw new Error('Cannot look into SQLite as the server is on another database')
  },
})
