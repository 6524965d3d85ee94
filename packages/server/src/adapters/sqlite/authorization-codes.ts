import type { DatabaseSync } from 'node:sqlite'
import { type AuthorizationCode, judgeCode } from '../../domain/authorization-code.ts'
import { type Grant, wantsRefreshToken } from '../../domain/grant.ts'
import type { ClientId, EpochMs, GrantId, SessionId } from '../../domain/ids.ts'
import { judgeSession, type SessionFacts } from '../../domain/session.ts'
import type { CodeIssue, CodeIssued, CodeRedeemed, CodeRedemption } from '../../ports/storage.ts'
import { grantOf } from '../stored/records.ts'
import { integer, integerOrNull, type Row, text, textOrNull } from '../stored/row.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { SessionFactsReader } from './session-facts.ts'
import type { TicketTable } from './tickets.ts'

/** Codes, from their issue to the grant that they become. */
export class AuthorizationCodeTable {
  readonly #ending: Ending
  readonly #facts: SessionFactsReader
  readonly #tickets: TicketTable
  readonly #insert
  readonly #find
  readonly #spend
  readonly #claim
  readonly #giveSecret
  readonly #grantsOfClient
  readonly #grantById
  readonly #insertGrant
  readonly #widenGrant
  readonly #insertRefreshToken
  readonly #clientGeneration

  constructor(database: DatabaseSync, ending: Ending, facts: SessionFactsReader, tickets: TicketTable) {
    this.#ending = ending
    this.#facts = facts
    this.#tickets = tickets
    this.#insert = database.prepare(`
      INSERT INTO authorization_code (hash, session_id, client_id, redirect_uri, challenge, scope, nonce, created_at,
        expires_at, client_generation)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#find = database.prepare('SELECT * FROM authorization_code WHERE hash = ?')
    this.#spend = database.prepare('UPDATE authorization_code SET spent_at = ?, grant_id = ? WHERE hash = ?')
    this.#claim = database.prepare('UPDATE session SET claim_by = NULL WHERE id = ?')
    this.#giveSecret = database.prepare(
      'UPDATE session SET secret_hash = ?, device = coalesce(?, device) WHERE id = ? AND secret_hash IS NULL',
    )
    const grants = `
      SELECT id AS grant_id, sid AS grant_sid, session_id AS grant_session_id, client_id AS grant_client_id,
        scope AS grant_scope, created_at AS grant_created_at, client_generation AS grant_client_generation
      FROM client_grant`
    this.#grantsOfClient = database.prepare(`${grants} WHERE session_id = ? AND client_id = ? ORDER BY id DESC`)
    this.#grantById = database.prepare(`${grants} WHERE id = ?`)
    this.#insertGrant = database.prepare(`
      INSERT INTO client_grant (sid, session_id, client_id, scope, created_at, client_generation)
      VALUES (?, ?, ?, ?, ?, ?) RETURNING id`)
    this.#clientGeneration = database.prepare('SELECT generation FROM client WHERE id = ?')
    this.#widenGrant = database.prepare('UPDATE client_grant SET scope = ? WHERE id = ?')
    this.#insertRefreshToken = database.prepare(
      'INSERT INTO refresh_token (hash, grant_id, created_at) VALUES (?, ?, ?)',
    )
  }

  issue(commit: Commit, { authority, code, cookie, ...asked }: CodeIssue): CodeIssued {
    let facts: SessionFacts | undefined
    if (authority.by === 'ticket') {
      const ticket = this.#tickets.find('session', authority.hash, commit, asked.at)
      if (ticket === undefined) return { outcome: 'ticket_unknown' }
      if (ticket.spent) return { outcome: 'ticket_spent' }
      if (asked.at >= ticket.expiresAt) return { outcome: 'ticket_expired' }
      facts = ticket.session ?? undefined
    } else {
      facts = this.#facts.read(authority, commit, asked.at)
    }
    if (facts === undefined || judgeSession(facts).state !== 'live') return { outcome: 'session_over' }
    const { session } = facts
    if (authority.by === 'ticket') this.#tickets.spend(authority.hash, asked.at)
    if (session.claimBy !== null) {
      this.#claim.run(session.id)
      commit.tell({
        ...asked,
        siteId: session.siteId,
        event: 'session.claimed',
        actor: { kind: 'member', id: session.memberId },
        memberId: session.memberId,
        sessionId: session.id,
        clientId: code.clientId,
      })
    }
    if (cookie !== null) {
      if (cookie.replaces !== null) {
        this.#ending.replace(commit, cookie.replaces, session.id, asked)
      }
      this.#giveSecret.run(cookie.secretHash, cookie.device, session.id)
    }
    this.#insert.run(
      code.hash,
      session.id,
      // As the client's own row has it: the grant that comes of this code must find its client when a logout is told.
      code.clientId.toLowerCase(),
      code.redirectUri,
      code.challenge,
      code.scope,
      code.nonce,
      asked.at,
      code.expiresAt,
      code.clientGeneration,
    )
    return { outcome: 'issued', sessionId: session.id }
  }

  redeem(commit: Commit, { hash, presented, sid, refreshTokenHash, ...asked }: CodeRedemption): CodeRedeemed {
    const row = this.#find.get(hash)
    if (row === undefined) return { outcome: 'unknown' }
    const code = codeOf(row)
    const verdict = judgeCode(code, presented, asked.at)
    if (integerOrNull(row, 'spent_at') !== null) {
      const grant = verdict === 'good' ? this.#grantOfSpentCode(row) : undefined
      return grant === undefined ? { outcome: 'spent' } : { outcome: 'replayed', sid: grant.sid }
    }
    if (verdict !== 'good') return { outcome: verdict }
    const sessionId = integer(row, 'session_id') as SessionId
    const facts = this.#facts.read({ by: 'id', id: sessionId }, commit, asked.at)
    if (facts === undefined || judgeSession(facts).state !== 'live') return { outcome: 'session_over' }
    const clientNow = this.#clientGeneration.get(code.clientId)
    if (clientNow === undefined || integer(clientNow, 'generation') > code.clientGeneration) {
      return { outcome: 'client_disabled' }
    }

    const grant = this.#takeUpGrant(commit, facts, code, sid, asked.at)
    this.#spend.run(asked.at, grant.id, hash)
    const refreshable = wantsRefreshToken(code.scope)
    if (refreshable) this.#insertRefreshToken.run(refreshTokenHash, grant.id, asked.at)
    if (grant.sid === sid) {
      commit.tell({
        ...asked,
        siteId: facts.session.siteId,
        event: 'grant.opened',
        actor: { kind: 'member', id: facts.session.memberId },
        memberId: facts.session.memberId,
        sessionId,
        clientId: grant.clientId,
      })
    }
    return { outcome: 'granted', grant, facts: factsWith(facts, grant), refreshable }
  }

  /** The session's live grant for the client, or a new one. A client has one at a time, so that it is told once. */
  #takeUpGrant(commit: Commit, { session }: SessionFacts, code: AuthorizationCode, sid: Grant['sid'], at: EpochMs) {
    const live = this.#grantsOfClient
      .all(session.id, code.clientId)
      .map(grantOf)
      .find((grant) => commit.grantEnd(grant.id) === 0 && grant.clientGeneration === code.clientGeneration)
    if (live === undefined) {
      const { clientId, scope, clientGeneration } = code
      const row = this.#insertGrant.get(sid, session.id, clientId, scope, at, clientGeneration)
      if (row === undefined) throw new RangeError('Cannot open a grant as the database gave it no number')
      const id = integer(row, 'id') as GrantId
      return { id, sid, sessionId: session.id, clientId, scope, clientGeneration, createdAt: at }
    }
    const scope = [...new Set(`${live.scope} ${code.scope}`.split(' ').filter(Boolean))].join(' ')
    if (scope !== live.scope) this.#widenGrant.run(scope, live.id)
    return { ...live, scope }
  }

  #grantOfSpentCode(row: Row): Grant | undefined {
    const id = integerOrNull(row, 'grant_id')
    const grant = id === null ? undefined : this.#grantById.get(id)
    return grant === undefined ? undefined : grantOf(grant)
  }
}

/** The facts of a grant that was made or taken up just now, under the client's present generation. */
function factsWith(facts: SessionFacts, grant: Grant): SessionFacts {
  return { ...facts, grant: { ...grant, ended: null, clientGenerationNow: grant.clientGeneration } }
}

function codeOf(row: Row): AuthorizationCode {
  return {
    clientId: text(row, 'client_id') as ClientId,
    clientGeneration: integer(row, 'client_generation'),
    redirectUri: textOrNull(row, 'redirect_uri'),
    challenge: text(row, 'challenge'),
    scope: text(row, 'scope'),
    nonce: textOrNull(row, 'nonce'),
    expiresAt: integer(row, 'expires_at'),
  }
}
