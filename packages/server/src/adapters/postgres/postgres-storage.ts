/**
 * The storage port on PostgreSQL, for any number of nodes.
 *
 * Nothing is answered from memory: every check is read from the primary. The checks of one turn of the event loop share one
 * statement, the writes of one turn share one transaction. An end is an entry of the revocation log, through whose head all
 * nodes pass one after the other.
 */
import type { EpochMs, SessionId, SiteId, VisitorId } from '../../domain/ids.ts'
import type { Witness } from '../../domain/installation.ts'
import type { Clock } from '../../ports/clock.ts'
import { type StorageObserver, unobserved } from '../../ports/measurements.ts'
import type { Randomness } from '../../ports/randomness.ts'
import {
  type EndAnswer,
  type GrantEndAnswer,
  type LogHead,
  type Storage,
  StorageUnavailable,
  type TicketFacts,
  type VisitorFacts,
} from '../../ports/storage.ts'
import { DatabaseDoesNotFit, UnreadableWitness, type WitnessKeeper } from '../../ports/witness.ts'
import { auditRecordOf, logEntryOf, memberOf, siteOf, storedKeyOf } from '../stored/records.ts'
import { blob, integer, object, type Row, textOrNull } from '../stored/row.ts'
import { SchemaTooNew } from '../stored/schema-too-new.ts'
import { columnsOfTable } from '../stored/tables.ts'
import { steadyClock } from '../system/clock.ts'
import { copyPostgres } from '../transfer/postgres-to-sqlite.ts'
import { Lookout } from '../witness/lookout.ts'
import type { Access } from './access.ts'
import { administratorMethods } from './administrators.ts'
import { apiKeyMethods } from './api-keys.ts'
import { approvalMethods } from './approvals.ts'
import { auditMethods } from './audit.ts'
import { issueCode, redeemCode } from './authorization-codes.ts'
import { blockMember, unblockMember } from './blocking.ts'
import { challengeMethods } from './challenges.ts'
import { clientMethods } from './clients.ts'
import { CommitQueue, type Role } from './commit-queue.ts'
import { Connection, type ConnectionSettings } from './connection.ts'
import { DatabaseClock } from './database-clock.ts'
import { endGrant, endSession, roleOfEnd } from './ending.ts'
import { asUnavailable, ConnectionLost } from './failures.ts'
import { entriesText, Followers } from './followers.ts'
import { Gathered } from './gathered.ts'
import { bearWitness, decideEpoch, lookAgain, settle } from './installation.ts'
import { issueLogoutTicket, keepRedirectSession } from './keeping.ts'
import { recordAct, rewrapKeys, rotateKeys } from './keys.ts'
import { KnownDatabase } from './known-database.ts'
import type { PostgresLocation } from './location.ts'
import { leaseMails, mailMethods, settleMails } from './mails.ts'
import { memberAdministrationMethods } from './member-administration.ts'
import { memberColumns } from './member-columns.ts'
import { migrate, migrations } from './migrate.ts'
import { noticeMethods } from './notices.ts'
import { Notifier } from './notifier.ts'
import { dutyMethods } from './owed-duties.ts'
import { arrayOf, lookUp, lookUpIfAny, type Parameter } from './parameters.ts'
import { changePassword, rehashPassword } from './passwords.ts'
import { Pool } from './pool.ts'
import { OlderProgramsAtWork, workAs } from './programs-at-work.ts'
import { rotateRefreshToken } from './refresh-tokens.ts'
import { sessionLives } from './seal.ts'
import { type Found, factsStatement, foundOf, type Naming, refreshTokenFactsOf } from './session-facts.ts'
import { listedSessionOf, sessionListStatement } from './session-list.ts'
import { signOn } from './signing-on.ts'
import { createSite, replaceSettings } from './site.ts'
import { registerMember, startSession, touchSession } from './starting.ts'
import { throttleMethods } from './throttles.ts'
import { commitWith, TransactionFailed } from './transaction.ts'
import { findOverdue, prune, pruneAudit } from './upkeep.ts'
import type { Work } from './work.ts'

/**
 * What every connection asks for: the plan of a statement is made once, never with a scan of a whole table (a table that
 * was small when the plan was made would be scanned when it is large), and nobody waits for ever.
 */
const common = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
  lock_timeout: '5000',
} as const

/** Statements that only read have a limit; a commit must not, since one that is cut short is not undone. */
const reading = { ...common, statement_timeout: '10000' } as const

/** A node that is stopped in the middle of a transaction holds up others for no longer than this. */
const writing = { ...common, statement_timeout: '0', idle_in_transaction_session_timeout: '5000' } as const

/** Checks use one processor of the database each; two statements at once is what one node's own processor can make use of. */
const checkConnections = 2
const otherConnections = 2

/** Also while nothing ends here: other nodes end things, and standbys come and go. */
const lookAgainEveryMs = 10_000
/** How late a follower is at most when nobody can tell it that the log has grown. */
const lookEveryDefaultMs = 1_000

/** Clocks run apart by a few milliseconds in this time. */
const readTimeEveryMs = 60_000

/**
 * Opens the storage: connects, and brings the schema up to date.
 *
 * @param options.nodeClock - Tells how much time passes between two readings of the database's clock; one that is never
 *   set, unless told.
 * @param options.clock - To go by instead of the database's own clock. For tests, which move time by hand.
 * @param options.lookEveryMs - How often those who follow the log look at it without being told that it grew.
 * @param options.mailKept - Told after each commit of this node that may have kept a mail to be sent.
 * @param options.observer - Told of every batch and of every record.
 * @param options.keeper - Of the witness by which the database is known again, on every connection. Without one any database
 *   is taken as it is: for operators who decide about one, and for tests.
 * @param options.answerWithinMs - How long the database may keep silent before a connection is given up.
 * @throws {ConnectionLost} When no host can be reached that takes writes.
 * @throws {StatementRefused} When it does not let us in, or a migration fails.
 * @throws {UnsuitableDatabase} When it is set up so that it could lose what it has answered.
 * @throws {SchemaTooNew} When a newer version wrote it, and this one may not be used with it.
 * @throws {OlderProgramsAtWork} When a migration has to wait until servers of an older version are stopped.
 * @throws {DatabaseDoesNotFit} When it is not the one that was served last.
 * @throws {UnreadableWitness} When what lies where the witness should be is none.
 */
export async function openPostgresStorage(options: {
  readonly location: PostgresLocation
  readonly randomness: Randomness
  readonly nodeClock?: Clock | undefined
  readonly clock?: Clock | undefined
  readonly answerWithinMs?: number | undefined
  readonly lookEveryMs?: number
  readonly mailKept?: (() => void) | undefined
  readonly observer?: StorageObserver
  readonly keeper?: WitnessKeeper
}): Promise<Storage> {
  const { location, randomness, clock, observer = unobserved, keeper } = options
  const patience = options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }
  const now = clock === undefined ? undefined : () => clock.now()

  const databaseClock = new DatabaseClock(options.nodeClock ?? steadyClock)
  /** Those that were found to lead to the right database. */
  let trusted: readonly Connection[] = []

  const connectToRead = () => connect({ database: reading })
  const connectToWrite = () => connect({ database: writing })
  const { connection: first, seen } = await openFitting({ database: writing }, (connection) => migrate(connection))
  if (seen !== undefined) keeper?.keepNow(seen)

  /** To a request it is all the same why the database cannot be asked; the cause is for the log. */
  async function connect(settings: ConnectionSettings): Promise<Connection> {
    try {
      const { connection } = await openFitting(settings)
      // It may be on another timeline than before, which the witness has to know before anything else happens.
      lookout?.wake()
      return connection
    } catch (error) {
      throw asLost(error)
    }
  }

  /**
   * Nobody gets a connection before it is known that the database behind it fits: after a loss it may be another. A host
   * whose database does not fit is passed over, such as a primary of before that came back, and told of when there is no
   * other. Each may have another clock than the last.
   */
  async function openFitting(
    settings: ConnectionSettings,
    prepare: (connection: Connection) => Promise<unknown> = async () => {},
  ): Promise<{ readonly connection: Connection; readonly seen: Witness | undefined }> {
    let problem: unknown
    for (const host of location.hosts) {
      let connection: Connection | undefined
      try {
        connection = await Connection.open({ ...location, hosts: [host] }, { ...patience, ...settings })
        await prepare(connection)
        await workAs(connection, migrations.length)
        const seen = keeper === undefined ? undefined : await settle(connection, keeper, () => randomness.guid())
        await databaseClock.readFrom(connection)
        trusted = [...trusted.filter(({ usable }) => usable), connection]
        return { connection, seen }
      } catch (error) {
        connection?.destroy()
        if (!isVerdict(problem)) problem = error
      }
    }
    throw problem
  }

  const checks = new Pool(connectToRead, checkConnections)
  const others = new Pool(connectToRead, otherConnections)
  /** For what needs a transaction to itself. */
  const apart = new Pool(connectToWrite, 1)
  const notifier = new Notifier(connectToRead)
  const lookout =
    keeper === undefined || seen === undefined
      ? undefined
      : new Lookout(keeper, (kept) => lookAfter(keeper, kept), seen)
  const lookingAgain = lookout && setInterval(() => lookout.wake(), lookAgainEveryMs).unref()
  const followers = new Followers(
    (notified) => connect({ database: reading, notified }),
    options.lookEveryMs ?? lookEveryDefaultMs,
  )
  const ended = () => {
    notifier.wake()
    followers.wake()
    lookout?.wake()
  }
  const queue = new CommitQueue({
    connect: connectToWrite,
    randomness,
    now,
    observer,
    ended,
    mailKept: options.mailKept ?? (() => {}),
  })
  queue.seed(first)
  let closing: Promise<void> | undefined

  const found = new Gathered<Naming, Found | undefined>(
    async (names) => {
      const statement = factsStatement(names)
      const { rows: facts } = await checks.read((connection) =>
        databaseClock.during(
          () => connection.run(statement),
          ({ rows: [row] }) => (row === undefined ? undefined : integer(row, 'read_at')),
        ),
      )
      return foundOf(names, facts, now)
    },
    checkConnections,
    observer,
  )

  const visitors = new Gathered<Visitor, VisitorFacts>(
    (asked) => checks.read((connection) => checkVisitors(connection, asked)),
    checkConnections,
    observer,
  )

  function rows(statement: string, ...parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return others.read((connection) => connection.rows(statement, parameters))
  }

  async function one<T>(record: (row: Row) => T, statement: string, ...parameters: readonly Parameter[]) {
    const [row] = await rows(statement, ...parameters)
    return row === undefined ? undefined : record(row)
  }

  const known = new KnownDatabase()

  /** For a node that is idle; questions of a busy one bring the time with them. */
  const readings = setInterval(() => {
    others
      .read((connection) => databaseClock.readFrom(connection))
      .catch((error: unknown) => {
        // Without the database nothing is answered, so nobody needs to know the time.
        if (!(error instanceof StorageUnavailable)) throw error
      })
  }, readTimeEveryMs)
  readings.unref()

  let lastApart: Promise<unknown> = Promise.resolve()

  /** One after the other: a connection has one transaction. */
  function alone<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const result = lastApart
      .then(() => apart.use(work))
      .catch((error: unknown) => {
        throw error instanceof TransactionFailed ? error.unavailable : asUnavailable(error, 'nothing_happened')
      })
    lastApart = result.catch(() => {})
    return result
  }

  /** A database that was replaced under open connections is no longer answered from. */
  async function lookAfter(knownBy: WitnessKeeper, kept: Witness): Promise<Witness> {
    try {
      return await others.read((connection) =>
        lookAgain(connection, knownBy, kept, (statements) => alone((apart) => commitWith(apart, statements, false))),
      )
    } catch (error) {
      if (error instanceof DatabaseDoesNotFit) for (const connection of trusted) connection.destroy()
      throw error
    }
  }

  /** Each item commits with the others where it can, and fails alone where it must, whatever the reason. */
  function each<Request, Answer>(
    requests: readonly Request[],
    work: (request: Request) => Work<Answer>,
    role?: (request: Request) => Role,
  ) {
    return Promise.all(
      requests.map((request) =>
        queue.commit(work(request), role?.(request)).catch((error: unknown) => ({
          outcome: 'failed' as const,
          error:
            error instanceof StorageUnavailable
              ? error
              : new StorageUnavailable('The request could not be carried out', {
                  outcome: 'nothing_happened',
                  cause: error,
                }),
        })),
      ),
    )
  }

  const access: Access = { rows, one, commit: (work, role) => queue.commit(work, role) }

  return {
    clock: clock ?? databaseClock,
    ping: () => known.recognise(({ text: statement, parameters }) => rows(statement, ...parameters)),
    close: () => {
      closing ??= (async () => {
        clearInterval(lookingAgain)
        clearInterval(readings)
        await queue.close()
        await lookout?.close()
        await lastApart
        await Promise.all([notifier.close(), followers.close()])
        await Promise.all([checks.close(), others.close(), apart.close()])
      })()
      return closing
    },

    findSite: () => one(siteOf, `SELECT ${columnsOfTable('site')} FROM site LIMIT 1`),
    createSite: (site) => alone((connection) => createSite(connection, site)),
    replaceSettings: (replacement) => queue.commit(replaceSettings(replacement), 'apart'),
    ...administratorMethods(access),
    ...apiKeyMethods(access),
    ...clientMethods(access),

    findMember: (id) => one(memberOf, `SELECT ${memberColumns} FROM member WHERE id = $1`, id),
    findMemberByEmail: (siteId, emailKey) =>
      one(memberOf, `SELECT ${memberColumns} FROM member WHERE site_id = $1 AND email_key = $2`, siteId, emailKey),
    registerMember: (registration) => queue.commit(registerMember(registration), 'starts'),
    rehashPassword: (rehash) => queue.commit(rehashPassword(rehash)),
    changePassword: (change) => queue.commit(changePassword(change), 'ends_many'),
    blockMember: (block) => queue.commit(blockMember(block), 'ends_many'),
    unblockMember: (unblock) => queue.commit(unblockMember(unblock)),
    ...memberAdministrationMethods(access),

    ...challengeMethods(access),
    ...approvalMethods(access),
    leaseMails: (lease) => alone((connection) => leaseMails(connection, lease)),
    settleMails: (settlements) => alone((connection) => settleMails(connection, settlements)),
    ...mailMethods(access),

    check: async (credential) => (await found.ask(credential))?.facts,
    checkVisitor: (siteId, visitorId) => visitors.ask({ siteId, visitorId }),
    listSessions: async (list) => {
      const { text: statement, parameters } = sessionListStatement(list)
      return (await rows(statement, ...parameters)).map((row) => listedSessionOf(row, now))
    },
    startSession: (start) => queue.commit(startSession(start), 'starts'),
    findSessionOfKey: ({ memberId, apiKeyId, clientId }) =>
      one((row) => integer(row, 'id') as SessionId, sessionOfKeyText, memberId, apiKeyId, clientId),
    signOn: (asked) => queue.commit(signOn(asked), 'starts'),
    touchSession: (id, at) => queue.commit(touchSession(id, at)),
    endSessions: (requests): Promise<readonly EndAnswer[]> => each(requests, endSession, roleOfEnd),
    findOverdueSessions: (at, limit) => alone((connection) => findOverdue(connection, at, limit)),
    prune: (at, limit) => alone((connection) => prune(connection, at, limit)),

    endGrants: (requests): Promise<readonly GrantEndAnswer[]> => each(requests, endGrant),

    issueLogoutTicket: (ticket) => queue.commit(issueLogoutTicket(ticket)),
    findTicket: async (kind, hash) => {
      const [row] = await rows(
        `SELECT ${columnsOfTable('ticket')} FROM ticket WHERE hash = $1 AND kind = $2`,
        hash,
        kind,
      )
      if (row === undefined) return undefined
      return ticketFactsOf(row, await found.ask({ by: 'ticket', hash }))
    },
    issueCode: (issue) => queue.commit(issueCode(issue)),
    redeemCode: (redemption) => queue.commit(redeemCode(redemption)),
    findRefreshToken: async (hash) => refreshTokenFactsOf(await found.ask({ by: 'refresh_token', hash })),
    rotateRefreshToken: (rotation) => queue.commit(rotateRefreshToken(rotation)),

    keepRedirectSession: (kept) => queue.commit(keepRedirectSession(kept)),
    findRedirectSession: (hash) =>
      one(
        (row) => ({
          hash,
          parameters: object(row, 'parameters') as Readonly<Record<string, string>>,
          createdAt: integer(row, 'created_at'),
          expiresAt: integer(row, 'expires_at'),
        }),
        `SELECT ${columnsOfTable('redirect_session')} FROM redirect_session WHERE hash = $1`,
        hash,
      ),

    listKeys: async () =>
      (await rows(`SELECT ${columnsOfTable('stored_key')} FROM stored_key ORDER BY created_at, kid`)).map(storedKeyOf),
    rotateKeys: async (rotation) => {
      await alone((connection) => rotateKeys(connection, rotation))
      observer.recorded('keys.rotated', null, 1)
    },
    rewrapKeys: (keys) => alone((connection) => rewrapKeys(connection, keys)),

    ...dutyMethods(access),
    logHead,
    readLog: async (after, limit) => (await rows(entriesText, after, limit)).map(logEntryOf),
    followLog: (after, follower, signal) => followers.follow(after, follower, signal),
    readLogBatches: async (after, limit) =>
      (
        await rows(
          `SELECT ${columnsOfTable('log_batch')} FROM log_batch WHERE n > $1 ORDER BY n LIMIT $2::bigint`,
          after,
          limit,
        )
      ).map((row) => ({
        n: integer(row, 'n'),
        entries: integer(row, 'entries'),
        digest: blob(row, 'digest'),
        chain: blob(row, 'chain'),
      })),
    readAudit: async (after, limit) =>
      (
        await rows(
          `SELECT ${columnsOfTable('audit')} FROM audit WHERE n > $1 ORDER BY n LIMIT $2::bigint`,
          after,
          limit,
        )
      ).map(auditRecordOf),
    ...auditMethods(access),
    ...noticeMethods(access),
    pruneAudit: (before, limit) => alone((connection) => pruneAudit(connection, before, limit)),
    recordAct: async (act) => {
      await alone((connection) => recordAct(connection, act))
      observer.recorded(act.event, null, 1)
    },

    ...throttleMethods(access),

    decideEpoch: (decided) => alone((connection) => decideEpoch(connection, decided, randomness.bytes(32))),
    witness: () => others.read(bearWitness),
    copyTo: async (path, at) => {
      // Of its own, and without the limits that are for requests.
      const connection = await Connection.open(location)
      try {
        await copyPostgres(connection, path, { at, newId: randomness.guid() })
      } finally {
        await connection.close()
      }
    },
  }

  async function logHead(): Promise<LogHead> {
    const [row] = await rows('SELECT n, chain FROM log_head')
    if (row === undefined) throw new RangeError('Cannot read the revocation log as it has no head')
    return { n: integer(row, 'n'), chain: blob(row, 'chain') }
  }
}

/** The failures of judging a database, as one of the way to it. */
function asLost(error: unknown): unknown {
  const isOurs = isVerdict(error) || error instanceof UnreadableWitness || error instanceof TransactionFailed
  return isOurs ? new ConnectionLost(error.message, { cause: error }) : error
}

/** About the database itself, and not about whether it can be reached: of several hosts' problems the one to tell. */
function isVerdict(error: unknown): error is Error {
  return error instanceof DatabaseDoesNotFit || error instanceof SchemaTooNew || error instanceof OlderProgramsAtWork
}

const sessionOfKeyText = `
  SELECT s.id FROM session s WHERE s.member_id = $1 AND s.api_key_id = $2 AND s.client_id = $3 AND ${sessionLives('s.id')}
  ORDER BY s.id DESC LIMIT 1`

interface Visitor {
  readonly siteId: SiteId
  readonly visitorId: VisitorId
}

async function checkVisitors(connection: Connection, asked: readonly Visitor[]): Promise<readonly VisitorFacts[]> {
  const found = await connection.rows(
    `SELECT k.place, t.generation, (v.visitor_id IS NOT NULL)::int AS ended
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(site_id, visitor_id, place)
     ${lookUp('site', 't', 'x.id = k.site_id')}
     ${lookUpIfAny('visitor_tombstone', 'v', 'x.visitor_id = k.visitor_id')}`,
    [arrayOf(asked.map(({ siteId }) => siteId)), arrayOf(asked.map(({ visitorId }) => visitorId))],
  )
  const byPlace = new Map(found.map((row) => [integer(row, 'place'), row]))
  return asked.map((_, index) => {
    const row = byPlace.get(index + 1)
    // A site that is not there has no generation that a token could reach.
    if (row === undefined) return { ended: true, siteGeneration: Number.MAX_SAFE_INTEGER }
    return { ended: row['ended'] === 1, siteGeneration: integer(row, 'generation') }
  })
}

function ticketFactsOf(row: Row, session: Found | undefined): TicketFacts {
  return {
    clientId: textOrNull(row, 'client_id') as TicketFacts['clientId'],
    expiresAt: integer(row, 'expires_at') as EpochMs,
    spent: row['spent_at'] !== null,
    visitorId: textOrNull(row, 'visitor_id') as TicketFacts['visitorId'],
    session: session?.facts ?? null,
  }
}
