import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import { type Challenge, isLink } from '../../domain/challenge.ts'
import type {
  ChallengeId,
  ClientId,
  EpochMs,
  GrantId,
  MemberId,
  SecretHash,
  SessionId,
  VisitorId,
} from '../../domain/ids.ts'
import type { Member, MemberStatus, MemberStatusReason } from '../../domain/member.ts'
import { nextLimit } from '../../domain/session.ts'
import type { StorageObserver } from '../../ports/measurements.ts'
import type { KeptRedirectSession, NewMail, NewSession } from '../../ports/storage.ts'
import type { Ended } from './ended.ts'
import { logLock } from './locks.ts'
import { insertMails, insertMailsOfEnds, type MailOfEnd } from './mails.ts'
import { arrayOf, type Column, columnsOf, insertOf, type Statement, unnestOf } from './parameters.ts'
import { type EndItem, type ItemToEnd, sealStatement, type Told } from './seal.ts'
import { ThrottleChanges } from './throttles.ts'

interface SessionRow extends NewSession {
  readonly id: SessionId
  readonly siteGeneration: number
  readonly memberGeneration: number
}

interface TicketRow {
  readonly hash: SecretHash
  readonly kind: 'session' | 'logout'
  readonly sessionId: SessionId | null
  readonly visitorId: VisitorId | null
  readonly clientId: ClientId | null
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

interface CodeRow extends AuthorizationCode {
  readonly hash: SecretHash
  readonly sessionId: SessionId
  readonly createdAt: EpochMs
}

interface GrantRow {
  readonly id: GrantId
  readonly sid: string
  readonly sessionId: SessionId
  readonly clientId: ClientId
  readonly scope: string
  readonly clientGeneration: number
  readonly createdAt: EpochMs
}

interface TokenRow {
  readonly hash: SecretHash
  readonly grantId: GrantId
  readonly createdAt: EpochMs
}

interface FormerSecret {
  readonly hash: SecretHash
  readonly sessionId: SessionId
}

/** What becomes of a member; what is left out stays as it is. */
interface MemberChange {
  readonly passwordHash?: string
  readonly emailVerified?: true
  readonly profile?: Member['profile']
  readonly status?: MemberStatus
  readonly statusReasons?: readonly MemberStatusReason[]
  readonly at: EpochMs
}

interface VoidChallenges {
  readonly memberId: MemberId
  readonly which: 'links' | 'all'
  readonly at: EpochMs
}

interface Spent {
  readonly hash: SecretHash
  readonly at: EpochMs
}

/**
 * What the works of a batch have decided to write: rows by kind, so that each kind is one statement, however many works
 * there are.
 */
export class Changes {
  readonly sessions: SessionRow[] = []
  readonly tickets: TicketRow[] = []
  readonly spentTickets: Spent[] = []
  readonly codes: CodeRow[] = []
  readonly spentCodes: (Spent & { readonly grantId: GrantId })[] = []
  readonly claimed = new Set<SessionId>()
  /** Secrets for sessions that may have one already, and keep it then. */
  readonly givenSecrets = new Map<SessionId, { readonly hash: SecretHash; readonly device: string | null }>()
  readonly #setSecrets = new Map<SessionId, SecretHash | null>()
  /** Secrets that were set and replaced within this batch; those of before it are in the table. */
  readonly #shortLivedSecrets: FormerSecret[] = []
  readonly uses = new Map<SessionId, EpochMs>()
  readonly grants: GrantRow[] = []
  readonly scopes = new Map<GrantId, string>()
  readonly refreshTokens: TokenRow[] = []
  readonly spentRefreshTokens: Spent[] = []
  readonly #members = new Map<MemberId, MemberChange>()
  readonly rehashes: { readonly memberId: MemberId; readonly from: string; readonly to: string }[] = []
  readonly redirectSessions: KeptRedirectSession[] = []
  #newChallenges: Challenge[] = []
  readonly #keptChallenges = new Map<ChallengeId, Challenge>()
  readonly #voidChallenges: VoidChallenges[] = []
  /** What must not have ended by the commit: something new hangs on it. */
  readonly reliedOn = {
    sessions: new Set<SessionId>(),
    grants: new Set<GrantId>(),
    /** The generation above which each of them must not have been raised. */
    clients: new Map<ClientId, number>(),
  }
  readonly mails: NewMail[] = []
  readonly mailsOfEnds: MailOfEnd[] = []
  /** A mail that was kept before is to be sent. */
  makesMailDue = false
  readonly throttles = new ThrottleChanges()
  readonly #others: Statement[] = []
  readonly #ends: EndItem[] = []
  readonly #told: Told[] = []
  #place = 0

  /** Ends something with the commit. Gives the place under which the answer will be found. */
  end(what: ItemToEnd, how: Pick<EndItem, 'at' | 'requestId' | 'cause' | 'actor'>): number {
    this.#place += 1
    const { at, requestId, cause, actor } = how
    this.#ends.push({ place: this.#place, what, at, requestId, cause, actor })
    return this.#place
  }

  /** Changes a member; of what several works of a batch say, the last counts. */
  changeMember(id: MemberId, change: MemberChange): void {
    this.#members.set(id, { ...this.#members.get(id), ...change })
  }

  addChallenge(challenge: Challenge): void {
    this.#newChallenges.push(challenge)
  }

  /** Writes what may change of a challenge that was loaded. */
  keepChallenge(challenge: Challenge): void {
    this.#keptChallenges.set(challenge.id, challenge)
  }

  /** What a member has not answered yet counts no more, also of this batch: the links alone, or all of it. */
  makeChallengesVoid(memberId: MemberId, which: 'links' | 'all', at: EpochMs): void {
    const once = (challenge: Challenge): Challenge =>
      challenge.memberId === memberId && challenge.settled === null && (which === 'all' || isLink(challenge.kind))
        ? { ...challenge, settled: { as: 'void', at } }
        : challenge
    this.#newChallenges = this.#newChallenges.map(once)
    for (const [id, challenge] of this.#keptChallenges) this.#keptChallenges.set(id, once(challenge))
    this.#voidChallenges.push({ memberId, which, at })
  }

  /** Gives a session another secret, or none. The one it had opens nothing any more, and still names the session. */
  replaceSecret(sessionId: SessionId, hash: SecretHash | null): void {
    const before = this.#setSecrets.get(sessionId)
    if (before !== undefined && before !== null) this.#shortLivedSecrets.push({ hash: before, sessionId })
    this.#setSecrets.set(sessionId, hash)
  }

  /** Writes what has no list here: a statement of the work's own, after those of the lists. */
  write(statement: Statement): void {
    this.#others.push(statement)
  }

  /** Writes an audit record, after those of everything that was ended or told before. */
  tell(told: Omit<Told, 'place'>): void {
    this.#place += 1
    this.#told.push({ ...told, place: this.#place })
  }

  /** Tells what is on record. Only after the transaction is committed. */
  report(observer: StorageObserver, ended: Ended): void {
    for (const { place, what, cause } of this.#ends) {
      const sessions = ended.sessionsEndedBy(place)
      if (sessions === undefined) continue
      if (what.by === 'grant') observer.recorded('grant.ended', cause, 1)
      else if (what.by === 'visitor') observer.recorded('visitor.ended', cause, 1)
      else if (what.by === 'everyone') observer.recorded('site.generation_raised', cause, 1)
      else observer.recorded('session.ended', cause, sessions)
    }
    for (const { event } of this.#told) observer.recorded(event, null, 1)
  }

  get endsSomething(): boolean {
    return this.#ends.length > 0
  }

  /** How many statements come after the one that ends things, whose rows say what ended. */
  get statementsAfterEnds(): number {
    return this.mailsOfEnds.length > 0 ? 1 : 0
  }

  /** Whether there may be a mail to send after the commit. */
  get owesMail(): boolean {
    return this.makesMailDue || this.mails.length + this.mailsOfEnds.length > 0
  }

  /**
   * The statements, in the order in which they have to run. What passes under the log's lock comes last.
   *
   * @param seed - 32 random bytes.
   */
  statements(seed: () => Uint8Array): readonly Statement[] {
    const statements: Statement[] = []
    const add = (needed: boolean, statement: () => Statement) => {
      if (needed) statements.push(statement())
    }
    add(this.#members.size > 0, () => changeMembers([...this.#members]))
    add(this.rehashes.length > 0, () => rehash(this.rehashes))
    // What was there before; what this batch adds or keeps says for itself what became of it.
    add(this.#voidChallenges.length > 0, () => makeVoid(this.#voidChallenges))
    add(this.#newChallenges.length > 0, () => insertChallenges(this.#newChallenges))
    add(this.#keptChallenges.size > 0, () => keepChallenges([...this.#keptChallenges.values()]))
    add(this.sessions.length > 0, () => insertSessions(this.sessions))
    add(this.claimed.size > 0, () => ({ text: claimText, parameters: [arrayOf(this.claimed)] }))
    add(this.givenSecrets.size > 0, () => giveSecrets([...this.givenSecrets]))
    add(this.#setSecrets.size > 0, () => ({ text: keepSecretsText, parameters: [arrayOf(this.#setSecrets.keys())] }))
    add(this.#shortLivedSecrets.length > 0, () => insertFormerSecrets(this.#shortLivedSecrets))
    add(this.#setSecrets.size > 0, () => setSecrets([...this.#setSecrets]))
    add(this.uses.size > 0, () => noteUses([...this.uses]))
    add(this.tickets.length > 0, () => insertTickets(this.tickets))
    add(this.spentTickets.length > 0, () => spendTickets(this.spentTickets))
    add(this.codes.length > 0, () => insertCodes(this.codes))
    add(this.grants.length > 0, () => insertGrants(this.grants))
    add(this.scopes.size > 0, () => widenGrants([...this.scopes]))
    add(this.spentCodes.length > 0, () => spendCodes(this.spentCodes))
    add(this.spentRefreshTokens.length > 0, () => spendRefreshTokens(this.spentRefreshTokens))
    add(this.refreshTokens.length > 0, () => insertRefreshTokens(this.refreshTokens))
    add(this.redirectSessions.length > 0, () => insertRedirectSessions(this.redirectSessions))
    add(this.mails.length > 0, () => insertMails(this.mails))
    statements.push(...this.throttles.statements())
    statements.push(...this.#others)
    const relies = this.reliedOn.sessions.size + this.reliedOn.grants.size > 0
    const seals = this.#ends.length + this.#told.length > 0
    add(relies || seals, () => logLock)
    add(relies, () => ({
      text: 'SELECT refuse_what_has_ended($1::bigint[], $2::bigint[])',
      parameters: [arrayOf(this.reliedOn.sessions), arrayOf(this.reliedOn.grants)],
    }))
    add(this.reliedOn.clients.size > 0, () => ({
      text: 'SELECT refuse_disabled_clients($1::text[], $2::bigint[])',
      parameters: [arrayOf(this.reliedOn.clients.keys()), arrayOf(this.reliedOn.clients.values())],
    }))
    add(seals, () => sealStatement(this.#ends, this.#told, seed()))
    add(this.mailsOfEnds.length > 0, () => insertMailsOfEnds(this.mailsOfEnds))
    return statements
  }
}

const insertSessions = insertOf<SessionRow>('session', [
  { name: 'id', type: 'bigint', of: ({ id }) => id },
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'member_id', type: 'text', of: ({ memberId }) => memberId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'secret_hash', type: 'bytea', of: ({ secretHash }) => secretHash },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'used_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'bigint', of: ({ expiresAt }) => expiresAt },
  { name: 'idle_ms', type: 'bigint', of: ({ idleMs }) => idleMs },
  { name: 'claim_by', type: 'bigint', of: ({ claimBy }) => claimBy },
  { name: 'persistent', type: 'boolean', of: ({ persistent }) => persistent },
  { name: 'site_generation', type: 'bigint', of: ({ siteGeneration }) => siteGeneration },
  { name: 'member_generation', type: 'bigint', of: ({ memberGeneration }) => memberGeneration },
  { name: 'device', type: 'text', of: ({ device }) => device },
  { name: 'api_key_id', type: 'text', of: ({ apiKeyId }) => apiKeyId ?? null },
  { name: 'look_at', type: 'bigint', of: (session) => nextLimit({ ...session, usedAt: session.createdAt }) },
])

const insertTickets = insertOf<TicketRow>('ticket', [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'session_id', type: 'bigint', of: ({ sessionId }) => sessionId },
  { name: 'visitor_id', type: 'text', of: ({ visitorId }) => visitorId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'bigint', of: ({ expiresAt }) => expiresAt },
])

const insertCodes = insertOf<CodeRow>('authorization_code', [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'session_id', type: 'bigint', of: ({ sessionId }) => sessionId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'redirect_uri', type: 'text', of: ({ redirectUri }) => redirectUri },
  { name: 'challenge', type: 'text', of: ({ challenge }) => challenge },
  { name: 'scope', type: 'text', of: ({ scope }) => scope },
  { name: 'nonce', type: 'text', of: ({ nonce }) => nonce },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'bigint', of: ({ expiresAt }) => expiresAt },
  { name: 'client_generation', type: 'bigint', of: ({ clientGeneration }) => clientGeneration },
])

const insertGrants = insertOf<GrantRow>('client_grant', [
  { name: 'id', type: 'bigint', of: ({ id }) => id },
  { name: 'sid', type: 'text', of: ({ sid }) => sid },
  { name: 'session_id', type: 'bigint', of: ({ sessionId }) => sessionId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'scope', type: 'text', of: ({ scope }) => scope },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'client_generation', type: 'bigint', of: ({ clientGeneration }) => clientGeneration },
])

const insertRefreshTokens = insertOf<TokenRow>('refresh_token', [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'grant_id', type: 'bigint', of: ({ grantId }) => grantId },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
])

const insertRedirectSessions = insertOf<KeptRedirectSession>('redirect_session', [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'parameters', type: 'text', of: ({ parameters }) => JSON.stringify(parameters) },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'bigint', of: ({ expiresAt }) => expiresAt },
])

/** A statement that changes rows: `r` holds what is given for each, its key first. The keys are told twice; see `lookUp`. */
function updateOf<Row>(
  table: string,
  set: string,
  where: string,
  columns: readonly Column<Row>[],
): (rows: readonly Row[]) => Statement {
  const [key] = columns
  const only = key === undefined ? 'false' : `x.${key.name} = ANY ($1::${key.type}[])`
  const text = `UPDATE ${table} x SET ${set} FROM ${unnestOf(columns, 'r')} WHERE ${only} AND ${where}`
  return (rows) => ({ text, parameters: columnsOf(columns, rows) })
}

const claimText = 'UPDATE session SET claim_by = NULL WHERE id = ANY ($1::bigint[])'

const giveSecrets = updateOf<readonly [SessionId, { readonly hash: SecretHash; readonly device: string | null }]>(
  'session',
  'secret_hash = r.hash, device = coalesce(r.device, x.device)',
  'x.id = r.id AND x.secret_hash IS NULL',
  [
    { name: 'id', type: 'bigint', of: ([id]) => id },
    { name: 'hash', type: 'bytea', of: ([, { hash }]) => hash },
    { name: 'device', type: 'text', of: ([, { device }]) => device },
  ],
)

const keepSecretsText = `
  INSERT INTO former_secret (hash, session_id)
  SELECT secret_hash, id FROM session WHERE id = ANY ($1::bigint[]) AND secret_hash IS NOT NULL`

const insertFormerSecrets = insertOf<FormerSecret>('former_secret', [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'session_id', type: 'bigint', of: ({ sessionId }) => sessionId },
])

const setSecrets = updateOf<readonly [SessionId, SecretHash | null]>('session', 'secret_hash = r.hash', 'x.id = r.id', [
  { name: 'id', type: 'bigint', of: ([id]) => id },
  { name: 'hash', type: 'bytea', of: ([, hash]) => hash },
])

const noteUses = updateOf<readonly [SessionId, EpochMs]>(
  'session',
  'used_at = r.at',
  'x.id = r.id AND x.used_at < r.at',
  [
    { name: 'id', type: 'bigint', of: ([id]) => id },
    { name: 'at', type: 'bigint', of: ([, at]) => at },
  ],
)

const spentColumns: readonly Column<Spent>[] = [
  { name: 'hash', type: 'bytea', of: ({ hash }) => hash },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
]

const spendTickets = updateOf<Spent>('ticket', 'spent_at = r.at', 'x.hash = r.hash', spentColumns)

const spendRefreshTokens = updateOf<Spent>('refresh_token', 'spent_at = r.at', 'x.hash = r.hash', spentColumns)

const spendCodes = updateOf<Spent & { readonly grantId: GrantId }>(
  'authorization_code',
  'spent_at = r.at, grant_id = r.grant_id',
  'x.hash = r.hash',
  [...spentColumns, { name: 'grant_id', type: 'bigint', of: ({ grantId }) => grantId }],
)

const widenGrants = updateOf<readonly [GrantId, string]>('client_grant', 'scope = r.scope', 'x.id = r.id', [
  { name: 'id', type: 'bigint', of: ([id]) => id },
  { name: 'scope', type: 'text', of: ([, scope]) => scope },
])

const changeMembers = updateOf<readonly [MemberId, MemberChange]>(
  'member',
  `password_hash = coalesce(r.hash, x.password_hash), email_verified = coalesce(r.verified, x.email_verified),
   profile = coalesce(r.profile, x.profile), status = coalesce(r.status, x.status), status_reasons = coalesce(r.reasons, x.status_reasons),
   revision = x.revision + 1, updated_at = r.at`,
  'x.id = r.id',
  [
    { name: 'id', type: 'text', of: ([id]) => id },
    { name: 'hash', type: 'text', of: ([, { passwordHash }]) => passwordHash ?? null },
    { name: 'verified', type: 'boolean', of: ([, { emailVerified }]) => emailVerified ?? null },
    {
      name: 'profile',
      type: 'text',
      of: ([, { profile }]) => (profile === undefined ? null : JSON.stringify(profile)),
    },
    { name: 'status', type: 'text', of: ([, { status }]) => status ?? null },
    {
      name: 'reasons',
      type: 'text',
      of: ([, { statusReasons }]) => (statusReasons === undefined ? null : JSON.stringify(statusReasons)),
    },
    { name: 'at', type: 'bigint', of: ([, { at }]) => at },
  ],
)

const insertChallenges = insertOf<Challenge>('challenge', [
  { name: 'id', type: 'text', of: ({ id }) => id },
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'member_id', type: 'text', of: ({ memberId }) => memberId },
  { name: 'email_key', type: 'text', of: ({ emailKey }) => emailKey },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'redirect_uri', type: 'text', of: ({ redirectUri }) => redirectUri },
  { name: 'tries', type: 'bigint', of: ({ tries }) => tries },
  { name: 'codes_sent', type: 'bigint', of: ({ codesSent }) => codesSent },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'expires_at', type: 'bigint', of: ({ expiresAt }) => expiresAt },
  { name: 'code_expires_at', type: 'bigint', of: ({ codeExpiresAt }) => codeExpiresAt },
  { name: 'settled_at', type: 'bigint', of: ({ settled }) => settled?.at ?? null },
  { name: 'settled_as', type: 'text', of: ({ settled }) => settled?.as ?? null },
])

const keepChallenges = updateOf<Challenge>(
  'challenge',
  `tries = r.tries, codes_sent = r.codes_sent, code_expires_at = r.code_expires_at, settled_at = r.settled_at,
   settled_as = r.settled_as`,
  'x.id = r.id',
  [
    { name: 'id', type: 'text', of: ({ id }) => id },
    { name: 'tries', type: 'bigint', of: ({ tries }) => tries },
    { name: 'codes_sent', type: 'bigint', of: ({ codesSent }) => codesSent },
    { name: 'code_expires_at', type: 'bigint', of: ({ codeExpiresAt }) => codeExpiresAt },
    { name: 'settled_at', type: 'bigint', of: ({ settled }) => settled?.at ?? null },
    { name: 'settled_as', type: 'text', of: ({ settled }) => settled?.as ?? null },
  ],
)

const makeVoid = updateOf<VoidChallenges>(
  'challenge',
  `settled_at = r.at, settled_as = 'void'`,
  `x.member_id = r.member_id AND x.settled_at IS NULL AND (r.which = 'all' OR x.kind IN ('recovery', 'activation'))`,
  [
    { name: 'member_id', type: 'text', of: ({ memberId }) => memberId },
    { name: 'which', type: 'text', of: ({ which }) => which },
    { name: 'at', type: 'bigint', of: ({ at }) => at },
  ],
)

const rehash = updateOf<Changes['rehashes'][number]>(
  'member',
  'password_hash = r.new',
  'x.id = r.id AND x.password_hash = r.old',
  [
    { name: 'id', type: 'text', of: ({ memberId }) => memberId },
    { name: 'old', type: 'text', of: ({ from }) => from },
    { name: 'new', type: 'text', of: ({ to }) => to },
  ],
)
