import type { Site } from '../domain/site.ts'
import type { NewMail } from './storage/mails.ts'

/** A mail as it is read. Holds a secret where it has a link or a code: never to be stored, nor logged. */
export interface WrittenMail {
  /** The name of the site. */
  readonly senderName: string
  /** One line. */
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Where the mail leads, where it is there for that; `null` otherwise. */
  readonly link: string | null
  /** The code that it brings, likewise. */
  readonly code: string | null
}

/** Writes mails. The same mail of the same site is always written alike, as long as the keys stay the same. */
export interface MailWriter {
  /** In the mail's language, else in the site's, else in English: the first for which there are templates. */
  write(mail: Pick<NewMail, 'kind' | 'language' | 'parameters' | 'createdAt'>, site: Site): WrittenMail
}
