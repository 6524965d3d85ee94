import type { EpochMs, SessionId } from '../../domain/ids.ts'
import { judgeSession } from '../../domain/session.ts'
import type { Asked, MemberRegistration, NewSession, SessionStart, SessionStarted } from '../../ports/storage.ts'
import type { Changes } from './changes.ts'
import type { Loaded } from './loaded.ts'
import type { Needs } from './needs.ts'
import type { Work } from './work.ts'

/** Starts a session. Member and site are held as they are until the commit, so that no end of all misses it. */
export function startSession({ session, passwordHash, replaces, ...asked }: SessionStart): Work<SessionStarted> {
  return (needs) => {
    needs.member(session.memberId)
    needSession(needs, session)
    return (loaded, changes) => {
      const member = loaded.member(session.memberId)
      const answer = (started: SessionStarted) => () => started
      if (member?.status !== 'ACTIVE') return answer({ outcome: 'member_not_active' })
      // The password was checked before this transaction: if it changed since, its sessions have been ended since too.
      if (passwordHash !== null && member.passwordHash !== passwordHash) return answer({ outcome: 'password_changed' })
      if (replaces !== null) changes.end({ by: 'secret', hash: replaces }, { ...asked, cause: 'replaced', actor: null })
      const sessionId = addSession(loaded, changes, session, member.generation, asked)
      return answer({ outcome: 'started', sessionId })
    }
  }
}

/** Adds a member, and starts a session when one is given. */
export function registerMember({
  member,
  session,
  mails = [],
  challenge = null,
  ...asked
}: MemberRegistration): Work<{ readonly outcome: 'registered' | 'email_taken' }> {
  return (needs) => {
    needs.registration(member)
    if (session !== null) needSession(needs, session)
    return (loaded, changes) => {
      if (!loaded.isRegistered(member.id)) return () => ({ outcome: 'email_taken' })
      if (challenge !== null) changes.addChallenge(challenge)
      changes.mails.push(...mails)
      changes.tell({
        ...asked,
        siteId: member.siteId,
        event: 'member.registered',
        actor: { kind: 'member', id: member.id },
        memberId: member.id,
      })
      if (session !== null) addSession(loaded, changes, session, member.generation, asked)
      return () => ({ outcome: 'registered' })
    }
  }
}

/** Notes a use of a session that is alive at the write: a use from just before a limit must not revive what has passed it. */
export function touchSession(id: SessionId, at: EpochMs): Work<void> {
  return (needs) => {
    const place = needs.session({ by: 'id', id })
    return (loaded, changes) => {
      const facts = loaded.session(place)?.facts
      const isLive = facts !== undefined && judgeSession(facts).state === 'live'
      if (isLive) changes.uses.set(id, Math.max(at, changes.uses.get(id) ?? 0))
      return () => {}
    }
  }
}

/** What {@link addSession} has to have read. */
export function needSession(needs: Needs, session: NewSession): void {
  needs.site(session.siteId)
  needs.number()
}

/** Adds a session, its ticket and its audit record; gives its number. Member and site have to be held. */
export function addSession(
  loaded: Loaded,
  changes: Changes,
  session: NewSession,
  memberGeneration: number,
  asked: Asked,
): SessionId {
  const siteGeneration = loaded.siteGeneration(session.siteId)
  if (siteGeneration === undefined) {
    throw new RangeError('Cannot start a session as its site or member does not exist')
  }
  const id = loaded.nextSessionNumber()
  changes.sessions.push({ ...session, id, siteGeneration, memberGeneration })
  if (session.ticket !== null) {
    const { clientId, createdAt } = session
    changes.tickets.push({ ...session.ticket, kind: 'session', sessionId: id, visitorId: null, clientId, createdAt })
  }
  changes.tell({
    at: asked.at,
    siteId: session.siteId,
    event: 'session.started',
    actor: { kind: 'member', id: session.memberId },
    memberId: session.memberId,
    sessionId: id,
    clientId: session.clientId,
    requestId: asked.requestId,
  })
  return id
}
