/**
 * What the service needs from a database, and what a database must promise.
 *
 * An implementation is right when it passes the suite in `test/storage-conformance`, which every adapter runs against
 * its real database.
 *
 * **Atomic**: each call takes effect wholly or not at all, with its audit rows, log entries and notices.
 * **Durable**: a promise resolves only after the commit that holds its writes has reached the disk.
 * **Shared**: writes that arrive in one turn of the event loop share one commit; each caller gets its own answer, and one
 * that fails does not take the others with it.
 * **Linearizable**: a read that starts after a write was answered sees it.
 * **Honest**: when the database cannot be asked, a call rejects with {@link StorageUnavailable}. "Missing" is a value
 * (`undefined`, or an outcome by name), never an error, and a failure is never "missing".
 *
 * Ends are recorded by `endSessions` and `endGrants` and nowhere else; other calls that end something as part of their
 * own work (a password change, a block, a login that replaces another) go through the same code in the same commit.
 *
 * Times are epoch milliseconds and given by the caller, by the `clock` of the storage. Secrets arrive as hashes only.
 */
import type { AuthorizationCode, CodePresentation, CodeVerdict } from '../domain/authorization-code.ts'
import type { Cause } from '../domain/cause.ts'
import type { Client } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { ClientId, EpochMs, MemberId, SecretHash, SessionId, Sid, SiteId, VisitorId } from '../domain/ids.ts'
import type { EpochDecision, Witness } from '../domain/installation.ts'
import type { Member, MemberStatus } from '../domain/member.ts'
import type { Actor, LogEntry } from '../domain/revocation-log.ts'
import type { Session, SessionFacts } from '../domain/session.ts'
import type { Site } from '../domain/site.ts'
import type { Clock } from './clock.ts'
import type { StoredKey } from './keys.ts'

export interface Storage
  extends Sites,
    Clients,
    Members,
    Sessions,
    Grants,
    Tickets,
    AuthorizationCodes,
    RefreshTokens,
    RedirectSessions,
    Keys,
    RevocationLog,
    Audit,
    Installations {
  /**
   * What time it is by the clock that judges sessions here. Where several nodes share a database it is the database's, so
   * that no limit depends on what a node's own machine believes.
   */
  readonly clock: Clock
  /** Resolves when the database answers and is the one that was opened. */
  ping(): Promise<void>
  /** Finishes what was handed over, then lets go of the database. Later calls reject. */
  close(): Promise<void>
}

/**
 * The database could not be asked, or did not do what it was asked.
 *
 * `nothing_happened`: no part of the call took effect. `unknown`: the commit was under way, so a retry must find out;
 * every call of this port may be repeated safely.
 */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
  readonly outcome: 'nothing_happened' | 'unknown'

  constructor(
    message: string,
    options: { readonly outcome: 'nothing_happened' | 'unknown'; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.outcome = options.outcome
  }
}

/** What every write says of the request that asked for it. */
export interface Asked {
  readonly at: EpochMs
  readonly requestId: string
}

// --- Sites, clients, members -----------------------------------------------------------------------------------------

export interface Sites {
  /** The site of this installation, or `undefined` before the first start. */
  findSite(): Promise<Site | undefined>
  /** Makes the site with its first client, administrator key and keys, unless a site exists: then nothing is written. */
  createSite(first: FirstSite): Promise<'created' | 'exists'>
  /** The id of the administrator key with this hash. */
  findAdministratorKey(hash: SecretHash): Promise<string | undefined>
}

export interface FirstSite {
  readonly site: Site
  readonly client: Client
  readonly administratorKey: { readonly id: string; readonly hash: SecretHash }
  readonly keys: readonly StoredKey[]
}

export interface Clients {
  findClient(id: ClientId): Promise<Client | undefined>
  listClients(): Promise<readonly Client[]>
}

export interface Members {
  findMember(id: MemberId): Promise<Member | undefined>
  findMemberByEmail(siteId: SiteId, emailKey: string): Promise<Member | undefined>
  /** Adds a member, and starts a session when one is given. Of two calls with one address, exactly one registers. */
  registerMember(registration: MemberRegistration): Promise<{ readonly outcome: 'registered' | 'email_taken' }>
  /** Replaces a stored hash by one of the same password; `changed` when the stored one is not `from` any more. */
  rehashPassword(rehash: {
    readonly memberId: MemberId
    readonly from: string
    readonly to: string
  }): Promise<{ readonly outcome: 'replaced' | 'changed' }>
  /**
   * Sets a new password, gives the session that asked a new secret (or none), and ends every other session of the member,
   * in one commit. The former secret passes no check any more; `endSessions` still knows the session by it. Refused as `session_over` when the asking session is over by then.
   */
  changePassword(change: PasswordChange): Promise<PasswordChanged>
  /**
   * Blocks a member and ends every session of theirs with the cause `blocked`, in one commit. A session that is started at
   * the same time is either there before, and ends, or not started at all. Asked again, it ends what there may be, and
   * nothing else changes. Refused as `deleted` for a member who was deleted.
   */
  blockMember(block: MemberBlocking): Promise<MemberBlocked>
  /**
   * Lifts a block. Revives nothing that ended with it. Changes nothing for a member who is not blocked; refused as `deleted`
   * for one who was deleted.
   */
  unblockMember(unblock: MemberBlocking): Promise<MemberUnblocked>
}

export interface MemberRegistration extends Asked {
  readonly member: Member
  readonly session: NewSession | null
}

export interface PasswordChange extends Asked {
  readonly memberId: MemberId
  readonly passwordHash: string
  readonly keep: SessionId
  /** The new cookie secret of the kept session; `null` leaves it without one. */
  readonly keepSecretHash: SecretHash | null
}

export type PasswordChanged =
  | { readonly outcome: 'changed'; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'session_over' }

/** Whom to block or unblock, and who wants it. */
export interface MemberBlocking extends Asked {
  readonly memberId: MemberId
  readonly actor: Actor
}

export type MemberBlocked =
  | { readonly outcome: 'blocked'; readonly ended: readonly EndedSession[] }
  | { readonly outcome: 'unknown' | 'deleted' }

/** `status` is the one that the member has now. */
export type MemberUnblocked =
  | { readonly outcome: 'unblocked'; readonly status: MemberStatus }
  | { readonly outcome: 'unknown' | 'deleted' }

// --- Sessions --------------------------------------------------------------------------------------------------------

export interface Sessions {
  /** What is known of the session that a credential names; `undefined` when it names none. */
  check(credential: SessionCredential): Promise<SessionFacts | undefined>
  /** Whether a visitor was closed, and the site's generation that its token must not be below. */
  checkVisitor(siteId: SiteId, visitorId: VisitorId): Promise<VisitorFacts>
  /**
   * Up to `limit` of a member's sessions that have no end on record, the newest first. Whether one is alive is for
   * `judgeSession` to say, as after `check`.
   */
  listSessions(list: SessionList): Promise<readonly ListedSession[]>
  /** Starts a session of a member who is active and, when a hash is given, still has that password. */
  startSession(start: SessionStart): Promise<SessionStarted>
  /** Notes a use. Does nothing for a session that is over: use never revives. */
  touchSession(id: SessionId, at: EpochMs): Promise<void>
  /** Ends what each request names. Answers are aligned with the requests. */
  endSessions(requests: readonly EndSession[]): Promise<readonly EndAnswer[]>
  /**
   * Looks at up to `limit` sessions whose time may have come and says which passed a limit (or are over by a raised
   * generation) without an end on record. Looking again later is arranged for the rest.
   */
  findOverdueSessions(at: EpochMs, limit: number): Promise<OverdueSessions>
  /** Deletes up to `limit` rows of each kind that no credential can name any more. Resolves to how many went. */
  prune(at: EpochMs, limit: number): Promise<number>
}

export type SessionCredential =
  | { readonly by: 'secret'; readonly hash: SecretHash }
  /** Also by a secret that was replaced since: for asking whether to end the session, never for letting somebody in. */
  | { readonly by: 'secret_or_former'; readonly hash: SecretHash }
  | { readonly by: 'sid'; readonly sid: Sid }
  | { readonly by: 'id'; readonly id: SessionId }

export interface VisitorFacts {
  readonly ended: boolean
  readonly siteGeneration: number
}

export interface SessionList {
  readonly memberId: MemberId
  /** Only what was started before this session: the last one of the page before. `null` for the first page. */
  readonly before: SessionId | null
  readonly limit: number
}

export interface ListedSession {
  /** Without a grant. */
  readonly facts: SessionFacts
  /** The clients that hold a grant in it which has not ended by itself, in the order of their grants. */
  readonly clientIds: readonly ClientId[]
}

/** A session to be made. Its number, and the generations it carries, are given by the database. */
export interface NewSession
  extends Pick<
    Session,
    'siteId' | 'memberId' | 'clientId' | 'createdAt' | 'expiresAt' | 'idleMs' | 'claimBy' | 'persistent'
  > {
  readonly secretHash: SecretHash | null
  readonly ticket: { readonly hash: SecretHash; readonly expiresAt: EpochMs } | null
}

export interface SessionStart extends Asked {
  readonly session: NewSession
  /** The stored hash that the given password matched; `null` where no password was involved. */
  readonly passwordHash: string | null
  /** The secret in the browser's cookie so far: its session ends as `replaced` in the same commit. */
  readonly replaces: SecretHash | null
}

export type SessionStarted =
  | { readonly outcome: 'started'; readonly sessionId: SessionId }
  | { readonly outcome: 'member_not_active' }
  | { readonly outcome: 'password_changed' }

/** What to end. `everyone` raises the site's generation: one row, whatever the number of sessions. */
export type Ending =
  | { readonly by: 'id'; readonly id: SessionId }
  | { readonly by: 'secret'; readonly hash: SecretHash }
  | { readonly by: 'sid'; readonly sid: Sid }
  | { readonly by: 'logout_ticket'; readonly hash: SecretHash }
  | { readonly by: 'visitor'; readonly siteId: SiteId; readonly visitorId: VisitorId; readonly until: EpochMs }
  | { readonly by: 'member'; readonly memberId: MemberId }
  | { readonly by: 'member_except'; readonly memberId: MemberId; readonly keep: SessionId }
  | { readonly by: 'everyone'; readonly siteId: SiteId }

export interface EndSession extends Asked {
  readonly what: Ending
  readonly cause: Cause
  /** `null` means the member of each session that ends. */
  readonly actor: Actor | null
}

/**
 * `ended`: now, by this request. `already_ended`: an end was on record (or the ticket was used). `unknown`: the credential
 * names nothing, as a ticket past its time does. `failed`: this item alone could not be done; nothing of it took effect.
 */
export type EndAnswer =
  | { readonly outcome: 'ended'; readonly sessions: readonly EndedSession[] }
  | { readonly outcome: 'already_ended' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'failed'; readonly error: StorageUnavailable }

export interface EndedSession {
  readonly id: SessionId
  readonly memberId: MemberId
  readonly grants: readonly Pick<Grant, 'sid' | 'clientId'>[]
}

export interface OverdueSessions {
  readonly overdue: readonly { readonly id: SessionId; readonly cause: Cause }[]
  /** Whether more may be waiting. */
  readonly more: boolean
}

// --- Grants and their credentials ------------------------------------------------------------------------------------

export interface Grants {
  /** Ends one client's share of a session, the session itself living on. Answers are aligned with the requests. */
  endGrants(requests: readonly EndGrant[]): Promise<readonly GrantEndAnswer[]>
}

export interface EndGrant extends Asked {
  readonly sid: Sid
  readonly cause: Cause
  readonly actor: Actor | null
}

export type GrantEndAnswer =
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'already_ended' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'failed'; readonly error: StorageUnavailable }

export interface Tickets {
  /** Keeps a logout ticket for a session or a visitor. */
  issueLogoutTicket(ticket: LogoutTicket): Promise<void>
  /** What a ticket of a kind names, spent or not; `undefined` when there is no such ticket. */
  findTicket(kind: TicketKind, hash: SecretHash): Promise<TicketFacts | undefined>
}

export type TicketKind = 'session' | 'logout'

export interface LogoutTicket {
  readonly hash: SecretHash
  readonly names: { readonly session: SessionId } | { readonly visitor: VisitorId }
  readonly clientId: ClientId
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

export interface TicketFacts {
  readonly clientId: ClientId | null
  readonly expiresAt: EpochMs
  readonly spent: boolean
  readonly visitorId: VisitorId | null
  readonly session: SessionFacts | null
}

export interface AuthorizationCodes {
  /**
   * Issues a code for a live session. A ticket is spent by it; of two calls with one ticket, exactly one issues.
   * With `cookie`, the session gets that secret, unless it has one already.
   */
  issueCode(issue: CodeIssue): Promise<CodeIssued>
  /**
   * Exchanges a code for a grant of its client, once. The session's live grant for that client is taken up again, with its
   * `sid`, where there is one. `replayed` is a second presentation that fits in everything: the caller ends the grant.
   */
  redeemCode(redemption: CodeRedemption): Promise<CodeRedeemed>
}

export interface CodeIssue extends Asked {
  readonly authority:
    | { readonly by: 'ticket'; readonly hash: SecretHash }
    | { readonly by: 'secret'; readonly hash: SecretHash }
  readonly code: AuthorizationCode & { readonly hash: SecretHash }
  readonly cookie: { readonly secretHash: SecretHash; readonly replaces: SecretHash | null } | null
}

export type CodeIssued =
  | { readonly outcome: 'issued'; readonly sessionId: SessionId }
  | { readonly outcome: 'ticket_unknown' | 'ticket_spent' | 'ticket_expired' | 'session_over' }

export interface CodeRedemption extends Asked {
  readonly hash: SecretHash
  readonly presented: CodePresentation
  /** The name of the grant, should one have to be made. */
  readonly sid: Sid
  /** Kept when the code's scope asks for a refresh token. */
  readonly refreshTokenHash: SecretHash
}

export type CodeRedeemed =
  | { readonly outcome: 'granted'; readonly grant: Grant; readonly facts: SessionFacts; readonly refreshable: boolean }
  | { readonly outcome: 'replayed'; readonly sid: Sid }
  | { readonly outcome: 'unknown' | 'spent' | 'session_over' }
  | { readonly outcome: Exclude<CodeVerdict, 'good'> }

export interface RefreshTokens {
  /** The token, spent or not, with its grant and session. */
  findRefreshToken(hash: SecretHash): Promise<RefreshTokenFacts | undefined>
  /** Spends a token and keeps its successor. Of two calls with one token, exactly one rotates. */
  rotateRefreshToken(rotation: RefreshTokenRotation): Promise<RefreshTokenRotated>
}

export interface RefreshTokenFacts {
  readonly spentAt: EpochMs | null
  /** Its `grant` is never null. */
  readonly facts: SessionFacts & { readonly grant: NonNullable<SessionFacts['grant']> }
}

export interface RefreshTokenRotation extends Asked {
  readonly hash: SecretHash
  readonly successorHash: SecretHash
}

export interface RefreshTokenRotated {
  readonly outcome: 'rotated' | 'spent' | 'session_over' | 'unknown'
}

/** Parameters that did not fit into an address. No secrets: those stay in the address, and are stored as hashes only. */
export interface RedirectSessions {
  keepRedirectSession(kept: KeptRedirectSession): Promise<void>
  /** The parameters kept under this hash, however old; `undefined` when there are none. */
  findRedirectSession(hash: SecretHash): Promise<KeptRedirectSession | undefined>
}

export interface KeptRedirectSession {
  readonly hash: SecretHash
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

// --- Keys, the log, audit --------------------------------------------------------------------------------------------

export interface Keys {
  listKeys(): Promise<readonly StoredKey[]>
  /** Adds keys and sets `retiredAt` of others, in one commit. */
  rotateKeys(rotation: KeyRotation): Promise<void>
  /** Replaces the private material of keys that exist: wrapping changed, the key did not. */
  rewrapKeys(keys: readonly Pick<StoredKey, 'kid' | 'privateMaterial' | 'wrappedBy'>[]): Promise<void>
}

export interface KeyRotation extends Asked {
  readonly add: readonly StoredKey[]
  readonly retire: readonly { readonly kid: string; readonly retiredAt: EpochMs }[]
  readonly actor: Actor
}

/** The ordered record of what ended. Its numbers have no gap and follow the order of commits. */
export interface RevocationLog {
  logHead(): Promise<LogHead>
  /** Up to `limit` entries with a number above `after`, in order. */
  readLog(after: number, limit: number): Promise<readonly LogEntry[]>
  /**
   * Follows the log: hands a follower every entry with a number above `after`, each once and in order, those of other nodes
   * and of later commits too. Entries that were pruned before it comes to them are gone.
   *
   * A page is handed over when the follower is done with the one before, so a slow one holds up nobody. While the database
   * does not answer nothing comes, and then it goes on where it was. How far the log has come only `logHead` can say.
   *
   * Resolves when the signal says stop or the storage is closed. Rejects with what the follower threw: then whoever follows
   * anew begins behind the last entry that was dealt with.
   */
  followLog(after: number, follower: LogFollower, signal: AbortSignal): Promise<void>
  /** The batches that the hash chain is made of, in order: one per commit that ended something. */
  readLogBatches(after: number, limit: number): Promise<readonly LogBatch[]>
}

/** Told of entries in order. The next ones wait until it is done. */
export type LogFollower = (entries: readonly LogEntry[]) => void | Promise<void>

export interface LogHead {
  readonly n: number
  readonly chain: Uint8Array
}

export interface LogBatch {
  /** The number of the batch's last entry. */
  readonly n: number
  readonly entries: number
  readonly digest: Uint8Array
  readonly chain: Uint8Array
}

export interface Audit {
  /** Up to `limit` records with a number above `after`, in order. */
  readAudit(after: number, limit: number): Promise<readonly AuditRecord[]>
  /** Records an act that writes nothing else. Asked twice, it is on record twice. */
  recordAct(act: RecordedAct): Promise<void>
}

export interface RecordedAct extends Asked {
  readonly siteId: SiteId
  readonly event: Extract<AuditEvent, 'backup.ordered'>
  readonly actor: Actor
}

export type AuditEvent =
  | 'member.registered'
  | 'member.password_changed'
  | 'member.blocked'
  | 'member.unblocked'
  | 'session.started'
  | 'session.claimed'
  | 'session.secret_rotated'
  | 'session.ended'
  | 'grant.opened'
  | 'grant.ended'
  | 'visitor.ended'
  | 'site.generation_raised'
  | 'site.created'
  | 'keys.rotated'
  | 'backup.ordered'
  | 'epoch.started'
  | 'epoch.kept'
  | 'standby.promoted'

export interface AuditRecord {
  readonly n: number
  readonly at: EpochMs
  readonly siteId: SiteId
  readonly event: AuditEvent
  readonly cause: Cause | null
  readonly actor: Actor
  readonly memberId: MemberId | null
  readonly sessionId: SessionId | null
  readonly clientId: ClientId | null
  readonly requestId: string
  /** Set for ends. */
  readonly grantsEnded: number
  readonly refreshTokensEnded: number
  readonly noticesOwed: number
}

// --- The installation ------------------------------------------------------------------------------------------------

export interface Installations {
  /**
   * Takes the database for the one of this installation from now on, whatever did not fit: the mark of a copy goes, and the
   * next epoch begins. `new` ends everyone and everything from before in the same commit, with the cause `restored`; `keep`
   * ends nothing. Both are audited where there is a site.
   */
  decideEpoch(decision: EpochDecided): Promise<NewEpoch>
  /** What a witness should say now. */
  witness(): Promise<Witness>
  /**
   * Writes a copy of everything, as of one moment, into a new SQLite file, whatever this database is. The copy is marked as
   * one. The file is on the disk and private when this resolves; until then it must not be taken for one.
   *
   * @param at - When it is made, for the mark.
   */
  copyTo(path: string, at: EpochMs): Promise<void>
}

export interface EpochDecided extends Asked {
  readonly decision: EpochDecision
  /** The id of the installation, should the database have none. */
  readonly newId: string
  /** An epoch that is known to have been, from a witness: the next one is above it. 0 when none is known. */
  readonly above: number
}

export interface NewEpoch {
  readonly epoch: number
  /** The generation of the site from then on; `null` where there is no site, or where nothing was ended. */
  readonly generation: number | null
}
