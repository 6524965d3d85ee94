import type { AuditEvent } from '../../domain/audit-events.ts'
import type { Cause } from '../../domain/cause.ts'
import type { ClientId, EpochMs, MemberId, SessionId, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

export interface Audit {
  /** Up to `limit` records with a number above `after`, in order. */
  readAudit(after: number, limit: number): Promise<readonly AuditRecord[]>
  /**
   * Looks for records in one direction. A page looks at a bounded stretch of the log, so that nobody is held up by a question
   * that little fits: it may be short or empty and have a `next` all the same.
   *
   * A time is looked for in the order of the numbers. Where the clock was put back by more than a minute, records that
   * claim to be later than their place may be missed by a question with `from` or `to`; one without them misses none.
   */
  queryAudit(query: AuditQuery): Promise<AuditPage>
  /**
   * Deletes up to `limit` of the oldest records, those that were made before a moment; resolves to how many went. The newest
   * record stays whatever its age, since its number is what the log is known by.
   */
  pruneAudit(before: EpochMs, limit: number): Promise<number>
  /** Records an act that writes nothing else. Asked twice, it is on record twice. */
  recordAct(act: RecordedAct): Promise<void>
}

export interface RecordedAct extends Asked {
  readonly siteId: SiteId
  readonly event: Extract<AuditEvent, 'backup.ordered' | 'member.exported'>
  readonly actor: Actor
  /** Whom it is about, where it is about a member. */
  readonly memberId?: MemberId
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

/** Which records: those that fit in everything that is given. */
export interface AuditQuery {
  readonly order: 'newest' | 'oldest'
  /** The `next` of the page before, or the number of any record: the page begins behind it. `null` for the first page. */
  readonly cursor: number | null
  /** At least 1. */
  readonly limit: number
  readonly from?: EpochMs | undefined
  /** Records from this moment on are left out. */
  readonly to?: EpochMs | undefined
  readonly event?: AuditEvent | undefined
  readonly cause?: Cause | undefined
  readonly actor?: { readonly kind?: Actor['kind'] | undefined; readonly id?: string | undefined } | undefined
  readonly memberId?: MemberId | undefined
  readonly sessionId?: SessionId | undefined
  readonly clientId?: ClientId | undefined
  readonly keyId?: string | undefined
}

export interface AuditPage {
  readonly records: readonly AuditRecord[]
  /** How far it was looked; `null` when there is nothing behind it. */
  readonly next: number | null
}
