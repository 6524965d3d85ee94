/**
 * The storage port on SQLite, in the runtime's own module.
 *
 * One process holds the file. What is asked in one turn of the event loop is done at its end: reads one after the other,
 * writes in one transaction that they share. What has ended is answered from an index in memory that only this process's
 * own commits change, filled from the revocation log when the file is opened.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Witness } from '../../domain/installation.ts'
import type { Clock } from '../../ports/clock.ts'
import { type StorageObserver, unobserved } from '../../ports/measurements.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { type EndAnswer, type GrantEndAnswer, type Storage, StorageUnavailable } from '../../ports/storage.ts'
import type { WitnessKeeper } from '../../ports/witness.ts'
import { followLog } from '../following/follow-log.ts'
import { Wakings } from '../following/wakings.ts'
import { integer, type Row } from '../stored/row.ts'
import { Lookout } from '../witness/lookout.ts'
import { AdministratorTable } from './administrators.ts'
import { ApiKeyTable } from './api-keys.ts'
import { Approval } from './approval.ts'
import { AuditTable } from './audit.ts'
import { AuthorizationCodeTable } from './authorization-codes.ts'
import { Blocking } from './blocking.ts'
import { ChallengeTable } from './challenges.ts'
import { ClientTable } from './clients.ts'
import { type Commit, CommitStatements, type Ends } from './commit.ts'
import { CommitQueue, type Connection } from './commit-queue.ts'
import { copyDatabase } from './copy.ts'
import { EndedIndex } from './ended-index.ts'
import { Ending } from './ending.ts'
import { asUnavailable, isInputOutputFailure, isSqliteFailure } from './failures.ts'
import { FileIdentity } from './file-identity.ts'
import { InstallationTable } from './installation.ts'
import { KeyTable } from './keys.ts'
import { LogReader } from './log-reader.ts'
import { MailTable } from './mails.ts'
import { MemberAdministration } from './member-administration.ts'
import { MemberRecordReader } from './member-record.ts'
import { MemberTable } from './members.ts'
import { NoticeTable } from './notices.ts'
import { type OpenedDatabase, openDatabase, type SqliteLocation } from './open-database.ts'
import { OwedDutiesReader } from './owed-duties.ts'
import { Proving } from './proving.ts'
import { Pruning } from './pruning.ts'
import { RedirectSessionTable } from './redirect-sessions.ts'
import { RefreshTokenTable } from './refresh-tokens.ts'
import { type EndsOnRecord, SessionFactsReader } from './session-facts.ts'
import { SessionListReader } from './session-list.ts'
import { SessionTable } from './sessions.ts'
import { SigningOn } from './signing-on.ts'
import { SiteTable } from './sites.ts'
import { ThrottleTable } from './throttles.ts'
import { TicketTable } from './tickets.ts'

/** Every commit wakes the followers, but one that was made while the file could not be read is found by looking. */
const lookEveryMs = 1_000

/**
 * Opens the storage.
 *
 * @param options.opened - Told of every connection that is opened, the first included; tests use it to make the database
 *   fail. Nothing else may touch the connection.
 * @param options.mailKept - Told after each commit that may have kept a mail to be sent.
 * @param options.observer - Told of every batch and of every record.
 * @param options.keeper - Of the witness by which the file is known again. Without one any file is taken as it is: for
 *   operators who decide about one, and for tests.
 * @throws {DatabaseInUse} When another process holds the file.
 * @throws {SchemaTooNew} When a newer version wrote it, and this one may not be used with it.
 * @throws {InstallationMoved} When a move has left it behind; `evenIfMoved` opens it all the same.
 * @throws {DatabaseDoesNotFit} When it is not the file that was served here last.
 * @throws {UnreadableWitness} When what lies where the witness should be is none.
 */
export function openSqliteStorage(options: {
  readonly location: SqliteLocation
  readonly clock: Clock
  readonly randomness: Randomness
  readonly opened?: (database: DatabaseSync) => void
  readonly mailKept?: (() => void) | undefined
  readonly observer?: StorageObserver
  readonly keeper?: WitnessKeeper
  readonly evenIfMoved?: boolean
}): Storage {
  const { location, clock, randomness, opened, observer = unobserved, keeper, evenIfMoved = false } = options
  let lookout: Lookout | undefined
  let connection: OpenConnection | undefined = connect()
  let closed = false
  let turn: Promise<void> | undefined
  let readsOfTurn = 0
  const path = connection.database.location()
  /** The file alone: when the database is opened anew, its write-ahead log is a new one. */
  const firstOpened = path === null ? undefined : new FileIdentity([path])

  function connect(): OpenConnection {
    const open = new OpenConnection(openDatabase(location, { evenIfMoved }))
    opened?.(open.database)
    if (keeper === undefined) return open
    try {
      const kept = open.installation.settle(open.database, keeper, randomness)
      lookout ??= new Lookout(keeper, lookAgain, kept)
    } catch (error) {
      open.database.close()
      throw error
    }
    return open
  }

  /** Also while the storage is being closed. */
  function lookAgain(): Witness {
    assertSameFile('nothing_happened')
    if (connection === undefined)
      throw new StorageUnavailable('The database is closed', { outcome: 'nothing_happened' })
    return connection.installation.witness()
  }

  /** The connection, opened anew when the last one could no longer be trusted. */
  function current(): OpenConnection {
    if (closed) throw new StorageUnavailable('The database is closed', { outcome: 'nothing_happened' })
    try {
      connection ??= connect()
    } catch (cause) {
      throw new StorageUnavailable('The database could not be opened anew', { outcome: 'nothing_happened', cause })
    }
    return connection
  }

  function assertSameFile(outcome: StorageUnavailable['outcome']): void {
    // Opening anew must not make an empty database where the file was, nor take up a copy of it from before.
    const problem = (connection?.file ?? firstOpened)?.problem()
    if (problem !== undefined)
      throw new StorageUnavailable(`The database is not the one opened: ${problem}`, { outcome })
  }

  /**
   * Resolves at the end of the turn of the event loop, for everyone who reads in it, once the file was found to be the same.
   *
   * Reading for each request as it comes in would take turns with parsing and answering, and each would find the
   * processor's caches full of the others: one after the other, all of a kind, they take less than half the time.
   */
  function endOfTurn(): Promise<void> {
    readsOfTurn += 1
    turn ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        turn = undefined
        const size = readsOfTurn
        readsOfTurn = 0
        try {
          assertSameFile('nothing_happened')
          resolve()
        } catch (error) {
          reject(error)
        }
        observer.batchDone({ kind: 'check', size, durationMs: null, outcome: 'done', origins: [] })
      })
    })
    return turn
  }

  function distrust(): void {
    // A database in memory has no file to be read anew: it is as good as it was.
    if (location.kind === 'sqlite-memory') return
    const distrusted = connection
    connection = undefined
    try {
      distrusted?.database.close()
    } catch (error) {
      // Not even that works. Whether the file can be opened anew is found out by the next call.
      if (!isSqliteFailure(error)) throw error
    }
  }

  const wakings = new Wakings()
  const closing = new AbortController()
  const queue = new CommitQueue({
    connect: current,
    assertSameFile,
    distrust,
    randomness,
    observer,
    ended: () => wakings.wake(),
    mailKept: options.mailKept ?? (() => {}),
  })

  async function read<T>(query: (connection: OpenConnection) => T): Promise<T> {
    try {
      await endOfTurn()
      return query(current())
    } catch (error) {
      if (isInputOutputFailure(error)) distrust()
      throw asUnavailable(error, 'nothing_happened')
    }
  }

  function write<T>(work: (connection: OpenConnection, commit: Commit) => T): Promise<T> {
    lookout?.wake()
    return queue.commit((commit) => work(current(), commit))
  }

  /**
   * Each item commits with the others where it can, and fails alone where it must, whatever the reason: an error thrown
   * for one would hide from the caller that the others are done.
   */
  async function each<Request, Answer>(
    requests: readonly Request[],
    work: (connection: OpenConnection, commit: Commit, request: Request) => Answer,
  ): Promise<readonly (Answer | { readonly outcome: 'failed'; readonly error: StorageUnavailable })[]> {
    return Promise.all(
      requests.map((request) =>
        write((open, commit) => work(open, commit, request)).catch((error: unknown) => ({
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

  return {
    clock,
    ping: () => read(({ log }) => void log.head()),
    close: async () => {
      if (closed) return
      queue.flush()
      closed = true
      closing.abort()
      await lookout?.close()
      connection?.database.close()
      connection = undefined
    },

    findSite: () => read(({ sites }) => sites.find()),
    createSite: (first) => write(({ sites }, commit) => sites.create(commit, first)),
    replaceSettings: (replacement) => write(({ sites }, commit) => sites.replaceSettings(commit, replacement)),
    findAdministratorKey: (hash) => read(({ administrators }) => administrators.find(hash)),
    listAdministratorKeys: () => read(({ administrators }) => administrators.list()),
    addAdministratorKey: (addition) => write(({ administrators }, commit) => administrators.add(commit, addition)),
    removeAdministratorKey: (removal) => write(({ administrators }, commit) => administrators.remove(commit, removal)),

    findApiKey: (hash) => read(({ apiKeys }) => apiKeys.find(hash)),
    listApiKeys: () => read(({ apiKeys }) => apiKeys.list()),
    createApiKey: (creation) => write(({ apiKeys }, commit) => apiKeys.create(commit, creation)),
    revokeApiKey: (revocation) => write(({ apiKeys }, commit) => apiKeys.revoke(commit, revocation)),

    findClient: (id) => read(({ clients }) => clients.find(id)),
    listClients: () => read(({ clients }) => clients.list()),
    createClient: (creation) => write(({ clients }, commit) => clients.create(commit, creation)),
    changeClient: (change) => write(({ clients }, commit) => clients.change(commit, change)),
    setClientSecret: (secret) => write(({ clients }, commit) => clients.setSecret(commit, secret)),
    disableClient: (act) => write(({ clients }, commit) => clients.disable(commit, act)),
    enableClient: (act) => write(({ clients }, commit) => clients.enable(commit, act)),
    deleteClient: (act) => write(({ clients }, commit) => clients.delete(commit, act)),
    findGrantsToEnd: (limit) => read(({ clients }) => clients.grantsToEnd(limit)),
    noteGrantsEnded: (done) => write(({ clients }) => clients.noteGrantsEnded(done)),

    findMember: (id) => read(({ members }) => members.find(id)),
    findMemberByEmail: (siteId, emailKey) => read(({ members }) => members.findByEmail(siteId, emailKey)),
    registerMember: (registration) => write(({ members }, commit) => members.register(commit, registration)),
    rehashPassword: ({ memberId, from, to }) => write(({ members }) => members.rehash(memberId, from, to)),
    changePassword: (change) => write(({ members }, commit) => members.changePassword(commit, change)),
    blockMember: (block) => write(({ blocking }, commit) => blocking.block(commit, block)),
    unblockMember: (unblock) => write(({ blocking }, commit) => blocking.unblock(commit, unblock)),
    findMemberRecord: (id) => read(({ memberRecords, ends }) => memberRecords.read(id, ends)),
    listMembers: (list) => read(({ memberAdministration }) => memberAdministration.list(list)),
    addMembers: (addition) => write(({ memberAdministration }, commit) => memberAdministration.add(commit, addition)),
    updateMember: (update) => write(({ memberAdministration }, commit) => memberAdministration.update(commit, update)),
    changeEmail: (change) =>
      write(({ memberAdministration }, commit) => memberAdministration.changeEmail(commit, change)),
    deleteMember: (deletion) =>
      write(({ memberAdministration }, commit) => memberAdministration.delete(commit, deletion)),

    findChallenge: (id) => read(({ challenges }) => challenges.find(id)),
    countLoginCodes: (memberId, since) => read(({ challenges }) => challenges.countLoginCodes(memberId, since)),
    openChallenge: (opening) => write(({ proving }, commit) => proving.open(commit, opening)),
    sendAnotherCode: (sending) => write(({ proving }) => proving.sendAnotherCode(sending)),
    tryCode: (attempt) => write(({ proving }, commit) => proving.tryCode(commit, attempt)),
    recoverMember: (recovery) => write(({ proving }, commit) => proving.recover(commit, recovery)),
    approveMember: (decision) => write(({ approval }, commit) => approval.approve(commit, decision)),
    rejectMember: (decision) => write(({ approval }, commit) => approval.reject(commit, decision)),
    leaseMails: (lease) => write(({ mails }) => mails.lease(lease)),
    settleMails: (settlements) => write(({ mails }) => mails.settle(settlements)),
    listMails: (list) => read(({ mails }) => mails.list(list)),
    findMail: (id) => read(({ mails }) => mails.find(id)),
    retryMail: (retry) => write(({ mails }, commit) => mails.retry(commit, retry)),

    check: (credential) => read(({ facts, ends }) => facts.read(credential, ends, clock.now())),
    checkVisitor: (siteId, visitorId) => read(({ sites }) => sites.visitor(siteId, visitorId)),
    listSessions: (list) => read(({ sessionList, ends }) => sessionList.read(list, ends, clock.now())),
    startSession: (start) => write(({ sessions }, commit) => sessions.start(commit, start)),
    findSessionOfKey: (of) => read(({ sessions, ends }) => sessions.findOfKey(of, ends)),
    signOn: (signOn) => write(({ signingOn }, commit) => signingOn.signOn(commit, signOn)),
    touchSession: (id, at) => write(({ sessions }, commit) => sessions.touch(commit, id, at, clock.now())),
    endSessions: (requests): Promise<readonly EndAnswer[]> =>
      each(requests, ({ ending, mails }, commit, request) => {
        const answer = ending.end(commit, request)
        if (answer.outcome === 'ended' && answer.sessions.length > 0) mails.insert(request.mails ?? [])
        return answer
      }),
    findOverdueSessions: (at, limit) => write(({ sessions }, commit) => sessions.overdue(commit, at, limit)),
    prune: (at, limit) => write(({ pruning }) => pruning.prune(at, limit)),

    endGrants: (requests): Promise<readonly GrantEndAnswer[]> =>
      each(requests, ({ ending }, commit, request) => ending.endGrant(commit, request)),

    issueLogoutTicket: (ticket) => write(({ tickets }) => tickets.issueLogoutTicket(ticket)),
    findTicket: (kind, hash) => read(({ tickets, ends }) => tickets.find(kind, hash, ends, clock.now())),
    issueCode: (issue) => write(({ codes }, commit) => codes.issue(commit, issue)),
    redeemCode: (redemption) => write(({ codes }, commit) => codes.redeem(commit, redemption)),
    findRefreshToken: (hash) => read(({ facts, ends }) => facts.readByRefreshToken(hash, ends, clock.now())),
    rotateRefreshToken: (rotation) => write(({ refreshTokens }, commit) => refreshTokens.rotate(commit, rotation)),

    keepRedirectSession: (kept) => write(({ redirectSessions }) => redirectSessions.keep(kept)),
    findRedirectSession: (hash) => read(({ redirectSessions }) => redirectSessions.find(hash)),

    listKeys: () => read(({ keys }) => keys.list()),
    rotateKeys: (rotation) => write(({ keys }, commit) => keys.rotate(commit, rotation)),
    rewrapKeys: async (wrapped) => {
      await write(({ keys }) => keys.rewrap(wrapped))
      // What was there before lies in the file until the log's pages take its place, and in the log itself.
      await read(({ database }) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    },

    logHead: () => read(({ log }) => log.head()),
    readLog: (after, limit) => read(({ log }) => log.entries(after, limit)),
    followLog: (after, follower, signal) =>
      followLog({
        after,
        read: (from, limit) => read(({ log }) => log.entries(from, limit)),
        follower,
        wakings,
        lookEveryMs,
        signal: AbortSignal.any([signal, closing.signal]),
      }),
    readLogBatches: (after, limit) => read(({ log }) => log.batches(after, limit)),
    owedDuties: () => read(({ owedDuties }) => owedDuties.read()),
    readAudit: (after, limit) => read(({ audit }) => audit.read(after, limit)),
    queryAudit: (query) => read(({ audit }) => audit.query(query)),
    pruneAudit: (before, limit) => write(({ audit }) => audit.prune(before, limit)),
    recordAct: (act) => write((_open, commit) => commit.tell(act)),

    findThrottles: (look) => read(({ throttles }) => throttles.find(look)),
    countAttempts: (attempts) => write(({ throttles }) => throttles.count(attempts)),
    forgetThrottles: (keys) => write(({ throttles }) => throttles.forget(keys)),
    listNotices: (list) => read(({ notices }) => notices.list(list)),
    retryNotice: (retry) => write(({ notices }, commit) => notices.retry(commit, retry)),

    decideEpoch: (decided) => write((open, commit) => open.installation.decide(commit, open, decided)),
    witness: () => read(({ installation }) => installation.witness()),
    copyTo: async (path, at) => {
      assertSameFile('nothing_happened')
      await copyDatabase(current().database, path, { at, newId: randomness.guid() })
    },
  }
}

/** An open file with its prepared statements and its index of what has ended. */
class OpenConnection implements Connection {
  readonly database: DatabaseSync
  readonly file: FileIdentity | null
  readonly statements: CommitStatements
  readonly ends: Ends & EndsOnRecord
  readonly audit: AuditTable
  readonly facts: SessionFactsReader
  readonly ending: Ending
  readonly sessions: SessionTable
  readonly sessionList: SessionListReader
  readonly tickets: TicketTable
  readonly codes: AuthorizationCodeTable
  readonly refreshTokens: RefreshTokenTable
  readonly redirectSessions: RedirectSessionTable
  readonly mails: MailTable
  readonly notices: NoticeTable
  readonly challenges: ChallengeTable
  readonly throttles: ThrottleTable
  readonly members: MemberTable
  readonly signingOn: SigningOn
  readonly proving: Proving
  readonly approval: Approval
  readonly blocking: Blocking
  readonly memberAdministration: MemberAdministration
  readonly memberRecords: MemberRecordReader
  readonly keys: KeyTable
  readonly clients: ClientTable
  readonly sites: SiteTable
  readonly administrators: AdministratorTable
  readonly apiKeys: ApiKeyTable
  readonly pruning: Pruning
  readonly owedDuties: OwedDutiesReader
  readonly log: LogReader
  readonly installation: InstallationTable

  constructor({ database, file }: OpenedDatabase) {
    this.database = database
    this.file = file
    this.statements = new CommitStatements(database)
    this.ends = readEnds(database)
    this.audit = new AuditTable(database)
    this.facts = new SessionFactsReader(database)
    this.ending = new Ending(database)
    this.throttles = new ThrottleTable(database)
    this.sessions = new SessionTable(database, this.ending, this.facts, this.throttles)
    this.sessionList = new SessionListReader(database, this.facts)
    this.tickets = new TicketTable(database, this.facts)
    this.codes = new AuthorizationCodeTable(database, this.ending, this.facts, this.tickets)
    this.refreshTokens = new RefreshTokenTable(database, this.facts)
    this.redirectSessions = new RedirectSessionTable(database)
    this.mails = new MailTable(database)
    this.notices = new NoticeTable(database)
    this.challenges = new ChallengeTable(database)
    this.members = new MemberTable(
      database,
      this.ending,
      this.facts,
      this.sessions,
      this.mails,
      this.challenges,
      this.throttles,
    )
    this.signingOn = new SigningOn(database, this.members, this.sessions)
    this.proving = new Proving(database, this)
    this.approval = new Approval(database, this.ending, this.challenges, this.mails)
    this.memberRecords = new MemberRecordReader(database, this.members)
    this.memberAdministration = new MemberAdministration(
      database,
      this.members,
      this.ending,
      this.mails,
      this.challenges,
    )
    this.blocking = new Blocking(database, this.ending, this.mails)
    this.keys = new KeyTable(database)
    this.clients = new ClientTable(database)
    this.sites = new SiteTable(database, this.keys, this.clients)
    this.administrators = new AdministratorTable(database)
    this.apiKeys = new ApiKeyTable(database)
    this.pruning = new Pruning(database)
    this.owedDuties = new OwedDutiesReader(database)
    this.log = new LogReader(database)
    this.installation = new InstallationTable(database)
  }
}

function readEnds(database: DatabaseSync): Ends & EndsOnRecord {
  const first = (table: string) => {
    // An empty table begins where its numbers will go on, so that the index need not reach back to the first of all.
    const row = database
      .prepare(
        `SELECT coalesce((SELECT min(id) FROM ${table}), (SELECT seq FROM sqlite_sequence WHERE name = ?), 0) AS first`,
      )
      .get(table)
    return integer(row ?? {}, 'first')
  }
  const sessions = new EndedIndex(first('session'))
  const grants = new EndedIndex(first('client_grant'))
  const ended = database.prepare(
    `SELECT kind, session_id, grant_id, cause FROM revocation_log WHERE kind IN ('session', 'grant')`,
  )
  for (const row of ended.iterate() as Iterable<Row>) {
    if (row['kind'] === 'session') sessions.set(integer(row, 'session_id'), integer(row, 'cause'))
    else grants.set(integer(row, 'grant_id'), integer(row, 'cause'))
  }
  return { sessions, grants, sessionEnd: (id) => sessions.get(id), grantEnd: (id) => grants.get(id) }
}
