/**
 * The composition root: the one file that knows every part. Opens the database, makes the service, serves it, and stops it.
 *
 * Tests start the same thing with a clock and randomness of their own.
 */
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'
import type { FastifyBaseLogger } from 'fastify'
import { createAccessTokens } from './adapters/keys/access-tokens.ts'
import { generateKey, generateKeys } from './adapters/keys/generate-keys.ts'
import { createKeyEncryption } from './adapters/keys/key-encryption.ts'
import { createKeyring } from './adapters/keys/keyring.ts'
import { createVisitorTokens } from './adapters/keys/visitor-tokens.ts'
import { wrapReadableKeys } from './adapters/keys/wrap-readable-keys.ts'
import { createArgon2Hasher } from './adapters/passwords/argon2-hasher.ts'
import { loadCommonPasswords } from './adapters/passwords/common-passwords.ts'
import { openPostgresStorage } from './adapters/postgres/postgres-storage.ts'
import { openSqliteStorage } from './adapters/sqlite/sqlite-storage.ts'
import type { Configuration } from './config/configuration.ts'
import type { Client } from './domain/client.ts'
import { type SiteSettings, settingsWarnings } from './domain/site.ts'
import { isLoopbackHost } from './domain/web-url.ts'
import { createHttpApp } from './http/app.ts'
import { ensureSite, settingsNotTaken } from './operations/first-start.ts'
import { reap } from './operations/reap.ts'
import type { Service } from './operations/service.ts'
import type { Clock } from './ports/clock.ts'
import type { StoredKey } from './ports/keys.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Randomness } from './ports/randomness.ts'
import type { Storage } from './ports/storage.ts'

export interface ServerParts {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly randomness: Randomness
  readonly logger: FastifyBaseLogger
  /** Settings of a site that this start makes. */
  readonly siteSettings?: Partial<SiteSettings> | undefined
  /** Makes the keys of a site that this start makes, in place of new ones. */
  readonly makeFirstKeys?: (() => Promise<readonly StoredKey[]>) | undefined
  /** Stands between the service and its database; tests use it to pause, to fail and to count. */
  readonly decorateStorage?: ((storage: Storage) => Storage) | undefined
  /** Stands before the password hasher, likewise. */
  readonly decorateHasher?: ((hasher: PasswordHasher) => PasswordHasher) | undefined
  /** In place of the clock of a PostgreSQL server, by which sessions are judged there; tests move it. */
  readonly databaseClock?: Clock | undefined
  /** Told of every connection to an embedded database; tests use it to make the database fail. */
  readonly databaseOpened?: ((database: DatabaseSync) => void) | undefined
}

export interface RunningServer {
  readonly url: string
  readonly service: Service
  readonly firstClient: Client
  /** The administrator key that this start made, to be shown once. */
  readonly newAdministratorKey: string | null
  /** Ends what its time has ended, now rather than at the next pass. */
  readonly reapNow: () => Promise<number>
  /** Stops taking requests, finishes those in flight, and closes the database. */
  readonly close: () => Promise<void>
}

/** Sessions past a limit are ended within a minute: two passes in that time. */
const reapEveryMs = 30_000
/** How long a stop waits for requests in flight. */
const stopWithinMs = 10_000

/**
 * Starts the server. Resolves once requests are served.
 *
 * @throws {DatabaseInUse} When another process holds the database.
 * @throws {SchemaTooNew} When a newer version wrote the database.
 * @throws {ConnectionLost} When no PostgreSQL server can be reached that takes writes; StatementRefused when none lets us in.
 * @throws {UnsuitableDatabase} When the PostgreSQL server could lose what it has answered, or is too old.
 * @throws {KeyEncryptionMismatch} When stored keys are wrapped with another key-encryption key, or none is set.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { configuration, clock, randomness, logger } = parts
  const port = configuration.port === 0 ? await freePort(configuration.host) : configuration.port
  const baseUrl = configuration.baseUrl ?? `http://${urlHost(configuration.host)}:${port}`

  const opened = await openStorage(parts)
  const storage = parts.decorateStorage?.(opened) ?? opened
  try {
    const keyEncryption =
      configuration.keyEncryptionKey === undefined
        ? undefined
        : createKeyEncryption(configuration.keyEncryptionKey, randomness)
    const wrapping = keyEncryption === undefined ? {} : { keyEncryption }
    const started = await ensureSite({
      storage,
      clock,
      randomness,
      makeKeys:
        parts.makeFirstKeys ??
        (() => generateKeys({ randomness, ...wrapping, createdAt: clock.now(), activeFrom: clock.now() })),
      clientId: configuration.bootstrapClientId,
      ...firstRedirects(configuration, baseUrl),
      administratorKey: configuration.adminKey,
      settings: parts.siteSettings,
    })
    if (keyEncryption !== undefined && (await wrapReadableKeys(storage, keyEncryption)) > 0) {
      logger.info('Signing keys that lay readable in the database are wrapped now')
    }
    for (const warning of settingsWarnings(started.site.settings)) logger.warn(warning)
    for (const name of await settingsNotTaken(storage, configuration, started.firstClient)) {
      logger.warn(`${name} is read at the first start only, and the database says otherwise: it has no effect`)
    }

    const keyring = createKeyring({ stored: await storage.listKeys(), ...wrapping, clock })
    // Said only of keys that could be read: where they are wrapped and the key is missing, the start has ended above.
    if (keyEncryption === undefined) {
      logger.warn('Signing keys lie readable in the database: set ADJOURN_KEY_ENCRYPTION_KEY to wrap them')
    }
    const hasher = createArgon2Hasher(hashingLimits())
    const service: Service = {
      siteId: started.site.id,
      baseUrl,
      storage,
      clock,
      randomness,
      passwordHasher: parts.decorateHasher?.(hasher) ?? hasher,
      blocklist: await loadCommonPasswords(),
      keyring,
      makeKey: (purpose, times) => generateKey(purpose, { randomness, ...wrapping, ...times }),
      accessTokens: createAccessTokens({ keyring, clock, randomness, issuer: baseUrl, audience: baseUrl }),
      visitorTokens: createVisitorTokens(keyring),
      reportFailure: (sentence, error) => logger.error({ err: error }, sentence),
    }
    const app = await createHttpApp({
      surroundings: { service, developmentOrigins: configuration.developmentOrigins },
      logger,
      trustedProxies: configuration.trustedProxies,
    })
    await app.listen({ host: configuration.host, port })

    const reapNow = () => reap(service, randomness.guid())
    const reaper = setInterval(() => {
      reapNow().catch((error: unknown) => service.reportFailure('Sessions past their limits were not ended', error))
    }, reapEveryMs)
    return {
      url: baseUrl,
      service,
      firstClient: started.firstClient,
      newAdministratorKey: started.newAdministratorKey,
      reapNow,
      close: async () => {
        clearInterval(reaper)
        const impatience = setTimeout(() => app.server.closeAllConnections(), stopWithinMs)
        await app.close()
        clearTimeout(impatience)
        await storage.close()
      },
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** On PostgreSQL sessions are judged by the database's clock, since there may be many servers. */
async function openStorage(parts: ServerParts): Promise<Storage> {
  const { configuration, clock, randomness, databaseClock, databaseOpened } = parts
  const location = configuration.database
  if (location.kind === 'postgres') {
    return openPostgresStorage({
      location,
      randomness,
      ...(databaseClock === undefined ? {} : { clock: databaseClock }),
    })
  }
  const opened = databaseOpened === undefined ? {} : { opened: databaseOpened }
  return openSqliteStorage({ location, clock, randomness, ...opened })
}

/**
 * Where the first client may redirect to: what the operator said, or, on a developer's own machine, the addresses of the
 * usual development server there.
 */
function firstRedirects({ bootstrapRedirectUris, bootstrapRedirectDomains }: Configuration, baseUrl: string) {
  const atHome = isLoopbackHost(new URL(baseUrl).hostname)
  const or = (chosen: readonly string[], usual: readonly string[]) => (chosen.length === 0 && atHome ? usual : chosen)
  return {
    redirectUris: or(bootstrapRedirectUris, ['http://localhost:4321/callback', 'http://127.0.0.1:4321/callback']),
    redirectDomains: or(bootstrapRedirectDomains, ['localhost', '127.0.0.1']),
  }
}

/** Fewer hashes at once than the thread pool has threads, so that logins never hold up everything else in it. */
function hashingLimits() {
  return { concurrency: Math.max(1, Math.min(availableParallelism(), 3)), queue: 64 }
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** The base URL is part of what is served, so a port that the system picks must be known before the routes are made. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port is free')),
      )
    })
  })
}
