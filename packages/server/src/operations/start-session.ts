import type { ClientId, EpochMs, SecretHash } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import type { SiteSettings } from '../domain/site.ts'
import type { NewSession } from '../ports/storage.ts'
import type { Service } from './service.ts'

/** How long a session ticket (the identity API's `sessionToken`) may wait for its one use. */
const ticketLifetimeMs = 10 * 60_000

/**
 * Describes a session that is handed out as a ticket. Until the ticket is used nobody holds the session, so it ends as
 * unclaimed when the ticket does.
 */
export function sessionWithTicket(
  service: Service,
  about: {
    readonly member: Member
    readonly clientId: ClientId | null
    readonly settings: SiteSettings
    /** Left out where the call came from no device of the member's. */
    readonly device?: string | null
  },
): { readonly session: NewSession; readonly ticket: string } {
  const now = service.clock.now()
  const ticket = mintSecret('ticket', service.randomness)
  const expiresAt = now + ticketLifetimeMs
  return {
    ticket,
    session: {
      ...lifeOf(about, now),
      claimBy: expiresAt,
      persistent: false,
      secretHash: null,
      device: about.device ?? null,
      ticket: { hash: hashSecret(ticket), expiresAt },
    },
  }
}

/** Describes a session that a browser holds by its cookie from the start. */
export function sessionWithCookie(
  service: Service,
  about: {
    readonly member: Member
    readonly clientId: ClientId | null
    readonly settings: SiteSettings
    readonly persistent: boolean
    readonly secretHash: SecretHash
    /** Left out where that is no matter. */
    readonly device?: string | null
  },
): NewSession {
  return {
    ...lifeOf(about, service.clock.now()),
    claimBy: null,
    persistent: about.persistent,
    secretHash: about.secretHash,
    device: about.device ?? null,
    ticket: null,
  }
}

function lifeOf(
  { member, clientId, settings }: { member: Member; clientId: ClientId | null; settings: SiteSettings },
  now: EpochMs,
): Pick<NewSession, 'siteId' | 'memberId' | 'clientId' | 'createdAt' | 'expiresAt' | 'idleMs' | 'sessionsMost'> {
  return {
    siteId: member.siteId,
    memberId: member.id,
    clientId,
    createdAt: now,
    expiresAt: now + settings.sessionOverallMs,
    idleMs: settings.sessionIdleMs,
    sessionsMost: settings.sessionsPerMember,
  }
}
