/** Mails as they are handed to the storage together with what causes them. Nothing is sent here. */
import type { EpochMs } from '../domain/ids.ts'
import { languageOf, type MailKind, type MailParameters } from '../domain/mail.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import type { NewMail } from '../ports/storage.ts'

/** What a mail is for and what it holds. */
export interface MailToOwe<Kind extends MailKind> {
  readonly kind: Kind
  readonly parameters: MailParameters[Kind]
  readonly at: EpochMs
  /** Two letters (ISO 639-1): of the request that caused it, where one came along. */
  readonly language?: string | null | undefined
}

/**
 * A mail to a member. In the language of the request that caused it, else the member's own, else the site's.
 *
 * It goes to the canonical form of the address, as {@link normalizeEmail} says. Nothing that members wrote about themselves
 * is in it: whoever registers a stranger's address could have us send the stranger anything.
 */
export function mailToMember<Kind extends MailKind>(
  site: Site,
  member: Pick<Member, 'id' | 'emailKey' | 'profile'>,
  { kind, parameters, at, language }: MailToOwe<Kind>,
): NewMail {
  return {
    siteId: site.id,
    memberId: member.id,
    kind,
    recipient: member.emailKey,
    language: language?.toLowerCase() ?? languageOf(member, site.settings.language),
    parameters: { ...parameters },
    createdAt: at,
  }
}
