import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Cause } from '../../domain/cause.ts'
import { type Challenge, isLink } from '../../domain/challenge.ts'
import type { Grant } from '../../domain/grant.ts'
import type {
  ChallengeId,
  ClientId,
  EpochMs,
  GrantId,
  MemberId,
  SecretHash,
  SessionId,
  SiteId,
} from '../../domain/ids.ts'
import type { Member, MemberStatus, MemberStatusReason } from '../../domain/member.ts'
import { judgeSession } from '../../domain/session.ts'
import { challengeOf, grantOf, memberOf as recordOf, standingOf } from '../stored/records.ts'
import { blob, flag, integer, integerOrNull, type Row, text, textOrNull } from '../stored/row.ts'
import type { Load, Needs } from './needs.ts'
import { type Found, factsOf, foundOf } from './session-facts.ts'

/** What a batch has locked and read. Works change it as they decide, so that the next one sees what they did. */
export interface LoadedMember extends Pick<Member, 'siteId' | 'emailKey'> {
  emailVerified: boolean
  status: MemberStatus
  statusReasons: readonly MemberStatusReason[]
  readonly generation: number
  passwordHash: string | null
}

export interface LoadedTicket {
  readonly expiresAt: EpochMs
  isSpent: boolean
}

export interface LoadedCode {
  readonly code: AuthorizationCode
  readonly sessionId: SessionId
  /** `null` where there is no such client. */
  readonly clientGenerationNow: number | null
  isSpent: boolean
  grantId: GrantId | null
}

/** A session that may be in the way of a new one. */
export interface LivingSession {
  readonly id: SessionId
  readonly secretHash: Uint8Array | null
}

export class Loaded {
  readonly #facts: readonly (Found | undefined)[]
  readonly #siteGenerations = new Map<SiteId, number>()
  readonly #members = new Map<MemberId, LoadedMember>()
  readonly #registered = new Set<MemberId>()
  /** As they were read, of those whose address was asked for. */
  readonly #records = new Map<string, Member>()
  readonly #challenges = new Map<ChallengeId, Challenge>()
  readonly #tickets = new Map<string, LoadedTicket>()
  readonly #codes = new Map<string, LoadedCode>()
  readonly #grants: Grant[] = []
  readonly #living = new Map<MemberId, readonly LivingSession[]>()
  readonly #sessionNumbers: SessionId[] = []
  readonly #grantNumbers: GrantId[] = []
  readonly #spentTokens = new Set<string>()
  readonly #asked: readonly (readonly Row[])[]
  readonly #endsOfMembers: { readonly memberId: MemberId; readonly keep: SessionId | null; readonly cause: Cause }[] =
    []

  /** @param rows - The rows of each load, aligned with `loads`. */
  constructor(
    needs: Needs,
    loads: readonly Load[],
    rows: readonly (readonly Row[])[],
    now: (() => EpochMs) | undefined,
  ) {
    const of = (gives: Load['gives']) =>
      loads.flatMap((load, index) => (load.gives === gives ? (rows[index] ?? []) : []))
    this.#facts = foundOf(needs.names, of('facts'), now)
    this.#asked = loads.flatMap((load, index) => (load.gives === 'asked' ? [rows[index] ?? []] : []))
    for (const row of of('sites')) this.#siteGenerations.set(text(row, 'id') as SiteId, integer(row, 'generation'))
    for (const row of of('members')) {
      const id = text(row, 'id') as MemberId
      this.#members.set(id, memberOf(row))
      if ('profile' in row) this.#keepRecord(recordOf(row))
    }
    for (const row of of('registered')) this.#registered.add(text(row, 'id') as MemberId)
    for (const row of of('challenges')) this.keepChallenge(challengeOf(row))
    for (const row of of('tickets')) {
      const ticket = { expiresAt: integer(row, 'expires_at'), isSpent: row['spent_at'] !== null }
      this.#tickets.set(keyOf(blob(row, 'hash')), ticket)
    }
    for (const row of of('codes')) this.#codes.set(keyOf(blob(row, 'hash')), codeOf(row))
    for (const row of of('grants')) {
      const grant = grantOf(row)
      this.#grants.push(grant)
      if (row['grant_end'] !== null) this.#endedGrants.add(grant.id)
    }
    for (const row of of('crowds')) {
      const facts = factsOf(row, now)
      if (judgeSession(facts).state !== 'live') continue
      const { id, memberId } = facts.session
      this.keepLiving(memberId, [...this.living(memberId), { id, secretHash: row['secret_hash'] as Uint8Array | null }])
    }
    for (const row of of('numbers')) {
      this.#sessionNumbers.push(integer(row, 'session_id') as SessionId)
      this.#grantNumbers.push(integer(row, 'grant_id') as GrantId)
    }
  }

  readonly #endedGrants = new Set<GrantId>()

  /** What was found under a name; see `Needs.session`. */
  session(place: number): Found | undefined {
    const found = this.#facts[place]
    if (found === undefined) return undefined
    const { session } = found.facts
    const end = this.#endsOfMembers.find(({ memberId, keep }) => session.memberId === memberId && session.id !== keep)
    return end === undefined ? found : { ...found, facts: { ...found.facts, ended: end.cause } }
  }

  /** The answer to a question; see `Needs.ask`. */
  rows(place: number): readonly Row[] {
    return this.#asked[place] ?? []
  }

  /** From here on every session of the member, but one that is kept, counts as ended, as it will be with the commit. */
  endAllBut(memberId: MemberId, keep: SessionId | null, cause: Cause): void {
    this.#endsOfMembers.push({ memberId, keep, cause })
    this.keepLiving(
      memberId,
      this.living(memberId).filter(({ id }) => id === keep),
    )
  }

  /**
   * The living sessions of a member who might have too many with the new ones, the oldest first; for anybody else those that this
   * batch started. See `Needs.room`.
   */
  living(memberId: MemberId): readonly LivingSession[] {
    return this.#living.get(memberId) ?? []
  }

  keepLiving(memberId: MemberId, living: readonly LivingSession[]): void {
    this.#living.set(memberId, living)
  }

  siteGeneration(id: SiteId): number | undefined {
    return this.#siteGenerations.get(id)
  }

  member(id: MemberId): LoadedMember | undefined {
    return this.#members.get(id)
  }

  /** Whoever has an address now, with what the works before have decided. See `Needs.addressToChange`. */
  memberAt(siteId: SiteId, emailKey: string): Member | undefined {
    const record = this.#records.get(addressOf({ siteId, emailKey }))
    return record === undefined ? undefined : { ...record, ...this.#members.get(record.id) }
  }

  /** Puts a member in the place of what they were. */
  keepMember(member: Member): void {
    this.#keepRecord(member)
    this.#members.set(member.id, { ...member })
  }

  #keepRecord(member: Member): void {
    this.#records.set(addressOf(member), member)
  }

  /** Whether the registration of this member was the first of its address. */
  isRegistered(id: MemberId): boolean {
    return this.#registered.has(id)
  }

  challenge(id: ChallengeId): Challenge | undefined {
    return this.#challenges.get(id)
  }

  /** Puts a challenge in, or in the place of what it was. */
  keepChallenge(challenge: Challenge): void {
    this.#challenges.set(challenge.id, challenge)
  }

  /** What the member has not answered yet counts no more: the links alone, or all of it. */
  makeChallengesVoid(memberId: MemberId, which: 'links' | 'all', at: EpochMs): void {
    for (const challenge of this.#challenges.values()) {
      if (challenge.memberId !== memberId || challenge.settled !== null) continue
      if (which === 'all' || isLink(challenge.kind)) this.keepChallenge({ ...challenge, settled: { as: 'void', at } })
    }
  }

  ticket(hash: SecretHash): LoadedTicket | undefined {
    return this.#tickets.get(keyOf(hash))
  }

  code(hash: SecretHash): LoadedCode | undefined {
    return this.#codes.get(keyOf(hash))
  }

  /** The session's grant for the client of a code that has not ended, the newest where there are several. */
  liveGrant(sessionId: SessionId, { clientId, clientGeneration }: AuthorizationCode): Grant | undefined {
    return this.#grants.find(
      (grant) =>
        grant.sessionId === sessionId &&
        grant.clientId === clientId &&
        grant.clientGeneration === clientGeneration &&
        !this.#endedGrants.has(grant.id),
    )
  }

  grant(id: GrantId): Grant | undefined {
    return this.#grants.find((grant) => grant.id === id)
  }

  /** Puts a grant in, or in the place of what it was. */
  keepGrant(grant: Grant): void {
    const index = this.#grants.findIndex(({ id }) => id === grant.id)
    if (index < 0) this.#grants.unshift(grant)
    else this.#grants[index] = grant
  }

  /** Spends a refresh token; false when this batch did so before. */
  spendToken(hash: SecretHash): boolean {
    const key = keyOf(hash)
    if (this.#spentTokens.has(key)) return false
    this.#spentTokens.add(key)
    return true
  }

  nextSessionNumber(): SessionId {
    return taken(this.#sessionNumbers.shift())
  }

  nextGrantNumber(): GrantId {
    return taken(this.#grantNumbers.shift())
  }
}

function addressOf({ siteId, emailKey }: Pick<Member, 'siteId' | 'emailKey'>): string {
  return JSON.stringify([siteId, emailKey])
}

function taken<Id>(id: Id | undefined): Id {
  if (id === undefined) throw new RangeError('Cannot number a row as no number was asked for')
  return id
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('latin1')
}

function memberOf(row: Row): LoadedMember {
  return {
    ...standingOf(row),
    emailKey: text(row, 'email_key'),
    emailVerified: flag(row, 'email_verified'),
    generation: integer(row, 'generation'),
    passwordHash: textOrNull(row, 'password_hash'),
  }
}

function codeOf(row: Row): LoadedCode {
  return {
    code: {
      clientId: text(row, 'client_id') as ClientId,
      clientGeneration: integer(row, 'client_generation'),
      redirectUri: textOrNull(row, 'redirect_uri'),
      challenge: text(row, 'challenge'),
      scope: text(row, 'scope'),
      nonce: textOrNull(row, 'nonce'),
      expiresAt: integer(row, 'expires_at'),
    },
    sessionId: integer(row, 'session_id') as SessionId,
    clientGenerationNow: integerOrNull(row, 'client_generation_now'),
    isSpent: row['spent_at'] !== null,
    grantId: integerOrNull(row, 'grant_id') as GrantId | null,
  }
}
