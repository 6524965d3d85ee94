import { sessionsInTheWay } from '../../domain/capacity.ts'
import type { EpochMs, SecretHash, SessionId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import { judgeSession } from '../../domain/session.ts'
import type { Asked, MemberRegistration, NewSession, SessionStart, SessionStarted } from '../../ports/storage.ts'
import type { Changes } from './changes.ts'
import type { Loaded } from './loaded.ts'
import type { Needs } from './needs.ts'
import type { Work } from './work.ts'

/** Starts a session. Member and site are held as they are until the commit, so that no end of all misses it. */
export function startSession({
  session,
  passwordHash,
  replaces,
  settles,
  actor,
  ...asked
}: SessionStart): Work<SessionStarted> {
  return (needs) => {
    // Not only shared: of two nodes that start sessions of one member, the second has to see what the first started.
    needs.memberToChange(session.memberId)
    needSession(needs, session)
    return (loaded, changes) => {
      const member = loaded.member(session.memberId)
      const answer = (started: SessionStarted) => () => started
      if (member?.status !== 'ACTIVE') return answer({ outcome: 'member_not_active' })
      // The password was checked before this transaction: if it changed since, its sessions have been ended since too.
      if (passwordHash !== null && member.passwordHash !== passwordHash) return answer({ outcome: 'password_changed' })
      if (replaces !== null) changes.end({ by: 'secret', hash: replaces }, { ...asked, cause: 'replaced', actor: null })
      if (settles !== undefined) changes.throttles.settle(settles, { memberId: session.memberId, usedAt: asked.at })
      const sessionId = addSession(loaded, changes, session, member.generation, asked, {
        replaces,
        ...(actor === undefined ? {} : { actor }),
      })
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
  attempts = [],
  network = null,
  ...asked
}: MemberRegistration): Work<{ readonly outcome: 'registered' | 'email_taken' }> {
  return (needs) => {
    needs.registration(member)
    if (session !== null) needSession(needs, session)
    return (loaded, changes) => {
      changes.throttles.count(attempts)
      if (!loaded.isRegistered(member.id)) return () => ({ outcome: 'email_taken' })
      if (challenge !== null) changes.addChallenge(challenge)
      changes.throttles.settle({ forget: [], network }, { memberId: member.id, usedAt: asked.at })
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

/** Ends the oldest sessions of the member where there would be too many. */
function makeRoom(
  loaded: Loaded,
  changes: Changes,
  { id, memberId, secretHash, sessionsMost, replaces }: NewSession & { id: SessionId; replaces: SecretHash | null },
  asked: Asked,
): void {
  const isReplaced = (hash: Uint8Array | null) =>
    replaces !== null && hash !== null && Buffer.compare(hash, replaces) === 0
  const living = loaded.living(memberId).filter((each) => !isReplaced(each.secretHash))
  const inTheWay = sessionsInTheWay(living, sessionsMost)
  for (const each of inTheWay) {
    changes.end({ by: 'id', id: each.id }, { ...asked, cause: 'capacity', actor: { kind: 'system' } })
  }
  loaded.keepLiving(memberId, [...living.slice(inTheWay.length), { id, secretHash }])
}

/** What {@link addSession} has to have read. */
export function needSession(needs: Needs, session: NewSession): void {
  needs.site(session.siteId)
  needs.number()
  needs.room(session.memberId, session.sessionsMost)
}

/**
 * Makes room for a session, and adds it with its ticket and its audit record; gives its number. Member and site have to be held.
 *
 * @param more.replaces - The secret of a session that ends with this, and is in nobody's way.
 * @param more.actor - Who starts it, where that is not the member.
 */
export function addSession(
  loaded: Loaded,
  changes: Changes,
  session: NewSession,
  memberGeneration: number,
  asked: Asked,
  more: { readonly replaces?: SecretHash | null; readonly actor?: Actor } = {},
): SessionId {
  const siteGeneration = loaded.siteGeneration(session.siteId)
  if (siteGeneration === undefined) {
    throw new RangeError('Cannot start a session as its site or member does not exist')
  }
  const id = loaded.nextSessionNumber()
  makeRoom(loaded, changes, { ...session, id, replaces: more.replaces ?? null }, asked)
  changes.sessions.push({ ...session, id, siteGeneration, memberGeneration })
  if (session.ticket !== null) {
    const { clientId, createdAt } = session
    changes.tickets.push({ ...session.ticket, kind: 'session', sessionId: id, visitorId: null, clientId, createdAt })
  }
  changes.tell({
    at: asked.at,
    siteId: session.siteId,
    event: 'session.started',
    actor: more.actor ?? { kind: 'member', id: session.memberId },
    memberId: session.memberId,
    sessionId: id,
    clientId: session.clientId,
    requestId: asked.requestId,
  })
  return id
}
