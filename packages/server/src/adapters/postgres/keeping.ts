import type { KeptRedirectSession, LogoutTicket } from '../../ports/storage.ts'
import type { Work } from './work.ts'

/** Keeps a logout ticket. */
export function issueLogoutTicket({ hash, names, clientId, createdAt, expiresAt }: LogoutTicket): Work<void> {
  return () => (_loaded, changes) => {
    changes.tickets.push({
      hash,
      kind: 'logout',
      sessionId: 'session' in names ? names.session : null,
      visitorId: 'visitor' in names ? names.visitor : null,
      clientId,
      createdAt,
      expiresAt,
    })
    return () => {}
  }
}

/** Keeps parameters that did not fit into an address. */
export function keepRedirectSession(kept: KeptRedirectSession): Work<void> {
  return () => (_loaded, changes) => {
    changes.redirectSessions.push(kept)
    return () => {}
  }
}
