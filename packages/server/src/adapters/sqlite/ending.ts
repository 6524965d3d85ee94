import type { DatabaseSync } from 'node:sqlite'
import type { Cause } from '../../domain/cause.ts'
import type { Grant } from '../../domain/grant.ts'
import type { ClientId, GrantId, MemberId, SessionId, Sid, SiteId } from '../../domain/ids.ts'
import { type Actor, matterUntil } from '../../domain/revocation-log.ts'
import type { Asked, EndAnswer, EndedSession, EndGrant, EndSession, GrantEndAnswer } from '../../ports/storage.ts'
import { asInteger, asText, integer, integerOrNull } from '../stored/row.ts'
import type { Commit } from './commit.ts'
import { ListStatement, type Values } from './list-statement.ts'

/** How an end came about. */
interface Circumstances extends Asked {
  readonly cause: Cause
  readonly actor: Actor | null
}

interface Ended {
  readonly id: SessionId
  readonly siteId: SiteId
  readonly memberId: MemberId
}

/** What has to be known of a grant that ends. */
interface EndedGrant extends Pick<Grant, 'id' | 'sid' | 'clientId' | 'sessionId'> {
  readonly liveRefreshTokens: number
  readonly wants: readonly NoticeKind[]
}

/** A way in which a client is told of an end. */
type NoticeKind = 'backchannel_logout' | 'logout_url'

/** In the order in which `endedOf` reads them. */
const sessionColumns = 's.id, s.site_id, s.member_id'

/** In the order in which `endedGrantOf` reads them. */
const grantColumns = `g.id, g.sid, g.client_id, g.session_id, c.backchannel_logout_uri, c.logout_url,
  (SELECT count(*) FROM refresh_token r WHERE r.grant_id = g.id AND r.spent_at IS NULL)`

/**
 * The one way in which anything ends, inside a transaction: the entry of the log, the notices that are owed, the audit
 * row. The rows of the session and its grants are left as they are; what is over is over by the log.
 */
export class Ending {
  readonly #sessionById
  readonly #sessionBySecret
  readonly #sessionByFormerSecret
  readonly #sessionBySid
  readonly #sessionsOfMember
  readonly #grantsOfSession
  readonly #grantBySid
  readonly #member
  readonly #raiseMember
  readonly #raiseSite
  readonly #logoutTicket
  readonly #spendTicket
  readonly #tombstone
  readonly #keepTombstone
  readonly #oweNotice

  constructor(database: DatabaseSync) {
    const find = (sql: string) => new ListStatement(database, sql)
    this.#sessionById = find(`SELECT ${sessionColumns} FROM session s WHERE s.id = ?`)
    this.#sessionBySecret = find(`SELECT ${sessionColumns} FROM session s WHERE s.secret_hash = ?`)
    this.#sessionByFormerSecret = find(
      `SELECT ${sessionColumns} FROM former_secret f JOIN session s ON s.id = f.session_id WHERE f.hash = ?`,
    )
    this.#sessionBySid = find(
      `SELECT ${sessionColumns} FROM client_grant g JOIN session s ON s.id = g.session_id WHERE g.sid = ?`,
    )
    this.#sessionsOfMember = find(`SELECT ${sessionColumns} FROM session s WHERE s.member_id = ?`)
    this.#grantsOfSession = find(
      `SELECT ${grantColumns} FROM client_grant g LEFT JOIN client c ON c.id = g.client_id WHERE g.session_id = ?`,
    )
    this.#grantBySid = find(`
      SELECT ${grantColumns}, s.site_id, s.member_id
      FROM client_grant g JOIN session s ON s.id = g.session_id LEFT JOIN client c ON c.id = g.client_id
      WHERE g.sid = ?`)
    this.#member = database.prepare('SELECT id FROM member WHERE id = ?')
    this.#raiseMember = database.prepare('UPDATE member SET generation = generation + 1 WHERE id = ?')
    this.#raiseSite = database.prepare('UPDATE site SET generation = generation + 1 WHERE id = ? RETURNING generation')
    this.#logoutTicket = database.prepare(
      `SELECT session_id, visitor_id, client_id, expires_at, spent_at FROM ticket WHERE hash = ? AND kind = 'logout'`,
    )
    this.#spendTicket = database.prepare('UPDATE ticket SET spent_at = ? WHERE hash = ?')
    this.#tombstone = database.prepare(
      'INSERT INTO visitor_tombstone (visitor_id, site_id, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#keepTombstone = database.prepare(
      'UPDATE visitor_tombstone SET until = ?2 WHERE visitor_id = ?1 AND until < ?2',
    )
    this.#oweNotice = database.prepare(`
      INSERT INTO notice (log_n, site_id, client_id, member_id, sid, kind, state, attempts, next_attempt_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)`)
  }

  /** Does what one request asks. */
  end(commit: Commit, request: EndSession): EndAnswer {
    const { what } = request
    switch (what.by) {
      case 'id':
        return this.#endOne(commit, this.#sessionById.get(what.id), request)
      case 'secret':
        return this.#endOne(commit, this.#sessionOfSecret(what.hash), request)
      case 'sid':
        return this.#endOne(commit, this.#sessionBySid.get(what.sid), request)
      case 'member':
        return this.#endMember(commit, what.memberId, undefined, request)
      case 'member_except':
        return this.#endMember(commit, what.memberId, what.keep, request)
      case 'everyone':
        return this.#endEveryone(commit, what.siteId, request)
      case 'visitor':
        return this.#endVisitor(commit, what, request)
      case 'logout_ticket': {
        const ticket = this.#logoutTicket.get(what.hash)
        if (ticket === undefined) return { outcome: 'unknown' }
        if (integerOrNull(ticket, 'spent_at') !== null) return { outcome: 'already_ended' }
        // Not "already ended": the session may well be alive, and whoever asks must not be told that it is over.
        if (request.at >= integer(ticket, 'expires_at')) return { outcome: 'unknown' }
        this.#spendTicket.run(request.at, what.hash)
        const sessionId = integerOrNull(ticket, 'session_id')
        return sessionId === null
          ? { outcome: 'unknown' }
          : this.#endOne(commit, this.#sessionById.get(sessionId), request)
      }
    }
  }

  /** Ends every session of a member but one, and says which. */
  endOthers(commit: Commit, memberId: MemberId, keep: SessionId, how: Circumstances): readonly EndedSession[] {
    return sessionsOf(this.#endMember(commit, memberId, keep, how))
  }

  /** Ends every session of a member, and says which. */
  endAll(commit: Commit, memberId: MemberId, how: Circumstances): readonly EndedSession[] {
    return sessionsOf(this.#endMember(commit, memberId, undefined, how))
  }

  /** Ends the session that a cookie secret names, if there is one without an end on record, and unless it is `taking`. */
  replace(commit: Commit, hash: Uint8Array, taking: SessionId | null, how: Asked): void {
    const row = this.#sessionOfSecret(hash)
    if (row === undefined || endedOf(row).id === taking) return
    this.#endOne(commit, row, { ...how, cause: 'replaced', actor: null })
  }

  /** Ends one grant; its session lives on. */
  endGrant(commit: Commit, request: EndGrant): GrantEndAnswer {
    const row = this.#grantBySid.get(request.sid)
    if (row === undefined) return { outcome: 'unknown' }
    const grant = endedGrantOf(row)
    if (commit.grantEnd(grant.id) !== 0 || commit.sessionEnd(grant.sessionId) !== 0) return { outcome: 'already_ended' }
    const siteId = asText(row[7], 'site_id') as SiteId
    const memberId = asText(row[8], 'member_id') as MemberId
    const actor = request.actor ?? { kind: 'member', id: memberId }
    const n = commit.append({
      kind: 'grant',
      siteId,
      sessionId: grant.sessionId,
      grantId: grant.id,
      memberId,
      visitorId: null,
      sids: [grant.sid],
      generation: null,
      cause: request.cause,
      actor,
      at: request.at,
      until: matterUntil(request.at),
      requestId: request.requestId,
    })
    commit.noteGrantEnd(grant.id, request.cause)
    const noticesOwed = this.#oweNotices(n, grant, { siteId, memberId, at: request.at })
    commit.tell({
      at: request.at,
      siteId,
      event: 'grant.ended',
      cause: request.cause,
      actor,
      memberId,
      sessionId: grant.sessionId,
      clientId: grant.clientId,
      requestId: request.requestId,
      grantsEnded: 1,
      refreshTokensEnded: grant.liveRefreshTokens,
      noticesOwed,
    })
    return { outcome: 'ended' }
  }

  /** Also by a secret that was replaced: it lets nobody in, but a browser that holds it means this session when it leaves. */
  #sessionOfSecret(hash: Uint8Array): Values | undefined {
    return this.#sessionBySecret.get(hash) ?? this.#sessionByFormerSecret.get(hash)
  }

  #endOne(commit: Commit, row: Values | undefined, how: Circumstances): EndAnswer {
    if (row === undefined) return { outcome: 'unknown' }
    const session = endedOf(row)
    if (commit.sessionEnd(session.id) !== 0) return { outcome: 'already_ended' }
    return { outcome: 'ended', sessions: [this.#endSession(commit, session, how)] }
  }

  #endMember(commit: Commit, memberId: MemberId, keep: SessionId | undefined, how: Circumstances): EndAnswer {
    if (this.#member.get(memberId) === undefined) return { outcome: 'unknown' }
    const ended: EndedSession[] = []
    for (const row of this.#sessionsOfMember.all(memberId)) {
      const session = endedOf(row)
      if (session.id === keep || commit.sessionEnd(session.id) !== 0) continue
      ended.push(this.#endSession(commit, session, how))
    }
    // With nobody kept, whatever was handed out below this generation is over too, also where no row was found.
    if (keep === undefined) this.#raiseMember.run(memberId)
    return ended.length === 0 ? { outcome: 'already_ended' } : { outcome: 'ended', sessions: ended }
  }

  #endEveryone(commit: Commit, siteId: SiteId, how: Circumstances): EndAnswer {
    const row = this.#raiseSite.get(siteId)
    if (row === undefined) return { outcome: 'unknown' }
    const actor = how.actor ?? { kind: 'system' }
    commit.append({
      kind: 'site',
      siteId,
      sessionId: null,
      grantId: null,
      memberId: null,
      visitorId: null,
      sids: [],
      generation: integer(row, 'generation'),
      cause: how.cause,
      actor,
      at: how.at,
      until: matterUntil(how.at),
      requestId: how.requestId,
    })
    commit.tell({
      at: how.at,
      siteId,
      event: 'site.generation_raised',
      cause: how.cause,
      actor,
      requestId: how.requestId,
    })
    return { outcome: 'ended', sessions: [] }
  }

  #endVisitor(commit: Commit, what: Extract<EndSession['what'], { by: 'visitor' }>, how: Circumstances): EndAnswer {
    const { changes } = this.#tombstone.run(what.visitorId, what.siteId, what.until)
    if (changes === 0) {
      // Asked with a token that lives longer than the one before: the visitor must stay closed for as long.
      this.#keepTombstone.run(what.visitorId, what.until)
      return { outcome: 'already_ended' }
    }
    const actor = how.actor ?? { kind: 'system' }
    commit.append({
      kind: 'visitor',
      siteId: what.siteId,
      sessionId: null,
      grantId: null,
      memberId: null,
      visitorId: what.visitorId,
      sids: [],
      generation: null,
      cause: how.cause,
      actor,
      at: how.at,
      until: matterUntil(how.at),
      requestId: how.requestId,
    })
    commit.tell({
      at: how.at,
      siteId: what.siteId,
      event: 'visitor.ended',
      cause: how.cause,
      actor,
      requestId: how.requestId,
    })
    return { outcome: 'ended', sessions: [] }
  }

  #endSession(commit: Commit, session: Ended, how: Circumstances): EndedSession {
    const { id, siteId, memberId } = session
    const actor = how.actor ?? { kind: 'member', id: memberId }
    const grants = this.#grantsOfSession
      .all(id)
      .map(endedGrantOf)
      .filter((grant) => commit.grantEnd(grant.id) === 0)
    const n = commit.append({
      kind: 'session',
      siteId,
      sessionId: id,
      grantId: null,
      memberId,
      visitorId: null,
      sids: grants.map(({ sid }) => sid),
      generation: null,
      cause: how.cause,
      actor,
      at: how.at,
      until: matterUntil(how.at),
      requestId: how.requestId,
    })
    commit.noteSessionEnd(id, how.cause)
    let noticesOwed = 0
    let refreshTokensEnded = 0
    for (const grant of grants) {
      noticesOwed += this.#oweNotices(n, grant, { siteId, memberId, at: how.at })
      refreshTokensEnded += grant.liveRefreshTokens
    }
    commit.tell({
      at: how.at,
      siteId,
      event: 'session.ended',
      cause: how.cause,
      actor,
      memberId,
      sessionId: id,
      requestId: how.requestId,
      grantsEnded: grants.length,
      refreshTokensEnded,
      noticesOwed,
    })
    return { id, memberId, grants: grants.map(({ sid, clientId }) => ({ sid, clientId })) }
  }

  /** One notice for each way in which the client of a grant wants to be told. */
  #oweNotices(
    n: number,
    { clientId, sid, wants }: EndedGrant,
    { siteId, memberId, at }: { readonly siteId: SiteId; readonly memberId: MemberId; readonly at: number },
  ): number {
    for (const kind of wants) this.#oweNotice.run(n, siteId, clientId, memberId, sid, kind, at, at)
    return wants.length
  }
}

function sessionsOf(answer: EndAnswer): readonly EndedSession[] {
  return answer.outcome === 'ended' ? answer.sessions : []
}

function endedOf(row: Values): Ended {
  return {
    id: asInteger(row[0], 'id') as SessionId,
    siteId: asText(row[1], 'site_id') as SiteId,
    memberId: asText(row[2], 'member_id') as MemberId,
  }
}

function endedGrantOf(row: Values): EndedGrant {
  const wants: NoticeKind[] = []
  if (row[4] !== null) wants.push('backchannel_logout')
  if (row[5] !== null) wants.push('logout_url')
  return {
    id: asInteger(row[0], 'id') as GrantId,
    sid: asText(row[1], 'sid') as Sid,
    clientId: asText(row[2], 'client_id') as ClientId,
    sessionId: asInteger(row[3], 'session_id') as SessionId,
    liveRefreshTokens: asInteger(row[6], 'count'),
    wants,
  }
}
