import type { Cause } from '../../domain/cause.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { MailKind } from '../../domain/mail.ts'

/** What a mail says, before it becomes text and HTML. Plain text all of it. */
export interface Wording {
  readonly subject: string
  readonly paragraphs: readonly string[]
  /** What is written on the link, where the mail brings one. */
  readonly linkLabel?: string
  /** What follows the link or the code. */
  readonly afterwards?: readonly string[]
}

/** What the words of a mail depend on. */
export interface Facts {
  /** The name of the site. */
  readonly site: string
  /** When it happened, as people write it. */
  readonly when: string
  /** How long the link or the code is good, as people say it. */
  readonly goodFor: string
  /** Who did it, where that is told. */
  readonly by: 'member' | 'administrator' | undefined
  /** Why sessions ended. */
  readonly cause: Cause | undefined
  /** The address of the member whom the owner is asked about. */
  readonly email: string
}

/** The templates of a language. A new kind of mail does not compile until every language has it. */
export interface Language {
  /** Two letters (ISO 639-1). */
  readonly code: string
  /** A moment in Coordinated Universal Time: where the reader is, nobody knows. */
  readonly moment: (at: EpochMs) => string
  readonly duration: (minutes: number) => string
  readonly wordings: { readonly [Kind in MailKind]: (facts: Facts) => Wording }
  /** The last line of every mail. */
  readonly closing: (facts: Facts) => string
}

/** The largest unit in which a duration can be told without a fraction that matters. */
export function inUnits(minutes: number): { readonly count: number; readonly unit: 'minute' | 'hour' | 'day' } {
  if (minutes < 120) return { count: Math.max(minutes, 1), unit: 'minute' }
  if (minutes < 48 * 60) return { count: Math.floor(minutes / 60), unit: 'hour' }
  return { count: Math.floor(minutes / (24 * 60)), unit: 'day' }
}

/** A moment as it is written in a language. */
export function momentIn(language: string): (at: EpochMs) => string {
  // Made with the first mail: a start has no use for it.
  let format: Intl.DateTimeFormat | undefined
  return (at) => {
    format ??= new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
    return `${format.format(at)} (UTC)`
  }
}
