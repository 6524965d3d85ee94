import type { ChallengeId, MemberId, SecretHash, SiteId } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import { columnsOfTable } from '../stored/tables.ts'
import { memberColumns as allMemberColumns } from './member-columns.ts'
import { arrayOf, type Column, columnsOf, lookUp, type Statement, unnestOf } from './parameters.ts'
import { factsStatement, type Naming, noGrant, sessionColumns, standing } from './session-facts.ts'

/** A part of the flush that loads a batch: the statement, and which answer it gives. */
export interface Load {
  readonly gives:
    | 'locks'
    | 'registered'
    | 'sites'
    | 'members'
    | 'challenges'
    | 'tickets'
    | 'codes'
    | 'facts'
    | 'grants'
    | 'numbers'
    | 'crowds'
    | 'asked'
  readonly statement: Statement
}

interface Address {
  readonly siteId: SiteId
  readonly emailKey: string
}

/** An address whose member gets so many new sessions. */
interface AddressNeeded extends Address {
  readonly starts: number
  readonly most: number
}

/**
 * What the works of a batch have to have locked and read before they can decide.
 *
 * Locks are taken in one order by every batch of every node (site, members, challenges, tickets, codes, tokens, sessions, each
 * kind by its key), so that batches wait for each other and do not block each other for good.
 */
export class Needs {
  readonly names: Naming[] = []
  readonly #sites = new Set<SiteId>()
  readonly #members = new Set<MemberId>()
  readonly #challenges = new Set<ChallengeId>()
  readonly #tickets: SecretHash[] = []
  readonly #codes: SecretHash[] = []
  readonly #refreshTokens: SecretHash[] = []
  readonly #registrations: Member[] = []
  readonly #questions: Statement[] = []
  readonly #addresses = new Map<string, AddressNeeded>()
  /** Of the members who get new sessions: how many they get, and how many they may have. */
  readonly #newcomers = new Map<MemberId, { starts: number; most: number }>()
  #changesSites = false
  #numbers = 0
  #reads = false

  /** The site as it is, kept as it is until the commit. */
  site(id: SiteId): void {
    this.#sites.add(id)
    this.#reads = true
  }

  memberToChange(id: MemberId): void {
    this.memberToEnd(id)
    this.#reads = true
  }

  /** No session of the member is started between this and the commit. What the member is like matters to nobody. */
  memberToEnd(id: MemberId): void {
    this.#members.add(id)
  }

  /**
   * Whoever has an address, and room for one more session of theirs: see `Loaded.memberAt`. Kept as they are until the commit.
   */
  addressToChange({ siteId, emailKey }: Address, most: number): void {
    const key = JSON.stringify([siteId, emailKey])
    const { starts, most: before } = this.#addresses.get(key) ?? { starts: 0, most }
    this.#addresses.set(key, { siteId, emailKey, starts: starts + 1, most: Math.min(before, most) })
    this.#reads = true
  }

  /** A challenge to be answered. Its member has to be held as well. */
  challenge(id: ChallengeId): void {
    this.#challenges.add(id)
    this.#reads = true
  }

  siteToEnd(id: SiteId): void {
    this.#sites.add(id)
    this.#changesSites = true
  }

  /** The facts of the session that something names. Gives the place under which they will be found. */
  session(name: Naming): number {
    this.#reads = true
    if (name.by === 'ticket') this.#tickets.push(name.hash)
    if (name.by === 'code') this.#codes.push(name.hash)
    if (name.by === 'refresh_token') this.#refreshTokens.push(name.hash)
    return this.names.push(name) - 1
  }

  /** A member to be added, unless the address is taken. */
  registration(member: Member): void {
    this.#registrations.push(member)
    this.#reads = true
  }

  /** Room for one more session of a member, who has to be held: see `Loaded.living`. */
  room(memberId: MemberId, most: number): void {
    const { starts, most: before } = this.#newcomers.get(memberId) ?? { starts: 0, most }
    this.#newcomers.set(memberId, { starts: starts + 1, most: Math.min(before, most) })
    this.#reads = true
  }

  /** A number for a new session or grant. */
  number(): void {
    this.#numbers += 1
    this.#reads = true
  }

  /**
   * A question of the work's own, for what is administered and not used all the time. Gives the place under which its rows
   * will be found. The work has to run `apart`: what others of a batch decide would not show in the rows.
   */
  ask(statement: Statement): number {
    this.#reads = true
    return this.#questions.push(statement) - 1
  }

  /** Whether anything has to be read before the works can decide. */
  get reads(): boolean {
    return this.#reads
  }

  /** The statements, in the order in which they have to run. */
  loads(): readonly Load[] {
    const loads: Load[] = []
    const add = (needed: boolean, gives: Load['gives'], text: string, ...parameters: readonly string[]) => {
      if (needed) loads.push({ gives, statement: { text, parameters } })
    }
    // By address, so that two nodes that register the same people wait in the same order.
    const registrations = this.#registrations.toSorted((a, b) => (a.emailKey < b.emailKey ? -1 : 1))
    add(registrations.length > 0, 'registered', registerText, ...columnsOf(memberColumns, registrations))
    const siteLock = this.#changesSites ? 'FOR NO KEY UPDATE' : 'FOR SHARE'
    add(this.#sites.size > 0, 'sites', `${sitesText} ${siteLock}`, arrayOf(this.#sites))
    const addresses = [...this.#addresses.values()]
    const byAddress = columnsOf(addressColumns, addresses)
    if (addresses.length > 0) add(true, 'members', membersAtText, arrayOf(this.#members), ...byAddress)
    else add(this.#members.size > 0, 'members', membersText, arrayOf(this.#members))
    add(this.#challenges.size > 0, 'challenges', challengesText, arrayOf(this.#challenges))
    add(this.#tickets.length > 0, 'tickets', ticketsText, arrayOf(this.#tickets))
    add(this.#codes.length > 0, 'codes', codesText, arrayOf(this.#codes))
    add(this.#refreshTokens.length > 0, 'locks', refreshTokensText, arrayOf(this.#refreshTokens))
    const locking = this.names.filter(({ by }) => by !== 'refresh_token')
    add(
      locking.length > 0,
      'locks',
      sessionsText,
      arrayOf(locking.flatMap((name) => (name.by === 'id' ? [name.id] : []))),
      arrayOf(locking.flatMap((name) => (name.by === 'secret' ? [name.hash] : []))),
      arrayOf(this.#tickets),
      arrayOf(this.#codes),
    )
    if (this.names.length > 0) loads.push({ gives: 'facts', statement: factsStatement(this.names) })
    const newcomers = [...this.#newcomers]
    if (newcomers.length + addresses.length > 0)
      loads.push({ gives: 'crowds', statement: crowdsOf(newcomers, addresses) })
    add(this.#codes.length > 0, 'grants', grantsText, arrayOf(this.#codes))
    add(this.#numbers > 0, 'numbers', numbersText, String(this.#numbers))
    for (const statement of this.#questions) loads.push({ gives: 'asked', statement })
    return loads
  }
}

/** Every column of a member, as they are inserted. */
export const memberColumns: readonly Column<Member>[] = [
  { name: 'id', type: 'text', of: ({ id }) => id },
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'email', type: 'text', of: ({ email }) => email },
  { name: 'email_key', type: 'text', of: ({ emailKey }) => emailKey },
  { name: 'email_verified', type: 'boolean', of: ({ emailVerified }) => emailVerified },
  { name: 'status', type: 'text', of: ({ status }) => status },
  { name: 'status_reasons', type: 'text', of: ({ statusReasons }) => JSON.stringify(statusReasons) },
  { name: 'password_hash', type: 'text', of: ({ passwordHash }) => passwordHash },
  { name: 'profile', type: 'text', of: ({ profile }) => JSON.stringify(profile) },
  { name: 'generation', type: 'bigint', of: ({ generation }) => generation },
  { name: 'revision', type: 'bigint', of: ({ revision }) => revision },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'updated_at', type: 'bigint', of: ({ updatedAt }) => updatedAt },
]

const memberNames = memberColumns.map(({ name }) => name).join(', ')
const registerText = `
  INSERT INTO member (${memberNames}) SELECT ${memberNames} FROM ${unnestOf(memberColumns, 'r')}
  ON CONFLICT (site_id, email_key) DO NOTHING RETURNING id`

const sitesText = 'SELECT id, generation FROM site WHERE id = ANY ($1::text[]) ORDER BY id'

const membersText = `
  SELECT id, site_id, email_key, email_verified::int AS email_verified, status, status_reasons, password_hash, generation
  FROM member
  WHERE id = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE`

const addressColumns: readonly Column<AddressNeeded>[] = [
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'email_key', type: 'text', of: ({ emailKey }) => emailKey },
]

const memberOfAddress = lookUp('member', 'm', 'x.site_id = a.site_id AND x.email_key = a.email_key')

/** The same with those who have addresses, all in one order; with everything that is known of them. */
const membersAtText = `
  SELECT ${allMemberColumns} FROM member WHERE id = ANY (ARRAY(
    SELECT unnest($1::text[]) UNION SELECT m.id FROM ${unnestOf(addressColumns, 'a', 2)} ${memberOfAddress}
  )) ORDER BY id FOR NO KEY UPDATE`

const challengesText = `
  SELECT ${columnsOfTable('challenge')} FROM challenge WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`

const ticketsText = `
  SELECT hash, expires_at, spent_at FROM ticket WHERE hash = ANY ($1::bytea[]) AND kind = 'session'
  ORDER BY hash FOR UPDATE`

const codeColumns = columnsOfTable('authorization_code')
const codesText = `
  SELECT ${codeColumns}, (SELECT c.generation FROM client c WHERE c.id = client_id) AS client_generation_now
  FROM authorization_code
  WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE`

const refreshTokensText = 'SELECT hash FROM refresh_token WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE'

/** So that two nodes neither open two grants of one client nor write over each other's columns. An end takes no such lock. */
const sessionsText = `
  SELECT s.id FROM session s WHERE s.id = ANY (ARRAY(
    SELECT unnest($1::bigint[])
    UNION SELECT id FROM session WHERE secret_hash = ANY ($2::bytea[])
    UNION SELECT session_id FROM ticket WHERE hash = ANY ($3::bytea[])
    UNION SELECT session_id FROM authorization_code WHERE hash = ANY ($4::bytea[])
  )) ORDER BY s.id FOR NO KEY UPDATE OF s`

/** Of each code: the grants that its session has or had, newest first. */
const grantsText = `
  SELECT g.id AS grant_id, g.sid AS grant_sid, g.session_id AS grant_session_id, g.client_id AS grant_client_id,
    g.scope AS grant_scope, g.created_at AS grant_created_at, g.client_generation AS grant_client_generation,
    (SELECT o.cause FROM revocation_log o WHERE o.kind = 'grant' AND o.grant_id = g.id) AS grant_end
  FROM client_grant g
  WHERE g.session_id = ANY (ARRAY(SELECT session_id FROM authorization_code WHERE hash = ANY ($1::bytea[])))
  ORDER BY g.id DESC`

/**
 * The sessions without an end on record of those members who might have too many with the new ones, the oldest first. For
 * all others it is one look at an index.
 */
const crowdsText = (newcomers: string) => `
  SELECT ${sessionColumns}, s.secret_hash, ${noGrant}
  FROM ${newcomers}
  CROSS JOIN LATERAL (
    SELECT count(*) AS rows FROM (SELECT FROM session y WHERE y.member_id = k.member_id LIMIT $1::bigint) c
  ) n
  CROSS JOIN LATERAL (
    SELECT * FROM session x WHERE n.rows > k.most - k.starts AND x.member_id = k.member_id OFFSET 0
  ) s ${standing}
  WHERE e.cause IS NULL ORDER BY s.id`

type Newcomer = readonly [MemberId, { readonly starts: number; readonly most: number }]

const newcomerColumns: readonly Column<Newcomer>[] = [
  { name: 'member_id', type: 'text', of: ([id]) => id },
  { name: 'starts', type: 'bigint', of: ([, { starts }]) => starts },
  { name: 'most', type: 'bigint', of: ([, { most }]) => most },
]
const crowdedAddressColumns: readonly Column<AddressNeeded>[] = [
  ...addressColumns,
  { name: 'starts', type: 'bigint', of: ({ starts }) => starts },
  { name: 'most', type: 'bigint', of: ({ most }) => most },
]

const crowdsByIdText = crowdsText(unnestOf(newcomerColumns, 'k', 2))
/** A member may be named by both. */
const crowdsByAddressText = crowdsText(`(
    SELECT member_id, sum(starts) AS starts, min(most) AS most FROM (
      SELECT * FROM ${unnestOf(newcomerColumns, 'i', 2)}
      UNION ALL SELECT m.id, a.starts, a.most FROM ${unnestOf(crowdedAddressColumns, 'a', 5)} ${memberOfAddress}
    ) named GROUP BY member_id
  ) k`)

function crowdsOf(newcomers: readonly Newcomer[], addresses: readonly AddressNeeded[]): Statement {
  const most = Math.max(...newcomers.map(([, each]) => each.most), ...addresses.map((each) => each.most))
  const byId = [most, ...columnsOf(newcomerColumns, newcomers)]
  return addresses.length === 0
    ? { text: crowdsByIdText, parameters: byId }
    : { text: crowdsByAddressText, parameters: [...byId, ...columnsOf(crowdedAddressColumns, addresses)] }
}

/** One sequence would do for both, but each table has its own. */
const numbersText = `
  SELECT nextval(pg_get_serial_sequence('session', 'id')) AS session_id,
    nextval(pg_get_serial_sequence('client_grant', 'id')) AS grant_id
  FROM generate_series(1, $1::int)`
