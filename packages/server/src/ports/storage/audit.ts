import type { AuditEvent } from '../../domain/audit-events.ts'
import type { Cause } from '../../domain/cause.ts'
import type { ClientId, EpochMs, MemberId, SessionId, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

export interface Audit {
  /** Up to `limit` records with a number above `after`, in order. */
  readAudit(after: number, limit: number): Promise<readonly AuditRecord[]>
  /** Records an act that writes nothing else. Asked twice, it is on record twice. */
  recordAct(act: RecordedAct): Promise<void>
}

export interface RecordedAct extends Asked {
  readonly siteId: SiteId
  readonly event: Extract<AuditEvent, 'backup.ordered'>
  readonly actor: Actor
}

export interface AuditRecord {
  readonly n: number
  readonly at: EpochMs
  readonly siteId: SiteId
  readonly event: AuditEvent
  readonly cause: Cause | null
  readonly actor: Actor
  readonly memberId: MemberId | null
  readonly sessionId: SessionId | null
  readonly clientId: ClientId | null
  /** The id of the key that was made or taken away, of a record of that. */
  readonly keyId: string | null
  readonly requestId: string
  /** Set for ends. */
  readonly grantsEnded: number
  readonly refreshTokensEnded: number
  readonly noticesOwed: number
}
