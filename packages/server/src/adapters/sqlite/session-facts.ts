import type { DatabaseSync } from 'node:sqlite'
import type { ClientId, EpochMs, GrantId, MemberId, SessionId, Sid, SiteId } from '../../domain/ids.ts'
import type { MemberStatus } from '../../domain/member.ts'
import type { Session, SessionFacts } from '../../domain/session.ts'
import type { RefreshTokenFacts, SessionCredential } from '../../ports/storage.ts'
import { endOf } from '../stored/records.ts'
import { asInteger, asIntegerOrNull, asText, asTextOrNull } from '../stored/row.ts'
import { ListStatement, type Values } from './list-statement.ts'

/** Where the ends are looked up: the index, or a transaction that has ended more. */
export interface EndsOnRecord {
  sessionEnd(id: SessionId): number
  grantEnd(id: GrantId): number
}

/** In the order in which `sessionOf` and `factsOf` read them. */
const sessionColumns = `
  s.id, s.site_id, s.member_id, s.client_id, s.created_at, s.used_at, s.expires_at, s.idle_ms, s.claim_by, s.persistent,
  s.site_generation, s.member_generation, m.status, m.generation, t.generation`

/** Behind those of the session, in the order in which `grantOf` reads them. */
const grantColumns = 'g.id, g.sid, g.session_id, g.client_id, g.scope, g.created_at, g.client_generation, c.generation'
const clientOfGrant = 'LEFT JOIN client c ON c.id = g.client_id'

const standing = 'JOIN member m ON m.id = s.member_id JOIN site t ON t.id = s.site_id'

/** Reads all that decides whether a session is alive, in one statement, with what the index says of its end. */
export class SessionFactsReader {
  readonly #bySecret
  readonly #byFormerSecret
  readonly #byId
  readonly #bySid
  readonly #byRefreshToken
  readonly #byMember

  constructor(database: DatabaseSync) {
    this.#bySecret = new ListStatement(
      database,
      `SELECT ${sessionColumns} FROM session s ${standing} WHERE s.secret_hash = ?`,
    )
    this.#byFormerSecret = new ListStatement(
      database,
      `
      SELECT ${sessionColumns} FROM former_secret f JOIN session s ON s.id = f.session_id ${standing} WHERE f.hash = ?`,
    )
    this.#byId = new ListStatement(database, `SELECT ${sessionColumns} FROM session s ${standing} WHERE s.id = ?`)
    this.#bySid = new ListStatement(
      database,
      `
      SELECT ${sessionColumns}, ${grantColumns}
      FROM client_grant g JOIN session s ON s.id = g.session_id ${standing} ${clientOfGrant} WHERE g.sid = ?`,
    )
    this.#byRefreshToken = new ListStatement(
      database,
      `
      SELECT ${sessionColumns}, ${grantColumns}, r.spent_at
      FROM refresh_token r JOIN client_grant g ON g.id = r.grant_id JOIN session s ON s.id = g.session_id ${standing}
        ${clientOfGrant}
      WHERE r.hash = ?`,
    )
    this.#byMember = new ListStatement(
      database,
      `SELECT ${sessionColumns} FROM session s ${standing} WHERE s.member_id = ? AND s.id < ? ORDER BY s.id DESC LIMIT ?`,
    )
  }

  read(credential: SessionCredential, ends: EndsOnRecord, at: EpochMs): SessionFacts | undefined {
    switch (credential.by) {
      case 'secret':
        return factsOf(this.#bySecret.get(credential.hash), ends, at)
      case 'secret_or_former':
        return factsOf(this.#bySecret.get(credential.hash) ?? this.#byFormerSecret.get(credential.hash), ends, at)
      case 'id':
        return factsOf(this.#byId.get(credential.id), ends, at)
      case 'sid': {
        const row = this.#bySid.get(credential.sid)
        return row === undefined ? undefined : factsWithGrant(row, ends, at)
      }
    }
  }

  readByRefreshToken(hash: Uint8Array, ends: EndsOnRecord, at: EpochMs): RefreshTokenFacts | undefined {
    const row = this.#byRefreshToken.get(hash)
    if (row === undefined) return undefined
    return { spentAt: asIntegerOrNull(row[23], 'spent_at'), facts: factsWithGrant(row, ends, at) }
  }

  /** Of up to `limit` sessions of a member with a number below one, the newest first. */
  readOfMember(
    memberId: MemberId,
    below: number,
    limit: number,
    ends: EndsOnRecord,
    at: EpochMs,
  ): readonly SessionFacts[] {
    return this.#byMember.all(memberId, below, limit).map((row) => ({ ...standingOf(row, ends, at), grant: null }))
  }
}

function factsOf(row: Values | undefined, ends: EndsOnRecord, at: EpochMs): SessionFacts | undefined {
  if (row === undefined) return undefined
  return { ...standingOf(row, ends, at), grant: null }
}

function factsWithGrant(row: Values, ends: EndsOnRecord, at: EpochMs): RefreshTokenFacts['facts'] {
  return { ...standingOf(row, ends, at), grant: grantOf(row, ends) }
}

function standingOf(row: Values, ends: EndsOnRecord, at: EpochMs): Omit<SessionFacts, 'grant'> {
  const session = sessionOf(row)
  return {
    session,
    ended: endOf(ends.sessionEnd(session.id)),
    memberStatus: asText(row[12], 'status') as MemberStatus,
    memberGeneration: asInteger(row[13], 'generation'),
    siteGeneration: asInteger(row[14], 'generation'),
    readAt: at,
  }
}

function sessionOf(row: Values): Session {
  return {
    id: asInteger(row[0], 'id') as SessionId,
    siteId: asText(row[1], 'site_id') as SiteId,
    memberId: asText(row[2], 'member_id') as MemberId,
    clientId: asTextOrNull(row[3], 'client_id') as ClientId | null,
    createdAt: asInteger(row[4], 'created_at'),
    usedAt: asInteger(row[5], 'used_at'),
    expiresAt: asInteger(row[6], 'expires_at'),
    idleMs: asInteger(row[7], 'idle_ms'),
    claimBy: asIntegerOrNull(row[8], 'claim_by'),
    persistent: row[9] === 1,
    siteGeneration: asInteger(row[10], 'site_generation'),
    memberGeneration: asInteger(row[11], 'member_generation'),
  }
}

function grantOf(row: Values, ends: EndsOnRecord): RefreshTokenFacts['facts']['grant'] {
  const id = asInteger(row[15], 'id') as GrantId
  return {
    id,
    sid: asText(row[16], 'sid') as Sid,
    sessionId: asInteger(row[17], 'session_id') as SessionId,
    clientId: asText(row[18], 'client_id') as ClientId,
    scope: asText(row[19], 'scope'),
    createdAt: asInteger(row[20], 'created_at'),
    clientGeneration: asInteger(row[21], 'client_generation'),
    clientGenerationNow: asIntegerOrNull(row[22], 'generation'),
    ended: endOf(ends.grantEnd(id)),
  }
}
