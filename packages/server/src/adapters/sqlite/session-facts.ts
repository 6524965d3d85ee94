import type { DatabaseSync } from 'node:sqlite'
import type { EpochMs, GrantId, SessionId } from '../../domain/ids.ts'
import type { MemberStatus } from '../../domain/member.ts'
import type { SessionFacts } from '../../domain/session.ts'
import type { RefreshTokenFacts, SessionCredential } from '../../ports/storage.ts'
import { endOf, grantOf, sessionOf } from '../stored/records.ts'
import { integer, integerOrNull, type Row, text } from '../stored/row.ts'

/** Where the ends are looked up: the index, or a transaction that has ended more. */
export interface EndsOnRecord {
  sessionEnd(id: SessionId): number
  grantEnd(id: GrantId): number
}

const sessionColumns = `
  s.id, s.site_id, s.member_id, s.client_id, s.created_at, s.used_at, s.expires_at, s.idle_ms, s.claim_by, s.persistent,
  s.site_generation, s.member_generation,
  m.status AS status_now, m.generation AS member_generation_now, t.generation AS site_generation_now`

const grantColumns = `
  g.id AS grant_id, g.sid AS grant_sid, g.session_id AS grant_session_id, g.client_id AS grant_client_id,
  g.scope AS grant_scope, g.created_at AS grant_created_at`

const standing = 'JOIN member m ON m.id = s.member_id JOIN site t ON t.id = s.site_id'

/** Reads all that decides whether a session is alive, in one statement, with what the index says of its end. */
export class SessionFactsReader {
  readonly #bySecret
  readonly #byFormerSecret
  readonly #byId
  readonly #bySid
  readonly #byRefreshToken

  constructor(database: DatabaseSync) {
    this.#bySecret = database.prepare(`SELECT ${sessionColumns} FROM session s ${standing} WHERE s.secret_hash = ?`)
    this.#byFormerSecret = database.prepare(`
      SELECT ${sessionColumns} FROM former_secret f JOIN session s ON s.id = f.session_id ${standing} WHERE f.hash = ?`)
    this.#byId = database.prepare(`SELECT ${sessionColumns} FROM session s ${standing} WHERE s.id = ?`)
    this.#bySid = database.prepare(`
      SELECT ${sessionColumns}, ${grantColumns}
      FROM client_grant g JOIN session s ON s.id = g.session_id ${standing} WHERE g.sid = ?`)
    this.#byRefreshToken = database.prepare(`
      SELECT ${sessionColumns}, ${grantColumns}, r.spent_at
      FROM refresh_token r JOIN client_grant g ON g.id = r.grant_id JOIN session s ON s.id = g.session_id ${standing}
      WHERE r.hash = ?`)
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
    return { spentAt: integerOrNull(row, 'spent_at'), facts: factsWithGrant(row, ends, at) }
  }
}

function factsOf(row: Row | undefined, ends: EndsOnRecord, at: EpochMs): SessionFacts | undefined {
  if (row === undefined) return undefined
  const session = sessionOf(row)
  return {
    session,
    ended: endOf(ends.sessionEnd(session.id)),
    memberStatus: text(row, 'status_now') as MemberStatus,
    memberGeneration: integer(row, 'member_generation_now'),
    siteGeneration: integer(row, 'site_generation_now'),
    grant: null,
    readAt: at,
  }
}

function factsWithGrant(row: Row, ends: EndsOnRecord, at: EpochMs): RefreshTokenFacts['facts'] {
  const grant = grantOf(row)
  const session = sessionOf(row)
  return {
    session,
    ended: endOf(ends.sessionEnd(session.id)),
    memberStatus: text(row, 'status_now') as MemberStatus,
    memberGeneration: integer(row, 'member_generation_now'),
    siteGeneration: integer(row, 'site_generation_now'),
    grant: { ...grant, ended: endOf(ends.grantEnd(grant.id)) },
    readAt: at,
  }
}
