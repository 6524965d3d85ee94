import type { MemberId, SessionId } from '../domain/ids.ts'
import { judgeSession } from '../domain/session.ts'
import type { EndedSession, Ending, ListedSession } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { failedEnd } from './failed-end.ts'
import { findMember, noSuchMember } from './find-members.ts'
import { findSite } from './find-site.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'

/** As many as a person can look through, and far more than a member has devices. */
const sessionsPerPage = 100

/** A page of a member's sessions. */
export interface SessionPage {
  readonly sessions: readonly ListedSession[]
  /** The session after which the next page begins; `null` on the last one. */
  readonly next: SessionId | null
}

/**
 * The living sessions of a member, the newest first. A page may hold fewer than fit, since it leaves out those whose time
 * has passed.
 *
 * @param before - The `next` of the page before; `null` for the first page.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member.
 */
export async function listMemberSessions(
  service: Service,
  memberId: MemberId,
  before: SessionId | null,
): Promise<SessionPage> {
  const [listed] = await Promise.all([
    service.storage.listSessions({ memberId, before, limit: sessionsPerPage + 1 }),
    findMember(service, memberId),
  ])
  const page = listed.slice(0, sessionsPerPage)
  const last = listed.length > page.length ? page.at(-1) : undefined
  return {
    sessions: page.filter(({ facts }) => judgeSession(facts).state === 'live'),
    next: last?.facts.session.id ?? null,
  }
}

/**
 * Ends every session of a member.
 *
 * @returns Those that ended: none where all had ended before.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member.
 * @throws {StorageUnavailable} When the end is not durable.
 */
export async function endMemberSessions(
  service: Service,
  administrator: Administrator,
  { memberId, requestId }: { readonly memberId: MemberId; readonly requestId: string },
): Promise<readonly EndedSession[]> {
  const ended = await end(service, administrator, memberId, { by: 'member', memberId }, requestId)
  if (ended === undefined) throw noSuchMember()
  return ended
}

/**
 * Ends one session of a member.
 *
 * @returns It, or nothing where it had ended before.
 * @throws {ApplicationRefusal} `NOT_FOUND` when the member has no such session, whoever else may have it.
 * @throws {StorageUnavailable} When the end is not durable.
 */
export async function endMemberSession(
  service: Service,
  administrator: Administrator,
  {
    memberId,
    sessionId,
    requestId,
  }: { readonly memberId: MemberId; readonly sessionId: SessionId; readonly requestId: string },
): Promise<readonly EndedSession[]> {
  // Whose a session is never changes, so that it may be asked before.
  const facts = await service.storage.check({ by: 'id', id: sessionId })
  if (facts?.session.memberId !== memberId) throw noSuchSession()
  const ended = await end(service, administrator, memberId, { by: 'id', id: sessionId }, requestId)
  if (ended === undefined) throw noSuchSession()
  return ended
}

/** What ended, and `undefined` when there was nothing by that name. The member is told by mail where something ended. */
async function end(
  service: Service,
  { keyId }: Administrator,
  memberId: MemberId,
  what: Ending,
  requestId: string,
): Promise<readonly EndedSession[] | undefined> {
  const actor = { kind: 'administrator', id: keyId } as const
  const [site, member] = await Promise.all([findSite(service), findMember(service, memberId)])
  const at = service.clock.now()
  const mails = [mailToMember(site, member, { kind: 'sessions_ended', parameters: { cause: 'admin' }, at })]
  const answers = await service.storage.endSessions([{ what, cause: 'admin', actor, mails, at, requestId }])
  const failure = failedEnd(answers)
  if (failure !== undefined) throw failure
  const [answer] = answers
  if (answer?.outcome === 'unknown') return undefined
  return answer?.outcome === 'ended' ? answer.sessions : []
}

function noSuchSession(): ApplicationRefusal {
  return new ApplicationRefusal('NOT_FOUND', 'The member has no session with this id')
}
