import pino from 'pino'
import type { Sql } from 'postgres'
import { inject } from 'vitest'
import { steadyClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId } from '../../src/domain/ids.ts'
import type { SiteSettings } from '../../src/domain/site.ts'
import { type RunningServer, type ServerParts, startServer } from '../../src/main.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { firstClientOf } from './first-client.ts'
import { freePort } from './free-port.ts'
import { administratorKey, callbackUri, type Served, siteOrigin } from './test-server.ts'

/** A whole server on a PostgreSQL database that others share. Its `url` is its own address, not that of all. */
export interface Node
  extends Served,
    Pick<RunningServer, 'service' | 'reapNow' | 'takeUpKeysNow' | 'sendMailsNow' | 'close'> {}

export interface NodeOptions extends Pick<ServerParts, 'databaseAnswersWithinMs' | 'sendsMailsByItself'> {
  readonly databaseUrl: string
  /** The clock of its machine. */
  readonly clock?: Clock
  readonly siteSettings?: Partial<SiteSettings>
  /** Under which address all nodes are reached; its own unless told. */
  readonly baseUrl?: string
  /** Environment besides. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts one node. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const {
    databaseUrl,
    baseUrl,
    clock = steadyClock,
    siteSettings,
    databaseAnswersWithinMs,
    sendsMailsByItself = false,
  } = options
  const port = await freePort()
  const server = await startServer({
    configuration: parseConfiguration({
      ADJOURN_PORT: String(port),
      ADJOURN_DATABASE_URL: databaseUrl,
      ADJOURN_ADMIN_KEY: administratorKey,
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: callbackUri,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(siteOrigin).host,
      ...(baseUrl === undefined ? {} : { ADJOURN_BASE_URL: baseUrl }),
      ...options.environment,
    }),
    clock,
    randomness: systemRandomness,
    logger: pino({ level: 'silent' }),
    siteSettings,
    makeFirstKeys: async () => inject('firstKeys'),
    databaseAnswersWithinMs,
    sendsMailsByItself,
  })
  const { service, reapNow, takeUpKeysNow, sendMailsNow, close } = server
  return {
    url: `http://127.0.0.1:${port}`,
    client: firstClientOf(server),
    service,
    reapNow,
    takeUpKeysNow,
    sendMailsNow,
    close,
  }
}

/** Three nodes on one database, as behind a load balancer: whoever has a token of one may show it to another. */
export interface ThreeNodes extends AsyncDisposable {
  readonly all: readonly [Node, Node, Node]
  /** The nodes in turn. */
  at(index: number): Node
}

/** Starts three nodes, whose machines' clocks may differ. */
export async function startThreeNodes(
  options: Omit<NodeOptions, 'clock' | 'baseUrl'> & { readonly clocks?: readonly [Clock, Clock, Clock] },
): Promise<ThreeNodes> {
  const { clocks = [steadyClock, steadyClock, steadyClock], ...common } = options
  const start = (clock: Clock) => startNode({ ...common, clock, baseUrl: 'http://localhost:8787' })
  const all = await Promise.all([start(clocks[0]), start(clocks[1]), start(clocks[2])])
  return {
    all,
    at: (index) => all[index % 3] ?? all[0],
    [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((node) => node.close()))),
  }
}

/** Adds a client beside the first, by the database. Gives it as the nodes will find it. */
export async function addClientOf(
  sql: Sql,
  first: Client,
  more: Partial<Pick<Client, 'backchannelLogoutUri' | 'refreshTokenPolicy'>>,
): Promise<Client> {
  const client: Client = { ...first, id: systemRandomness.guid() as ClientId, name: 'Another client', ...more }
  await sql`
    INSERT INTO client SELECT ${client.id}, site_id, ${client.name}, allowed_redirect_uris, allowed_redirect_domains,
      login_url, logout_url, ${client.backchannelLogoutUri}, ${client.refreshTokenPolicy}, disabled_at, created_at
    FROM client WHERE id = ${first.id}`
  return client
}
