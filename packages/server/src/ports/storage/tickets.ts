import type { ClientId, EpochMs, SecretHash, SessionId, VisitorId } from '../../domain/ids.ts'
import type { SessionFacts } from '../../domain/session.ts'

export interface Tickets {
  /** Keeps a logout ticket for a session or a visitor. */
  issueLogoutTicket(ticket: LogoutTicket): Promise<void>
  /** What a ticket of a kind names, spent or not; `undefined` when there is no such ticket. */
  findTicket(kind: TicketKind, hash: SecretHash): Promise<TicketFacts | undefined>
}

export type TicketKind = 'session' | 'logout'

export interface LogoutTicket {
  readonly hash: SecretHash
  readonly names: { readonly session: SessionId } | { readonly visitor: VisitorId }
  readonly clientId: ClientId
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}

export interface TicketFacts {
  readonly clientId: ClientId | null
  readonly expiresAt: EpochMs
  readonly spent: boolean
  readonly visitorId: VisitorId | null
  readonly session: SessionFacts | null
}
