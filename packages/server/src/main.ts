/**
 * The composition root: the one file that knows every part. Opens the database, makes the service, serves it, and stops it.
 *
 * Tests start the same thing with a clock and randomness of their own.
 */
import { availableParallelism } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { writeBackup } from './adapters/backup/backup-file.ts'
import { createSiteverify } from './adapters/captcha/siteverify.ts'
import { createAccessTokens } from './adapters/keys/access-tokens.ts'
import { generateKey, generateKeys } from './adapters/keys/generate-keys.ts'
import { createKeyEncryption } from './adapters/keys/key-encryption.ts'
import { createKeyring } from './adapters/keys/keyring.ts'
import { createProofs } from './adapters/keys/proofs.ts'
import { createVisitorTokens } from './adapters/keys/visitor-tokens.ts'
import { wrapReadableKeys } from './adapters/keys/wrap-readable-keys.ts'
import { createMailWriter } from './adapters/mail/mail-writer.ts'
import { mailbox } from './adapters/mail/mailbox.ts'
import { SmtpMailer } from './adapters/mail/smtp-mailer.ts'
import { databaseSamples } from './adapters/metrics/database-samples.ts'
import { Metrics } from './adapters/metrics/metrics.ts'
import { ProcessSamples } from './adapters/metrics/process-samples.ts'
import { type MetricSamples, samplesContentType, writeSamples } from './adapters/metrics/samples.ts'
import { loadCommonPasswords } from './adapters/passwords/common-passwords.ts'
import { createPasswordHasher } from './adapters/passwords/password-hasher.ts'
import type { Tracing } from './adapters/tracing/open-telemetry.ts'
import { noWitness } from './adapters/witness/no-witness.ts'
import type { Configuration } from './config/configuration.ts'
import type { Client } from './domain/client.ts'
import { passwordLengthMinDefault } from './domain/password.ts'
import { type SiteSettings, settingsWarnings } from './domain/site.ts'
import { isLoopbackHost } from './domain/web-url.ts'
import { freePort } from './free-port.ts'
import { createHttpApp } from './http/app.ts'
import { createLimitedSource } from './http/wire/limited-source.ts'
import type { Surroundings } from './http/wire/surroundings.ts'
import { MailRounds } from './mail-rounds.ts'
import { openStorage, witnessFile } from './open-storage.ts'
import { AttemptsUnderWay } from './operations/attempts-under-way.ts'
import { ensureSite, settingsNotTaken } from './operations/first-start.ts'
import { BlockedSources } from './operations/limit-failures.ts'
import { reap } from './operations/reap.ts'
import { type MailAttempt, MailSender } from './operations/send-mails.ts'
import type { Service } from './operations/service.ts'
import { keyNewsSecondsMax, takeUpKeys } from './operations/take-up-keys.ts'
import type { Clock } from './ports/clock.ts'
import type { StoredKey } from './ports/keys.ts'
import type { Mailer } from './ports/mailer.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Randomness } from './ports/randomness.ts'
import type { Storage } from './ports/storage.ts'
import type { WitnessKeeper } from './ports/witness.ts'
import { version } from './version.ts'

export interface ServerParts {
  readonly configuration: Configuration
  /** The machine's clock. With PostgreSQL it only tells how much time passes between two readings of the database's. */
  readonly clock: Clock
  readonly randomness: Randomness
  readonly logger: FastifyBaseLogger
  /** Keeps the witness of the database; by default the file that is configured, or one beside a SQLite file. */
  readonly witness?: WitnessKeeper | undefined
  /** Settings of a site that this start makes. */
  readonly siteSettings?: Partial<SiteSettings> | undefined
  /** Makes the keys of a site that this start makes, in place of new ones. */
  readonly makeFirstKeys?: (() => Promise<readonly StoredKey[]>) | undefined
  /**
   * Set where this is one of several processes that share a port. One that `reaps` looks for sessions past their limits by
   * itself; of those on one machine, one is enough. `samplesOfAll` gives what all of them have counted.
   */
  readonly worker?:
    | { readonly reaps: boolean; readonly samplesOfAll: () => Promise<readonly MetricSamples[]> }
    | undefined
  /** Whether mails are sent without being told to; tests have them sent by `sendMailsNow`. */
  readonly sendsMailsByItself?: boolean | undefined
  /** Stands between the service and its database; tests use it to pause, to fail and to count. */
  readonly decorateStorage?: ((storage: Storage) => Storage) | undefined
  /** Stands before the password hasher, likewise. */
  readonly decorateHasher?: ((hasher: PasswordHasher) => PasswordHasher) | undefined
  /** Stands before the routes: adds hooks that all requests pass, and routes of its own; the emulator does. */
  readonly decorateHttp?: ((app: FastifyInstance, surroundings: Surroundings) => void) | undefined
  /** Stands around what the server does without a request, such as looking for sessions past their limits; likewise. */
  readonly decorateUpkeep?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined
  /** Given the service before anything is served, to fill a database that is empty or to put something in its way; likewise. */
  readonly decorateService?: ((service: Service) => Promise<Service>) | undefined
  /** In place of the clock of a PostgreSQL server, by which sessions are judged there; tests move it. */
  readonly databaseClock?: Clock | undefined
  /** Told of every connection to an embedded database; tests use it to make the database fail. */
  readonly databaseOpened?: ((database: DatabaseSync) => void) | undefined
  /** How long a PostgreSQL database may keep silent; tests have less patience. */
  readonly databaseAnswersWithinMs?: number | undefined
}

export interface RunningServer {
  readonly url: string
  /** On which it listens, whatever the address that it goes by. */
  readonly port: number
  readonly service: Service
  /** The oldest client; `null` where all were deleted. */
  readonly firstClient: Client | null
  /** The administrator key that this start made, to be shown once. */
  readonly newAdministratorKey: string | null
  /** What this process has counted so far. */
  readonly samples: () => readonly MetricSamples[]
  /** Ends what its time has ended, now rather than at the next pass. */
  readonly reapNow: () => Promise<number>
  /** Sends the mails that are due; resolves when it was tried with each. */
  readonly sendMailsNow: () => Promise<void>
  /** Sees to it that mails are sent soon, where this server sends any by itself; to be told of what was kept in its place. */
  readonly mailKept: () => void
  /** Where the development mailbox is looked into, where there is one. */
  readonly mailboxUrl: string | null
  /** Takes up keys that another node has made, now rather than at the next pass. */
  readonly takeUpKeysNow: () => Promise<void>
  /** Stops taking requests, finishes those in flight, and closes the database. */
  readonly close: () => Promise<void>
}

/** Sessions past a limit are ended within a minute: two passes in that time. */
const reapEveryMs = 30_000
/** Mails of other nodes and of before are seen to within seconds, and those that are to be tried again when it is time. */
const lookForMailsEveryMs = 5_000
/** How long a stop waits for requests and mails in flight. */
const stopWithinMs = 10_000

/**
 * Starts the server. Resolves once requests are served.
 *
 * @throws {DatabaseInUse} When another process holds the database.
 * @throws {SchemaTooNew} When a newer version wrote the database, and this one may not be used with it.
 * @throws {OlderProgramsAtWork} When a migration has to wait until servers of an older version are stopped.
 * @throws {InstallationMoved} When the database was left behind by a move.
 * @throws {ConnectionLost} When no PostgreSQL server can be reached that takes writes; StatementRefused when none lets us in.
 * @throws {DatabaseDoesNotFit} When the database is not the one that was served here last.
 * @throws {UnreadableWitness} When what lies where the witness should be is none.
 * @throws {UnsuitableDatabase} When the PostgreSQL server could lose what it has answered, or is too old.
 * @throws {KeyEncryptionMismatch} When stored keys are wrapped with another key-encryption key, or none is set.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { configuration, randomness, logger } = parts
  const port = configuration.port === 0 ? await freePort(configuration.host) : configuration.port
  const baseUrl = configuration.baseUrl ?? `http://${urlHost(configuration.host)}:${port}`

  const location = configuration.database
  const metrics = new Metrics()
  const tracing = configuration.traces ? await openTracing(logger) : undefined
  const keeper = parts.witness ?? usualWitness(parts)
  const sendsMails = parts.sendsMailsByItself !== false
  let mailRounds: MailRounds | undefined
  const opened = await openStorage({
    ...parts,
    location,
    mailKept: () => {
      if (sendsMails) mailRounds?.wake()
    },
    observer: tracing?.observer(metrics) ?? metrics,
    keeper,
  })
  const decorated = parts.decorateStorage?.(opened) ?? opened
  const storage = tracing?.storage(decorated) ?? decorated
  // Not the machine's: nodes whose clocks differ must not differ in what they hand out.
  const { clock } = storage
  const processSamples = new ProcessSamples(version)
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
    if (keyEncryption === undefined && location.kind !== 'sqlite-memory') {
      logger.warn('Signing keys lie readable in the database: set ADJOURN_KEY_ENCRYPTION_KEY to wrap them')
    }
    const hasher = createPasswordHasher({ ...hashingLimits(), computed: (durationMs) => metrics.hashed(durationMs) })
    const decoratedHasher = parts.decorateHasher?.(hasher) ?? hasher
    const proofs = createProofs(keyring)
    const mailer = mailerFor(configuration, baseUrl)
    const made: Service = {
      siteId: started.site.id,
      baseUrl,
      storage,
      clock,
      randomness,
      passwordHasher: tracing?.hasher(decoratedHasher) ?? decoratedHasher,
      blocklist: loadCommonPasswords(),
      passwordLengthLeast: passwordLengthMinDefault,
      keyring,
      makeKey: (purpose, times) => generateKey(purpose, { randomness, ...wrapping, ...times }),
      accessTokens: createAccessTokens({ keyring, clock, randomness, issuer: baseUrl, audience: baseUrl }),
      visitorTokens: createVisitorTokens(keyring),
      captcha: configuredCaptcha(configuration),
      loginsUnderWay: new AttemptsUnderWay(),
      blockedSources: new BlockedSources(),
      // Whoever is locked out finds the way back by mail.
      locksAccounts: mailer !== null,
      proofs,
      mailWriter: createMailWriter({ baseUrl, proofs }),
      mailer,
      backUp: (at) => writeBackup({ directory: configuration.backupDirectory }, at, (path) => storage.copyTo(path, at)),
      measurements: metrics,
      reportFailure: (sentence, error) => logger.error({ err: error }, sentence),
    }
    const service = (await parts.decorateService?.(made)) ?? made
    const samples = () => [...metrics.samples(), ...hashingSamples(hasher.load), ...processSamples.samples()]
    if (service.mailer === null) logger.warn(noMailIsSent)
    const upkeep: NonNullable<ServerParts['decorateUpkeep']> = parts.decorateUpkeep ?? ((work) => work())
    mailRounds = mailRoundsOf(service, {
      upkeep,
      tell: (attempt) => tellOfMail(logger, attempt),
    })
    const sendMailsNow = async () => mailRounds?.now()
    const hasMailbox = hasDevelopmentMailbox(configuration, baseUrl)
    const app = await createHttpApp({
      surroundings: {
        service,
        developmentOrigins: configuration.developmentOrigins,
        limitedSource: createLimitedSource(configuration.unlimitedAddresses),
        ...(hasMailbox ? { mailbox: { arrive: sendMailsNow } } : {}),
      },
      logger,
      trustedProxies: configuration.trustedProxies,
      tracing,
      metrics: mayBeRead(configuration, baseUrl)
        ? {
            token: configuration.metricsToken,
            contentType: samplesContentType,
            read: async () => {
              const counted = parts.worker === undefined ? samples() : await parts.worker.samplesOfAll()
              return writeSamples([...counted, ...(await databaseSamples(storage))])
            },
          }
        : undefined,
      decorate: parts.decorateHttp,
    })
    await app.listen({ host: configuration.host, port, ...(parts.worker === undefined ? {} : { reusePort: true }) })

    if (sendsMails) mailRounds?.begin(lookForMailsEveryMs)
    const reapNow = () => upkeep(() => reap(service, randomness.guid()))
    const reapUnattended = () => {
      reapNow().catch((error: unknown) => service.reportFailure('Sessions past their limits were not ended', error))
    }
    const reaper = parts.worker?.reaps === false ? undefined : setInterval(reapUnattended, reapEveryMs)
    const takeUpKeysNow = () => upkeep(() => takeUpKeys(service))
    const keyWatch = setInterval(() => {
      takeUpKeysNow().catch((error: unknown) => service.reportFailure('The keys were not looked at', error))
    }, keyNewsSecondsMax * 500)
    return {
      url: baseUrl,
      port,
      service,
      firstClient: started.firstClient,
      samples,
      newAdministratorKey: started.newAdministratorKey,
      reapNow,
      sendMailsNow,
      mailKept: () => mailRounds?.wake(),
      mailboxUrl: hasMailbox ? `${baseUrl}/dev/mailbox` : null,
      takeUpKeysNow,
      close: async () => {
        let impatience: NodeJS.Timeout | undefined
        clearInterval(reaper)
        clearInterval(keyWatch)
        processSamples.stop()
        const mailsAreDone = mailRounds?.stop()
        const patience = new Promise<void>((resolve) => {
          impatience = setTimeout(() => {
            app.server.closeAllConnections()
            resolve()
          }, stopWithinMs)
        })
        await app.close()
        // One that takes longer is given up here; it is handed out again when its lease has run out.
        await Promise.race([mailsAreDone, patience])
        clearTimeout(impatience)
        await service.mailer?.close()
        await storage.close()
      },
    }
  } catch (error) {
    processSamples.stop()
    await storage.close()
    throw error
  }
}

/** What the log says at the start of a server that has no way to send mails. */
const noMailIsSent =
  'No mail is sent, as ADJOURN_SMTP_URL is not set: mails wait until it is, and those that wait too long are given up'

/** Whoever can reach the mailbox can take over any account, so it is there on the developer's own machine alone. */
function hasDevelopmentMailbox({ smtp, host }: Configuration, baseUrl: string): boolean {
  return smtp === undefined && isLoopbackHost(host) && isLoopbackHost(new URL(baseUrl).hostname)
}

function mailerFor(configuration: Configuration, baseUrl: string): Mailer | null {
  const { smtp, mailFrom } = configuration
  if (smtp !== undefined && mailFrom !== undefined) return new SmtpMailer(smtp, mailFrom)
  return hasDevelopmentMailbox(configuration, baseUrl) ? mailbox : null
}

function mailRoundsOf(
  service: Service,
  {
    upkeep,
    tell,
  }: {
    readonly upkeep: NonNullable<ServerParts['decorateUpkeep']>
    readonly tell: (attempt: MailAttempt) => void
  },
): MailRounds | undefined {
  const { mailer } = service
  if (mailer === null) return undefined
  const sender = new MailSender({ service, mailer, tell })
  return new MailRounds({
    pass: (stop) => upkeep(() => sender.pass(stop)),
    nudge: () => sender.nudge(),
    failed: (error) => service.reportFailure('Mails were not sent', error),
  })
}

/** By its number alone: to whom it goes and what it says is nobody's business who reads logs. */
function tellOfMail(logger: FastifyBaseLogger, { outcome, ...attempt }: MailAttempt): void {
  if (outcome === 'sent') logger.info(attempt, 'A mail was sent')
  else if (outcome === 'again') logger.warn(attempt, 'A mail was not sent, and will be tried again')
  else logger.error(attempt, 'A mail was given up')
}

/** Servers of one directory share no witness by accident: for PostgreSQL it has to be asked for. */
function usualWitness({ configuration, logger }: ServerParts): WitnessKeeper | undefined {
  if (configuration.database.kind === 'postgres' && configuration.witness === undefined) return noWitness
  return witnessFile(configuration, (error) => logger.error({ err: error }, witnessNotKept))
}

function configuredCaptcha({ captchaProvider: provider, captchaSecret: secret, captchaUrl: url }: Configuration) {
  return provider === undefined || secret === undefined ? null : createSiteverify({ provider, secret, url })
}

/** What the log says when a witness could not be written. */
export const witnessNotKept = 'The witness of the database was not kept'

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

/** Loaded for those who want it: nobody else's start or request is the slower for it. */
async function openTracing(logger: FastifyBaseLogger): Promise<Tracing> {
  const { Tracing } = await import('./adapters/tracing/open-telemetry.ts')
  const tracing = new Tracing()
  if (!tracing.isRegistered) {
    logger.warn('ADJOURN_TRACES is on, but no OpenTelemetry SDK was registered before the start: nothing is traced')
  }
  return tracing
}

/**
 * Whether anybody may read metrics: with a token, or where nobody but this machine's own programs can come by. What is counted is
 * no secret, but who is signed in how often is nobody's business either.
 */
function mayBeRead({ metricsToken, host }: Configuration, baseUrl: string): boolean {
  return metricsToken !== undefined || (isLoopbackHost(host) && isLoopbackHost(new URL(baseUrl).hostname))
}

function hashingSamples(load: { readonly running: number; readonly waiting: number }): readonly MetricSamples[] {
  return [
    { name: 'adjourn_password_hashes_running', samples: [{ labels: {}, value: load.running }] },
    { name: 'adjourn_password_hashes_waiting', samples: [{ labels: {}, value: load.waiting }] },
  ]
}

/** Fewer hashes at once than the thread pool has threads, so that logins never hold up everything else in it. */
function hashingLimits() {
  return { concurrency: Math.max(1, Math.min(availableParallelism(), 3)), queue: 64 }
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
