import type { DatabaseSync } from 'node:sqlite'
import { Writable } from 'node:stream'
import pino from 'pino'
import { inject } from 'vitest'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId } from '../../src/domain/ids.ts'
import { type RunningServer, type ServerParts, startServer } from '../../src/main.ts'
import { insertClientRow } from './client-row.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/** The site's own addresses in the tests. Nothing listens there. */
export const siteOrigin = 'https://shop.example'
export const callbackUri = `${siteOrigin}/callback`

/** The administrator key of every test server. */
export const administratorKey = 'adj_admin_0123456789012345678901234567890123456789A'

export interface TestServer extends AsyncDisposable, Omit<RunningServer, 'close'> {
  readonly clock: ManualClock
  /** The first client, with `callbackUri` and the domain of `siteOrigin`. */
  readonly client: Client
  /** The open connection. For making the database fail and for looking into it, never for what the service does. */
  readonly database: DatabaseSync
  /** What was logged so far, as JSON lines. */
  readonly log: readonly string[]
  /** Adds a client beside the first. */
  addClient(more?: Partial<Client>): Client
  close(): Promise<void>
}

/** What helpers need of a server that they send requests to, wherever and on whatever it runs. */
export type Served = Pick<TestServer, 'url' | 'client'>

export interface TestServerOptions extends Pick<ServerParts, 'siteSettings' | 'decorateStorage' | 'decorateHasher'> {
  readonly clock?: ManualClock
  /** Environment besides the port and the database, which is in memory unless `ADJOURN_DATABASE_URL` says otherwise. */
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
  let database: DatabaseSync | undefined
  const server = await startServer({
    configuration: parseConfiguration({
      ADJOURN_PORT: '0',
      ADJOURN_DATABASE_URL: 'sqlite::memory:',
      ADJOURN_ADMIN_KEY: administratorKey,
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: callbackUri,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(siteOrigin).host,
      ADJOURN_LOG_LEVEL: 'debug',
      ...options.environment,
    }),
    clock,
    randomness: systemRandomness,
    logger: pino({ level: 'debug' }, sink),
    siteSettings: options.siteSettings,
    makeFirstKeys: async () =>
      inject('firstKeys').map((key) => ({ ...key, createdAt: clock.now(), activeFrom: clock.now() })),
    decorateStorage: options.decorateStorage,
    decorateHasher: options.decorateHasher,
    databaseOpened: (opened) => {
      database = opened
    },
  })
  if (database === undefined) throw new Error('The server opened no database')
  const opened = database
  return {
    ...server,
    clock,
    log,
    client: server.firstClient,
    database: opened,
    addClient: (more = {}) => {
      const client: Client = {
        ...server.firstClient,
        id: systemRandomness.guid() as ClientId,
        name: 'Another client',
        createdAt: clock.now(),
        ...more,
      }
      insertClientRow(opened, client)
      return client
    },
    [Symbol.asyncDispose]: server.close,
  }
}
