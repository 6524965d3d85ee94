import { hashSecret } from '../domain/secrets.ts'
import { judgeSession, type Session } from '../domain/session.ts'
import { failedEnd } from './failed-end.ts'
import { identifyCaller, noteUse, unauthenticated } from './identify-caller.ts'
import type { Service } from './service.ts'

/** How a member names the session they are in: by token, or by cookie. A token counts before a cookie. */
export interface OwnCredential {
  readonly authorization: string | undefined
  readonly cookieSecret: string | undefined
}

/**
 * The session that the caller is in: the check that tells whether somebody is signed in. Counts as use.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when there is none, with why it is over where the credential was good once.
 * @throws {StorageUnavailable} When the database does not answer: never "signed out".
 */
export async function currentSession(service: Service, credential: OwnCredential): Promise<Session> {
  const caller = await identifyCaller(service, credential.authorization)
  if (caller.kind === 'member') return caller.session
  if (credential.cookieSecret === undefined) throw unauthenticated('of a member is needed')
  const facts = await service.storage.check({ by: 'secret', hash: hashSecret(credential.cookieSecret) })
  if (facts === undefined) throw unauthenticated('is not known')
  const standing = judgeSession(facts)
  if (standing.state !== 'live') throw unauthenticated('belongs to a session that has ended', standing.because)
  noteUse(service, facts.session, facts.readAt)
  return facts.session
}

/**
 * Ends every session of the member who calls, or every one but the current.
 *
 * @throws {ApplicationRefusal} `UNAUTHENTICATED` when the caller is in no live session.
 * @throws {StorageUnavailable} When the end is not durable.
 */
export async function endOwnSessions(
  service: Service,
  current: Session,
  { keepCurrent, requestId }: { readonly keepCurrent: boolean; readonly requestId: string },
): Promise<void> {
  const { memberId, id } = current
  const answers = await service.storage.endSessions([
    {
      what: keepCurrent ? { by: 'member_except', memberId, keep: id } : { by: 'member', memberId },
      cause: keepCurrent ? 'logout_others' : 'logout_everywhere',
      actor: { kind: 'member', id: memberId },
      at: service.clock.now(),
      requestId,
    },
  ])
  const failure = failedEnd(answers)
  if (failure !== undefined) throw failure
}
