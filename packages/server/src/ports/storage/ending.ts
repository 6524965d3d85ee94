import type { Cause } from '../../domain/cause.ts'
import type { Grant } from '../../domain/grant.ts'
import type { EpochMs, MemberId, SecretHash, SessionId, Sid, SiteId, VisitorId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'
import type { NewMail } from './mails.ts'
import type { StorageUnavailable } from './unavailable.ts'

/** What to end. `everyone` raises the site's generation: one row, whatever the number of sessions. */
export type Ending =
  | { readonly by: 'id'; readonly id: SessionId }
  | { readonly by: 'secret'; readonly hash: SecretHash }
  | { readonly by: 'sid'; readonly sid: Sid }
  | { readonly by: 'logout_ticket'; readonly hash: SecretHash }
  | { readonly by: 'visitor'; readonly siteId: SiteId; readonly visitorId: VisitorId; readonly until: EpochMs }
  | { readonly by: 'member'; readonly memberId: MemberId }
  | { readonly by: 'member_except'; readonly memberId: MemberId; readonly keep: SessionId }
  | { readonly by: 'everyone'; readonly siteId: SiteId }

export interface EndSession extends Asked {
  readonly what: Ending
  readonly cause: Cause
  /** `null` means the member of each session that ends. */
  readonly actor: Actor | null
  /** Kept only where a session of the member whom they are about ends by it. */
  readonly mails?: readonly NewMail[]
}

/**
 * `ended`: now, by this request. `already_ended`: an end was on record (or the ticket was used). `unknown`: the credential
 * names nothing, as a ticket past its time does. `failed`: this item alone could not be done; nothing of it took effect.
 */
export type EndAnswer =
  | { readonly outcome: 'ended'; readonly sessions: readonly EndedSession[] }
  | { readonly outcome: 'already_ended' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'failed'; readonly error: StorageUnavailable }

export interface EndedSession {
  readonly id: SessionId
  readonly memberId: MemberId
  readonly grants: readonly Pick<Grant, 'sid' | 'clientId'>[]
}
