import type { EpochMs, SecretHash, SessionId, Sid } from '../../domain/ids.ts'
import type { MemberStatus } from '../../domain/member.ts'
import type { GrantFacts, SessionFacts } from '../../domain/session.ts'
import type { RefreshTokenFacts, SessionCredential } from '../../ports/storage.ts'
import { endOf, grantOf, sessionOf } from '../stored/records.ts'
import { integer, integerOrNull, type Row, text } from '../stored/row.ts'
import { databaseTime } from './database-clock.ts'
import { arrayOf, lookUp, lookUpIfAny, type Statement } from './parameters.ts'

/** What can name a session: the credentials of the port, and the secrets that become others. */
export type Naming =
  | SessionCredential
  | { readonly by: 'refresh_token'; readonly hash: SecretHash }
  | { readonly by: 'ticket'; readonly hash: SecretHash }
  | { readonly by: 'code'; readonly hash: SecretHash }

/** What was found under one name. `spentAt` is of a refresh token, and null for everything else. */
export interface Found {
  readonly facts: SessionFacts
  readonly spentAt: EpochMs | null
}

type Kind = Naming['by']

/** Of a session `s` with its {@link standing}. */
export const sessionColumns = `
  s.id, s.site_id, s.member_id, s.client_id, s.created_at, s.used_at, s.expires_at, s.idle_ms, s.claim_by,
  s.persistent::int AS persistent, s.site_generation, s.member_generation,
  m.status AS status_now, m.generation AS member_generation_now, t.generation AS site_generation_now,
  e.cause AS session_end, ${databaseTime} AS read_at`

const grantColumns = `
  g.id AS grant_id, g.sid AS grant_sid, g.session_id AS grant_session_id, g.client_id AS grant_client_id,
  g.scope AS grant_scope, g.created_at AS grant_created_at, g.client_generation AS grant_client_generation,
  c.generation AS client_generation_now, o.cause AS grant_end`

/** In the place of the columns of a grant, where none was named. */
export const noGrant = `
  NULL::bigint AS grant_id, NULL::text AS grant_sid, NULL::bigint AS grant_session_id, NULL::text AS grant_client_id,
  NULL::text AS grant_scope, NULL::bigint AS grant_created_at, NULL::bigint AS grant_client_generation,
  NULL::bigint AS client_generation_now, NULL::bigint AS grant_end`

/** What a session `s` hangs on: its member `m`, its site `t`, and the end `e` that may be on record. */
export const standing = [
  lookUp('member', 'm', 'x.id = s.member_id'),
  lookUp('site', 't', 'x.id = s.site_id'),
  lookUpIfAny('revocation_log', 'e', `x.kind = 'session' AND x.session_id = s.id`),
].join(' ')

const sessionOfGrant = lookUp('session', 's', 'x.id = g.session_id')
const standingOfGrant = [
  lookUpIfAny('client', 'c', 'x.id = g.client_id'),
  lookUpIfAny('revocation_log', 'o', `x.kind = 'grant' AND x.grant_id = g.id`),
].join(' ')

/** The present holder of a secret, and else who had it before: one look-up by index each. */
const sessionOfAnySecret = `coalesce(
  (SELECT c.id FROM session c WHERE c.secret_hash = k.name),
  (SELECT f.session_id FROM former_secret f WHERE f.hash = k.name))`

/** How each kind of name leads to the session: the type of the name, and the part of the statement from the name `k` on. */
const ways: { readonly [K in Kind]: { readonly type: 'bytea' | 'text' | 'bigint'; readonly select: string } } = {
  secret: {
    type: 'bytea',
    select: `${noGrant}, NULL::bigint AS spent_at FROM $$ ${lookUp('session', 's', 'x.secret_hash = k.name')}`,
  },
  secret_or_former: {
    type: 'bytea',
    select: `${noGrant}, NULL::bigint AS spent_at FROM $$ ${lookUp('session', 's', `x.id = ${sessionOfAnySecret}`)}`,
  },
  id: {
    type: 'bigint',
    select: `${noGrant}, NULL::bigint AS spent_at FROM $$ ${lookUp('session', 's', 'x.id = k.name')}`,
  },
  sid: {
    type: 'text',
    select: `${grantColumns}, NULL::bigint AS spent_at
      FROM $$ ${lookUp('client_grant', 'g', 'x.sid = k.name')} ${sessionOfGrant} ${standingOfGrant}`,
  },
  refresh_token: {
    type: 'bytea',
    select: `${grantColumns}, r.spent_at
      FROM $$ ${lookUp('refresh_token', 'r', 'x.hash = k.name')} ${lookUp('client_grant', 'g', 'x.id = r.grant_id')}
      ${sessionOfGrant} ${standingOfGrant}`,
  },
  ticket: {
    type: 'bytea',
    select: `${noGrant}, NULL::bigint AS spent_at
      FROM $$ ${lookUp('ticket', 'q', 'x.hash = k.name')} ${lookUp('session', 's', 'x.id = q.session_id')}`,
  },
  code: {
    type: 'bytea',
    select: `${noGrant}, NULL::bigint AS spent_at
      FROM $$ ${lookUp('authorization_code', 'q', 'x.hash = k.name')} ${lookUp('session', 's', 'x.id = q.session_id')}`,
  },
}

const kinds = Object.keys(ways) as readonly Kind[]

/**
 * One statement that reads all that decides whether sessions are alive, whatever names them and however many they are.
 * Kinds that nobody asked for are left out of its text, of which there are therefore a few.
 */
export function factsStatement(names: readonly Naming[]): Statement {
  const asked = kinds.filter((kind) => names.some(({ by }) => by === kind))
  const parts = asked.map((kind, index) => {
    const { type, select } = ways[kind]
    const source = `unnest($${2 * index + 1}::${type}[], $${2 * index + 2}::bigint[]) AS k(name, place)`
    return `SELECT k.place, ${sessionColumns}, ${select.replace('$$', () => source)} ${standing}`
  })
  const parameters = asked.flatMap((kind) => {
    const places = names.flatMap(({ by }, place) => (by === kind ? [place] : []))
    return [arrayOf(places.map((place) => nameOf(names[place]))), arrayOf(places)]
  })
  return { text: parts.join(' UNION ALL '), parameters }
}

/**
 * What was found under each of the names, aligned with them.
 *
 * @param now - A clock to go by instead of the database's own; for tests.
 */
export function foundOf(
  names: readonly Naming[],
  rows: readonly Row[],
  now: (() => EpochMs) | undefined,
): readonly (Found | undefined)[] {
  const found: (Found | undefined)[] = names.map(() => undefined)
  for (const row of rows) {
    found[integer(row, 'place')] = { facts: factsOf(row, now), spentAt: integerOrNull(row, 'spent_at') }
  }
  return found
}

/** The facts of a refresh token, whose grant is always there. */
export function refreshTokenFactsOf(found: Found | undefined): RefreshTokenFacts | undefined {
  if (found === undefined) return undefined
  const { facts, spentAt } = found
  if (facts.grant === null) throw new RangeError('Cannot read a refresh token as it has no grant')
  return { spentAt, facts: { ...facts, grant: facts.grant } }
}

/** Of a row with those columns. */
export function factsOf(row: Row, now: (() => EpochMs) | undefined): SessionFacts {
  return {
    session: sessionOf(row),
    ended: endOf(integerOrNull(row, 'session_end') ?? 0),
    memberStatus: text(row, 'status_now') as MemberStatus,
    memberGeneration: integer(row, 'member_generation_now'),
    siteGeneration: integer(row, 'site_generation_now'),
    grant: row['grant_id'] === null ? null : grantFactsOf(row),
    readAt: now?.() ?? integer(row, 'read_at'),
  }
}

function grantFactsOf(row: Row): GrantFacts {
  return {
    ...grantOf(row),
    ended: endOf(integerOrNull(row, 'grant_end') ?? 0),
    clientGenerationNow: integerOrNull(row, 'client_generation_now'),
  }
}

function nameOf(name: Naming | undefined): SecretHash | Sid | SessionId | null {
  if (name === undefined) return null
  if (name.by === 'id') return name.id
  return name.by === 'sid' ? name.sid : name.hash
}
