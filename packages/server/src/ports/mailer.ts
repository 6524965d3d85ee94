/** The way out for mails. */
import type { EpochMs } from '../domain/ids.ts'
import type { MailKind } from '../domain/mail.ts'
import type { WrittenMail } from './mail-writer.ts'

export interface Mailer {
  /**
   * Hands a mail over. Resolves once somebody has taken it on, who sees to the rest, or has refused it for good: then trying
   * again would come to the same.
   *
   * @throws {MailNotTaken} When it may be taken another time. It may have been taken all the same, where the connection was lost
   *   in the last moment; a repeat carries the same reference, by which whoever receives both can tell.
   */
  send(mail: OutgoingMail): Promise<MailTaken>
  /** Lets go of connections. What is being handed over by then is given up. */
  close(): Promise<void>
}

export interface OutgoingMail extends WrittenMail {
  /** The same for every attempt at one mail, and for no other mail: letters, digits, hyphens and dots. */
  readonly reference: string
  readonly recipient: string
  readonly kind: MailKind
  readonly at: EpochMs
}

/** `because` holds nothing of what the mail says. */
export type MailTaken = { readonly outcome: 'taken' } | { readonly outcome: 'refused'; readonly because: string }

/** A mail that nobody took on. The message says why, and nothing of what the mail says. */
export class MailNotTaken extends Error {
  override readonly name = 'MailNotTaken'
}
