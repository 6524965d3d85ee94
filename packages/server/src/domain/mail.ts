import type { Cause } from './cause.ts'
import type { EpochMs } from './ids.ts'
import type { Member } from './member.ts'

/**
 * What mails are sent for.
 *
 * `recovery` and `activation` bring a link to choose a password, and so does `already_registered`, to somebody who has an account
 * and was about to register; `verification_code` brings a code. All of them name their `challenge`.
 * `approval_wanted` goes to the owner of the site, the others to the member.
 */
export const mailKinds = [
  'recovery',
  'activation',
  'already_registered',
  'verification_code',
  'approval_wanted',
  'approved',
  'rejected',
  'password_changed',
  'password_reset',
  'email_changed',
  'sessions_ended',
] as const

export type MailKind = (typeof mailKinds)[number]

/** In which language a member is written to: their own, where they said one, else the site's. */
export function languageOf({ profile }: Pick<Member, 'profile'>, ofSite: string): string {
  const { language } = profile
  return typeof language === 'string' ? language.toLowerCase() : ofSite
}

/** A link or a code, which is made from the id of its challenge when the mail is written. */
interface ProofParameters {
  readonly challenge: string
  /** Until when it is good, in epoch milliseconds: told in the mail, which is worth nothing afterwards and not sent any more. */
  readonly until: string
}

/** Who did what the mail tells of. */
interface DoneParameters {
  readonly by: 'member' | 'administrator'
}

type NoParameters = Readonly<Record<never, string>>

/** What each kind of mail has to hold besides its recipient and its time. Texts, and nothing that is secret by itself. */
export interface MailParameters {
  readonly recovery: ProofParameters
  readonly activation: ProofParameters
  readonly already_registered: ProofParameters
  readonly verification_code: ProofParameters & {
    /** How many codes were sent for the challenge, this one included. */
    readonly codesSent: string
  }
  readonly approval_wanted: {
    /** The address of the member who waits. */
    readonly email: string
  }
  readonly approved: NoParameters
  readonly rejected: NoParameters
  readonly password_changed: DoneParameters
  readonly password_reset: NoParameters
  /** To the address of before, where it is still somebody's. */
  readonly email_changed: DoneParameters
  readonly sessions_ended: {
    readonly cause: Cause
  }
}

const day = 24 * 60 * 60 * 1000

/** How long a mail that holds no proof is still news. */
const worthSendingMs = 7 * day

/** Until when it makes sense to send a mail. */
export function worthSendingUntil({
  parameters,
  createdAt,
}: {
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: EpochMs
}): EpochMs {
  const until = Number(parameters['until'] ?? Number.NaN)
  return Number.isSafeInteger(until) ? until : createdAt + worthSendingMs
}

const firstDelayMs = 10_000
const delayMsMax = 30 * 60 * 1000

/**
 * How long to wait before a mail is tried again: twice as long each time, from ten seconds to half an hour, and up to a
 * quarter more or less, so that mails that failed together do not come back together.
 *
 * @param attempts - How often it was tried, from 1.
 * @param jitter - From 0 to 1, evenly spread.
 */
export function delayBeforeNextAttempt(attempts: number, jitter: number): number {
  const delayMs = Math.min(firstDelayMs * 2 ** (attempts - 1), delayMsMax)
  return Math.round(delayMs * (0.75 + jitter / 2))
}
