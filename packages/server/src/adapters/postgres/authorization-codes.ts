import { type AuthorizationCode, judgeCode } from '../../domain/authorization-code.ts'
import { type Grant, wantsRefreshToken } from '../../domain/grant.ts'
import type { ClientId, EpochMs } from '../../domain/ids.ts'
import { judgeSession, type SessionFacts } from '../../domain/session.ts'
import type { CodeIssue, CodeIssued, CodeRedeemed, CodeRedemption } from '../../ports/storage.ts'
import type { Changes } from './changes.ts'
import type { Loaded } from './loaded.ts'
import type { Work } from './work.ts'

/** Issues a code for a live session, spending the ticket that asked for it. */
export function issueCode({ authority, code, cookie, ...asked }: CodeIssue): Work<CodeIssued> {
  return (needs) => {
    const place = needs.session(authority)
    return (loaded, changes) => {
      const answer = (issued: CodeIssued) => () => issued
      const ticket = authority.by === 'ticket' ? loaded.ticket(authority.hash) : undefined
      if (authority.by === 'ticket') {
        if (ticket === undefined) return answer({ outcome: 'ticket_unknown' })
        if (ticket.isSpent) return answer({ outcome: 'ticket_spent' })
        if (asked.at >= ticket.expiresAt) return answer({ outcome: 'ticket_expired' })
      }
      const facts = loaded.session(place)?.facts
      if (facts === undefined || judgeSession(facts).state !== 'live') return answer({ outcome: 'session_over' })
      const { session } = facts
      changes.reliedOn.sessions.add(session.id)
      if (authority.by === 'ticket' && ticket !== undefined) {
        ticket.isSpent = true
        changes.spentTickets.push({ hash: authority.hash, at: asked.at })
      }
      if (session.claimBy !== null && !changes.claimed.has(session.id)) {
        changes.claimed.add(session.id)
        changes.tell({
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
          const what = { by: 'secret', hash: cookie.replaces, except: session.id } as const
          changes.end(what, { ...asked, cause: 'replaced', actor: null })
        }
        const { secretHash: hash, device } = cookie
        if (!changes.givenSecrets.has(session.id)) changes.givenSecrets.set(session.id, { hash, device })
      }
      // As the client's own row has it: the grant that comes of this code must find its client when a logout is told.
      const clientId = code.clientId.toLowerCase() as ClientId
      changes.codes.push({ ...code, clientId, sessionId: session.id, createdAt: asked.at })
      return answer({ outcome: 'issued', sessionId: session.id })
    }
  }
}

/** Exchanges a code for a grant of its client, once. */
export function redeemCode({ hash, presented, sid, refreshTokenHash, ...asked }: CodeRedemption): Work<CodeRedeemed> {
  return (needs) => {
    const place = needs.session({ by: 'code', hash })
    needs.number()
    return (loaded, changes) => {
      const answer = (redeemed: CodeRedeemed) => () => redeemed
      const found = loaded.code(hash)
      if (found === undefined) return answer({ outcome: 'unknown' })
      const verdict = judgeCode(found.code, presented, asked.at)
      if (found.isSpent) {
        const grant = verdict === 'good' && found.grantId !== null ? loaded.grant(found.grantId) : undefined
        return answer(grant === undefined ? { outcome: 'spent' } : { outcome: 'replayed', sid: grant.sid })
      }
      if (verdict !== 'good') return answer({ outcome: verdict })
      const facts = loaded.session(place)?.facts
      if (facts === undefined || judgeSession(facts).state !== 'live') return answer({ outcome: 'session_over' })
      const { clientGenerationNow } = found
      if (clientGenerationNow === null || clientGenerationNow > found.code.clientGeneration) {
        return answer({ outcome: 'client_disabled' })
      }

      const grant = takeUpGrant(loaded, changes, facts, found.code, sid, asked.at)
      changes.reliedOn.sessions.add(grant.sessionId)
      changes.reliedOn.clients.set(grant.clientId, grant.clientGeneration)
      found.isSpent = true
      found.grantId = grant.id
      changes.spentCodes.push({ hash, at: asked.at, grantId: grant.id })
      const refreshable = wantsRefreshToken(found.code.scope)
      if (refreshable) changes.refreshTokens.push({ hash: refreshTokenHash, grantId: grant.id, createdAt: asked.at })
      if (grant.sid === sid) {
        changes.tell({
          ...asked,
          siteId: facts.session.siteId,
          event: 'grant.opened',
          actor: { kind: 'member', id: facts.session.memberId },
          memberId: facts.session.memberId,
          sessionId: grant.sessionId,
          clientId: grant.clientId,
        })
      }
      return answer({
        outcome: 'granted',
        grant,
        facts: { ...facts, grant: { ...grant, ended: null, clientGenerationNow } },
        refreshable,
      })
    }
  }
}

/** The session's live grant for the client, or a new one. A client has one at a time, so that it is told once. */
function takeUpGrant(
  loaded: Loaded,
  changes: Changes,
  { session }: SessionFacts,
  code: AuthorizationCode,
  sid: Grant['sid'],
  at: EpochMs,
): Grant {
  const live = loaded.liveGrant(session.id, code)
  if (live === undefined) {
    const { clientId, scope, clientGeneration } = code
    const id = loaded.nextGrantNumber()
    const grant = { id, sid, sessionId: session.id, clientId, scope, clientGeneration, createdAt: at }
    changes.grants.push(grant)
    loaded.keepGrant(grant)
    return grant
  }
  changes.reliedOn.grants.add(live.id)
  const scope = [...new Set(`${live.scope} ${code.scope}`.split(' ').filter(Boolean))].join(' ')
  const grant = { ...live, scope }
  if (scope !== live.scope) changes.scopes.set(live.id, scope)
  loaded.keepGrant(grant)
  return grant
}
