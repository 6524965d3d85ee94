import type { ClientId, EpochMs, MemberId, NoticeId, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

/** What relying parties and subscribers are owed, and what became of it. Notices are kept by the ends that cause them. */
export interface Notices {
  /**
   * Looks for notices, the newest first. A page looks at a bounded stretch of them, but for the failed ones, which are found at
   * once: it may be short or empty and have a `next` all the same.
   */
  listNotices(list: NoticeList): Promise<NoticePage>
  /**
   * Has a notice tried again at once: one that was given up, as if for the first time, and one that waits for its next
   * attempt. One that somebody is delivering at this moment is left to them. Refused as `delivered` where there is nothing left to do.
   */
  retryNotice(retry: NoticeRetry): Promise<NoticeRetried>
}

export const noticeKinds = ['backchannel_logout', 'logout_url', 'security_event', 'webhook', 'mail'] as const

/**
 * `pending`: waits for its first or next attempt. `failed`: given up, unless somebody has it tried again. `unconfirmable`: sent
 * in a way that says nothing of whether it arrived.
 */
export const noticeStates = ['pending', 'delivered', 'failed', 'unconfirmable'] as const

export type NoticeState = (typeof noticeStates)[number]

/** A notice, without the `sid` that it is about: tokens carry that. */
export interface Notice {
  readonly id: NoticeId
  readonly siteId: SiteId
  /** The number of the entry of the revocation log that it tells of. */
  readonly logN: number
  readonly kind: (typeof noticeKinds)[number]
  readonly clientId: ClientId
  readonly memberId: MemberId | null
  readonly state: NoticeState
  /** How often it was tried since it was made, or since somebody had it tried again. */
  readonly attempts: number
  /** When it is tried next; `null` once it is settled. */
  readonly nextAttemptAt: EpochMs | null
  /** Until when somebody is delivering it. */
  readonly leasedUntil: EpochMs | null
  /** What the receiver said last. */
  readonly lastStatus: string | null
  readonly createdAt: EpochMs
  readonly settledAt: EpochMs | null
}

export interface NoticeList {
  /** `null` for any. */
  readonly state: NoticeState | null
  readonly clientId: ClientId | null
  readonly memberId: MemberId | null
  /** The `next` of the page before. `null` for the first page. */
  readonly cursor: number | null
  /** At least 1. */
  readonly limit: number
}

export interface NoticePage {
  readonly notices: readonly Notice[]
  /** How far it was looked; `null` when there is nothing behind it. */
  readonly next: number | null
}

export interface NoticeRetry extends Asked {
  readonly id: NoticeId
  readonly actor: Actor
}

/** `notice` is as it is now. */
export type NoticeRetried =
  | { readonly outcome: 'pending'; readonly notice: Notice }
  | { readonly outcome: 'delivered' | 'unknown' }
