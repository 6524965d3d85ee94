import type { EpochMs, MemberId, SiteId } from '../../domain/ids.ts'
import type { MailKind } from '../../domain/mail.ts'

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
