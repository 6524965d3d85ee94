import type { AuthorizationCode, CodePresentation } from '../../src/domain/authorization-code.ts'
import type { Cause } from '../../src/domain/cause.ts'
import { type Client, plainClientFields } from '../../src/domain/client.ts'
import type { Grant } from '../../src/domain/grant.ts'
import type { ClientId, MemberId, SecretHash, SessionId, Sid, SiteId, VisitorId } from '../../src/domain/ids.ts'
import type { Member } from '../../src/domain/member.ts'
import { judgeSession } from '../../src/domain/session.ts'
import { defaultSiteSettings, type Site } from '../../src/domain/site.ts'
import type {
  Asked,
  CodeIssue,
  CodeRedemption,
  EndAnswer,
  Ending,
  EndSession,
  NewMail,
  NewSession,
  SessionCredential,
  SessionStart,
  Storage,
} from '../../src/ports/storage.ts'
import { day, type ManualClock, manualClock, minute } from '../support/manual-clock.ts'
import { type SeededRandomness, seededRandomness } from '../support/seeded-randomness.ts'
import type { OpenTestDatabase, TestDatabase } from './test-database.ts'

/** A session as a test knows it: with the secrets that name it. */
export interface KnownSession {
  readonly id: SessionId
  readonly member: Member
  readonly secret: SecretHash
}

/** A grant with the credentials that came of it. */
export interface KnownGrant {
  readonly grant: Grant
  readonly sid: Sid
  readonly code: SecretHash
  readonly presented: CodePresentation
  readonly refreshToken: SecretHash
}

/** What the suites of every subject are given: a fresh world on the database under test. */
export type OpenWorld<Database extends TestDatabase = TestDatabase> = () => Promise<World<Database>>

/** Opens worlds on a database that is opened anew, and empty, for each. */
export function worldOpener<Database extends TestDatabase>(open: OpenTestDatabase<Database>): OpenWorld<Database> {
  return async () => {
    const clock = manualClock()
    const randomness = seededRandomness('world')
    const world = new World(await open({ clock, randomness }), clock, randomness)
    await world.storage.createSite(world.first)
    return world
  }
}

/**
 * A site with one client, on a database of its own, and short ways to everything a test needs to exist first.
 *
 * The makers go through the port alone, but for what has no method there yet. Names that begin with `a` describe something
 * that is not stored; `add` stores.
 */
export class World<Database extends TestDatabase = TestDatabase> implements AsyncDisposable {
  readonly database: Database
  readonly clock: ManualClock
  readonly randomness: SeededRandomness
  readonly site: Site
  /** The first client: it wants to be told of nothing. */
  readonly client: Client
  readonly administratorKey: { readonly id: string; readonly hash: SecretHash }
  #requests = 0

  constructor(database: Database, clock: ManualClock, randomness: SeededRandomness) {
    this.database = database
    this.clock = clock
    this.randomness = randomness
    this.site = {
      id: randomness.guid() as SiteId,
      name: 'A site',
      generation: 0,
      settings: defaultSiteSettings,
      createdAt: clock.now(),
    }
    this.client = this.aClient()
    this.administratorKey = { id: randomness.guid(), hash: this.aSecret() }
  }

  get storage(): Storage {
    return this.database.storage
  }

  get first() {
    return { site: this.site, client: this.client, administratorKey: this.administratorKey, keys: [] }
  }

  /** The time, and a request ID that no other call has. */
  asked(): Asked {
    this.#requests += 1
    return { at: this.clock.now(), requestId: `request-${this.#requests}` }
  }

  aSecret(): SecretHash {
    return this.randomness.bytes(32) as Uint8Array as SecretHash
  }

  aSid(): Sid {
    return Buffer.from(this.randomness.bytes(16)).toString('base64url') as Sid
  }

  aVisitor(): VisitorId {
    return this.randomness.guid() as VisitorId
  }

  aClient(overrides: Partial<Client> = {}): Client {
    return {
      id: this.randomness.guid() as ClientId,
      siteId: this.site.id,
      ...plainClientFields,
      name: 'A client',
      allowedRedirectUris: ['https://client.example/callback'],
      allowedRedirectDomains: ['client.example'],
      refreshTokenPolicy: 'rotating',
      secretHash: null,
      disabledAt: null,
      generation: 0,
      createdAt: this.clock.now(),
      ...overrides,
    }
  }

  async addClient(overrides: Partial<Client> = {}): Promise<Client> {
    const client = this.aClient(overrides)
    await this.database.addClient(client)
    return client
  }

  aMember(overrides: Partial<Member> = {}): Member {
    const id = this.randomness.guid() as MemberId
    return {
      id,
      siteId: this.site.id,
      email: `${id}@Member.example`,
      emailKey: `${id}@member.example`,
      emailVerified: false,
      status: 'ACTIVE',
      statusReasons: [],
      passwordHash: '$first',
      profile: {},
      generation: 0,
      revision: 0,
      createdAt: this.clock.now(),
      updatedAt: this.clock.now(),
      ...overrides,
    }
  }

  /** A mail about a member, to be handed to what causes it. */
  aMail({ id, emailKey }: Pick<Member, 'id' | 'emailKey'>, overrides: Partial<NewMail> = {}): NewMail {
    const about = { siteId: this.site.id, memberId: id, recipient: emailKey, language: 'en' }
    const holds = { kind: 'password_changed', parameters: { by: 'member' }, createdAt: this.clock.now() } as const
    return { ...about, ...holds, ...overrides }
  }

  async addMember(overrides: Partial<Member> = {}): Promise<Member> {
    const member = this.aMember(overrides)
    await this.storage.registerMember({ ...this.asked(), member, session: null })
    return member
  }

  aSession(member: Member, overrides: Partial<NewSession> = {}): NewSession {
    return {
      siteId: this.site.id,
      memberId: member.id,
      clientId: this.client.id,
      createdAt: this.clock.now(),
      expiresAt: this.clock.now() + 180 * day,
      idleMs: 30 * day,
      claimBy: null,
      persistent: false,
      secretHash: this.aSecret(),
      device: null,
      // More than any test starts that is not about it.
      sessionsMost: 1_000_000,
      ticket: null,
      ...overrides,
    }
  }

  aStart(session: NewSession, overrides: Partial<SessionStart> = {}): SessionStart {
    return { ...this.asked(), session, passwordHash: null, replaces: null, ...overrides }
  }

  /** Starts a session that a secret names. */
  async addSession(member: Member, overrides: Partial<NewSession> = {}): Promise<KnownSession> {
    const secret = this.aSecret()
    const session = this.aSession(member, { secretHash: secret, ...overrides })
    const started = await this.storage.startSession(this.aStart(session))
    if (started.outcome !== 'started')
      throw new Error(`Cannot go on as the session was not started: ${started.outcome}`)
    return { id: started.sessionId, member, secret }
  }

  /** Starts a session that nothing names but its ticket, as a login through the identity API does. */
  async addSessionWithTicket(member: Member, ticketMs = 10 * minute, overrides: Partial<NewSession> = {}) {
    const ticket = { hash: this.aSecret(), expiresAt: this.clock.now() + ticketMs }
    const session = this.aSession(member, { secretHash: null, ticket, claimBy: ticket.expiresAt, ...overrides })
    const started = await this.storage.startSession(this.aStart(session))
    if (started.outcome !== 'started')
      throw new Error(`Cannot go on as the session was not started: ${started.outcome}`)
    return { id: started.sessionId, member, ticket: ticket.hash, expiresAt: ticket.expiresAt }
  }

  aCode(overrides: Partial<AuthorizationCode> = {}): AuthorizationCode & { readonly hash: SecretHash } {
    return {
      hash: this.aSecret(),
      clientId: this.client.id,
      clientGeneration: 0,
      redirectUri: 'https://client.example/callback',
      challenge: Buffer.from(this.randomness.bytes(32)).toString('base64url'),
      scope: 'openid offline_access',
      nonce: null,
      expiresAt: this.clock.now() + minute,
      ...overrides,
    }
  }

  anIssue(authority: CodeIssue['authority'], code: CodeIssue['code'], cookie: CodeIssue['cookie'] = null): CodeIssue {
    return { ...this.asked(), authority, code, cookie }
  }

  /** An exchange of a code by the client that it was made for. */
  aRedemption(code: CodeIssue['code'], overrides: Partial<CodeRedemption> = {}): CodeRedemption {
    const { hash, clientId, redirectUri, challenge } = code
    return {
      ...this.asked(),
      hash,
      presented: { clientId, redirectUri, challenge },
      sid: this.aSid(),
      refreshTokenHash: this.aSecret(),
      ...overrides,
    }
  }

  /** Issues a code to the browser that holds a session, and leaves it unused. */
  async addCode(session: KnownSession, overrides: Partial<AuthorizationCode> = {}): Promise<CodeIssue['code']> {
    const code = this.aCode(overrides)
    const issued = await this.storage.issueCode(this.anIssue({ by: 'secret', hash: session.secret }, code))
    if (issued.outcome !== 'issued') throw new Error(`Cannot go on as no code was issued: ${issued.outcome}`)
    return code
  }

  /** Opens a client's grant by a code and its exchange. */
  async addGrant(session: KnownSession, client: Client = this.client, scope?: string): Promise<KnownGrant> {
    const code = await this.addCode(session, { clientId: client.id, ...(scope === undefined ? {} : { scope }) })
    const redemption = this.aRedemption(code)
    const redeemed = await this.storage.redeemCode(redemption)
    if (redeemed.outcome !== 'granted') throw new Error(`Cannot go on as nothing was granted: ${redeemed.outcome}`)
    return {
      grant: redeemed.grant,
      sid: redeemed.grant.sid,
      code: code.hash,
      presented: redemption.presented,
      refreshToken: redemption.refreshTokenHash,
    }
  }

  anEnd(what: Ending, overrides: Partial<EndSession> = {}): EndSession {
    return { ...this.asked(), what, cause: 'logout', actor: null, ...overrides }
  }

  /** Ends one thing and gives the one answer. */
  async end(what: Ending, cause: Cause = 'logout'): Promise<EndAnswer> {
    const [answer] = await this.storage.endSessions([this.anEnd(what, { cause })])
    if (answer === undefined) throw new Error('Cannot go on as one request got no answer')
    return answer
  }

  async endGrant(sid: Sid, cause: Cause = 'revoked') {
    const [answer] = await this.storage.endGrants([{ ...this.asked(), sid, cause, actor: null }])
    if (answer === undefined) throw new Error('Cannot go on as one request got no answer')
    return answer
  }

  /** What a credential is worth now: `live`, why it is over, or `unknown`. */
  async standing(credential: SessionCredential): Promise<string> {
    const facts = await this.storage.check(credential)
    if (facts === undefined) return 'unknown'
    const standing = judgeSession(facts)
    return standing.state === 'live' ? 'live' : standing.because
  }

  /** The same of a refresh token. */
  async refreshStanding(hash: SecretHash): Promise<string> {
    const token = await this.storage.findRefreshToken(hash)
    if (token === undefined) return 'unknown'
    const standing = judgeSession(token.facts)
    return standing.state === 'live' ? 'live' : standing.because
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]()
  }
}
