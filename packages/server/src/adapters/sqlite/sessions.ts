import type { DatabaseSync } from 'node:sqlite'
import { sessionsInTheWay } from '../../domain/capacity.ts'
import { type Cause, causeOf } from '../../domain/cause.ts'
import type { EpochMs, SessionId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import { judgeSession, nextLimit, passedLimit, type SessionFacts } from '../../domain/session.ts'
import type { Asked, NewSession, OverdueSessions, SessionStart, SessionStarted, Storage } from '../../ports/storage.ts'
import { integer, type Row, text, textOrNull } from '../stored/row.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { EndsOnRecord, SessionFactsReader } from './session-facts.ts'
import type { ThrottleTable } from './throttles.ts'

type OfKey = Parameters<Storage['findSessionOfKey']>[0]

/** The sessions, their start, their use and their limits. How they end is the business of `ending.ts`. */
export class SessionTable {
  readonly #ending: Ending
  readonly #facts: SessionFactsReader
  readonly #throttles: ThrottleTable
  readonly #memberStanding
  readonly #countUpTo
  readonly #idsOfMember
  readonly #ofKey
  readonly #insert
  readonly #insertTicket
  readonly #touch
  readonly #belowGeneration
  readonly #toLookAt
  readonly #lookAgain
  readonly #siteEnds

  constructor(database: DatabaseSync, ending: Ending, facts: SessionFactsReader, throttles: ThrottleTable) {
    this.#throttles = throttles
    this.#ending = ending
    this.#facts = facts
    this.#memberStanding = database.prepare('SELECT status, password_hash FROM member WHERE id = ?')
    this.#countUpTo = database.prepare('SELECT count(*) AS n FROM (SELECT 1 FROM session WHERE member_id = ? LIMIT ?)')
    this.#idsOfMember = database.prepare('SELECT id FROM session WHERE member_id = ? ORDER BY id')
    this.#ofKey = database.prepare(
      'SELECT id FROM session WHERE member_id = ? AND api_key_id = ? AND client_id = ? ORDER BY id DESC',
    )
    this.#insert = database.prepare(`
      INSERT INTO session (site_id, member_id, client_id, secret_hash, created_at, used_at, expires_at, idle_ms, claim_by,
        persistent, site_generation, member_generation, look_at, device, api_key_id)
      SELECT t.id, m.id, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, t.generation, m.generation, ?10, ?11, ?12
      FROM site t JOIN member m ON m.site_id = t.id WHERE t.id = ?1 AND m.id = ?2
      RETURNING id`)
    this.#insertTicket = database.prepare(`
      INSERT INTO ticket (hash, kind, session_id, client_id, created_at, expires_at) VALUES (?, 'session', ?, ?, ?, ?)`)
    this.#touch = database.prepare('UPDATE session SET used_at = ? WHERE id = ?')
    this.#belowGeneration = database.prepare(`
      SELECT s.id FROM site t CROSS JOIN session s INDEXED BY session_by_generation ON s.site_id = t.id
      WHERE s.look_at IS NOT NULL AND s.site_generation < t.generation LIMIT ?`)
    this.#toLookAt = database.prepare('SELECT id FROM session WHERE look_at <= ? ORDER BY look_at LIMIT ?')
    this.#lookAgain = database.prepare('UPDATE session SET look_at = ? WHERE id = ?')
    this.#siteEnds = database.prepare(
      `SELECT cause FROM revocation_log WHERE kind = 'site' AND generation > ? ORDER BY generation LIMIT 1`,
    )
  }

  start(commit: Commit, { session, passwordHash, replaces, settles, actor, ...asked }: SessionStart): SessionStarted {
    const member = this.#memberStanding.get(session.memberId)
    if (member === undefined || text(member, 'status') !== 'ACTIVE') return { outcome: 'member_not_active' }
    // The password was checked before this transaction: if it changed since, its sessions have been ended since too.
    if (passwordHash !== null && textOrNull(member, 'password_hash') !== passwordHash) {
      return { outcome: 'password_changed' }
    }
    if (replaces !== null) this.#ending.replace(commit, replaces, null, asked)
    if (settles !== undefined) this.#throttles.settle(settles, session.memberId, asked.at)
    return { outcome: 'started', sessionId: this.insert(commit, session, asked, actor) }
  }

  /**
   * Makes room, and adds the row, its ticket and its audit record. The generations are read in the same statement.
   *
   * @param actor - Who starts it, where that is not the member.
   */
  insert(
    commit: Commit,
    session: NewSession,
    asked: Asked,
    actor: Actor = { kind: 'member', id: session.memberId },
  ): SessionId {
    this.#makeRoom(commit, session, asked)
    const row = this.#insert.get(
      session.siteId,
      session.memberId,
      session.clientId,
      session.secretHash,
      session.createdAt,
      session.expiresAt,
      session.idleMs,
      session.claimBy,
      session.persistent ? 1 : 0,
      nextLimit({ ...session, usedAt: session.createdAt }),
      session.device,
      session.apiKeyId ?? null,
    )
    if (row === undefined) throw new RangeError('Cannot start a session as its site or member does not exist')
    const sessionId = integer(row, 'id') as SessionId
    if (session.ticket !== null) {
      const { hash, expiresAt } = session.ticket
      this.#insertTicket.run(hash, sessionId, session.clientId, session.createdAt, expiresAt)
    }
    commit.tell({
      at: asked.at,
      siteId: session.siteId,
      event: 'session.started',
      actor,
      memberId: session.memberId,
      sessionId,
      clientId: session.clientId,
      requestId: asked.requestId,
    })
    return sessionId
  }

  /** Ends the oldest sessions of the member where there would be too many. Almost always it is done after one look at an index. */
  #makeRoom(commit: Commit, { memberId, sessionsMost }: NewSession, asked: Asked): void {
    if (integer(this.#countUpTo.get(memberId, sessionsMost) ?? {}, 'n') < sessionsMost) return
    const ids = this.#idsOfMember.all(memberId).map((row) => integer(row, 'id') as SessionId)
    const living = ids.filter((id) => {
      const facts = commit.sessionEnd(id) === 0 ? this.#facts.read({ by: 'id', id }, commit, asked.at) : undefined
      return facts !== undefined && judgeSession(facts).state === 'live'
    })
    for (const id of sessionsInTheWay(living, sessionsMost)) {
      this.#ending.end(commit, { ...asked, what: { by: 'id', id }, cause: 'capacity', actor: { kind: 'system' } })
    }
  }

  /** The newest that a key started for a member through a client, and that has no end on record. */
  findOfKey({ memberId, apiKeyId, clientId }: OfKey, ends: EndsOnRecord): SessionId | undefined {
    const ids = this.#ofKey.all(memberId, apiKeyId, clientId).map((row) => integer(row, 'id') as SessionId)
    return ids.find((id) => ends.sessionEnd(id) === 0)
  }

  /** @param now - Judged by the moment of the write: a use from just before a limit must not revive what has passed it. */
  touch(commit: Commit, id: SessionId, at: EpochMs, now: EpochMs): void {
    const facts = this.#facts.read({ by: 'id', id }, commit, now)
    if (facts === undefined || judgeSession(facts).state !== 'live') return
    if (at > facts.session.usedAt) this.#touch.run(at, id)
  }

  overdue(commit: Commit, at: EpochMs, limit: number): OverdueSessions {
    // An end of everyone at once names no sessions: they are found by their generation, long before a limit of theirs.
    const rows = this.#belowGeneration.all(limit)
    if (rows.length < limit) rows.push(...this.#toLookAt.all(at, limit - rows.length))
    const overdue: { id: SessionId; cause: Cause }[] = []
    for (const id of new Set(rows.map((row) => integer(row, 'id') as SessionId))) {
      const facts = this.#facts.read({ by: 'id', id }, commit, at)
      // Without its member or site a session is over for good, and so is one with an end on record.
      if (facts === undefined || facts.ended !== null) {
        this.#lookAgain.run(null, id)
        continue
      }
      const cause = this.#causeOfOverdue(facts, at)
      if (cause === undefined) this.#lookAgain.run(Math.max(nextLimit(facts.session), at + 1), id)
      else overdue.push({ id, cause })
    }
    return { overdue, more: rows.length === limit }
  }

  /** Why a session without an end on record has to be ended, if it has to be. */
  #causeOfOverdue(facts: SessionFacts, at: EpochMs): Cause | undefined {
    const standing = judgeSession(facts)
    if (standing.state === 'over' && standing.because === 'generation') return this.#causeOfGeneration(facts.session)
    // A member who is not active may become so again, and finds the session alive; its limits count meanwhile.
    return passedLimit(facts.session, at)
  }

  #causeOfGeneration(session: { readonly siteGeneration: number }): Cause {
    const row: Row | undefined = this.#siteEnds.get(session.siteGeneration)
    return row === undefined ? 'logout_everywhere' : causeOf(integer(row, 'cause'))
  }
}
