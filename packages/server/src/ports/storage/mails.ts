import type { EpochMs, MailId, MemberId, SiteId } from '../../domain/ids.ts'
import type { MailKind } from '../../domain/mail.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

/** The mails that are owed, and what became of them. They are kept by the calls that cause them. */
export interface Mails {
  /**
   * Hands out up to `limit` mails whose time has come, those that wait longest first, and counts an attempt for each. Until
   * `until` nobody else is given them, on any node; then they are handed out again, since whoever had them may be gone.
   */
  leaseMails(lease: MailLease): Promise<readonly LeasedMail[]>
  /**
   * Says what became of mails. That one was sent is kept whoever holds it by now, as long as it is not settled; anything
   * else only while the lease is the one that was given.
   */
  settleMails(settlements: readonly MailSettlement[]): Promise<void>
  /** Up to `limit` mails, the newest first. */
  listMails(list: MailList): Promise<readonly KeptMail[]>
  findMail(id: MailId): Promise<KeptMail | undefined>
  /** Has a mail tried again that had failed for good, as if for the first time. `not_failed`: it waits or was sent. */
  retryMail(retry: MailRetry): Promise<{ readonly outcome: 'pending' | 'not_failed' | 'unknown' }>
}

/** `pending`: waits for its first or next attempt. `failed`: for good, unless somebody has it tried again. */
export const mailStates = ['pending', 'sent', 'failed'] as const

export type MailState = (typeof mailStates)[number]

export interface MailLease {
  readonly at: EpochMs
  readonly until: EpochMs
  readonly limit: number
}

/** A mail as it is on record. */
export interface KeptMail extends NewMail {
  readonly id: MailId
  readonly state: MailState
  /** How often it was handed out to be sent. */
  readonly attempts: number
  /** When it is tried next, or handed out again; `null` once it is settled. */
  readonly nextAttemptAt: EpochMs | null
  /** Why the last attempt came to nothing, in words without anything secret. */
  readonly lastFailure: string | null
  readonly settledAt: EpochMs | null
}

/** A mail that whoever leased it is to send. */
export interface LeasedMail extends KeptMail {
  readonly leasedUntil: EpochMs
}

export type MailSettlement = Pick<LeasedMail, 'id' | 'leasedUntil'> & { readonly at: EpochMs } & (
    | { readonly outcome: 'sent' }
    | { readonly outcome: 'failed'; readonly failure: string }
    | { readonly outcome: 'again'; readonly failure: string; readonly nextAttemptAt: EpochMs }
  )

export interface MailList {
  /** `null` for any. */
  readonly state: MailState | null
  /** Only what is older than this mail: the last one of the page before. `null` for the first page. */
  readonly before: MailId | null
  readonly limit: number
}

export interface MailRetry extends Asked {
  readonly id: MailId
  readonly actor: Actor
}

/**
 * A mail that a change owes somebody: kept in the commit of the change, sent afterwards.
 *
 * Holds no secret. What a link or a code proves itself by is made from the id of its challenge when the mail is written, so
 * that a copy of the database opens nothing.
 */
export interface NewMail {
  readonly siteId: SiteId
  /** Whom it is about; `null` where it goes to the site's owner about nobody in particular. */
  readonly memberId: MemberId | null
  readonly kind: MailKind
  readonly recipient: string
  /** Two letters (ISO 639-1): in which language it will be written, where there are templates in it. */
  readonly language: string
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: EpochMs
}
