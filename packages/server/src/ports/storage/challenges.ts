import type { Challenge, ChallengeProblem } from '../../domain/challenge.ts'
import type { ChallengeId, EpochMs, MemberId, SecretHash } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { MemberStanding } from '../../domain/waiting.ts'
import type { Asked } from './asked.ts'
import type { EndedSession } from './ending.ts'
import type { NewMail } from './mails.ts'
import type { NewSession } from './sessions.ts'
import type { Attempt } from './throttles.ts'

/**
 * The proofs of addresses that were asked for.
 *
 * What a person presents is compared before these are called; they decide whether it still counts, and of two calls that
 * answer one challenge, exactly one does. A new password, by whichever way, makes the links of the member void.
 */
export interface Challenges {
  findChallenge(id: ChallengeId): Promise<Challenge | undefined>
  /**
   * Keeps a challenge with the mail that tells of it. A link makes the member's older links void in the same commit.
   *
   * `unknown` for a member who is not there: nobody is written to, and the challenge is kept all the same, so that it takes as
   * long; there is nobody whom it could be answered for. For one
   * who was deleted, also since they were read, it is `unknown` too and nothing is kept: no address of theirs may be.
   */
  openChallenge(opening: ChallengeOpening): Promise<{ readonly outcome: 'opened' | 'unknown' }>
  /** How many codes a member was sent since a moment before they were let in: of challenges that were opened since. */
  countLoginCodes(memberId: MemberId, since: EpochMs): Promise<number>
  /** Has another code sent for a challenge: the one before counts no more. Tries that were wrong stay counted. */
  sendAnotherCode(sending: CodeSending): Promise<CodeSent>
  /**
   * Takes a try of a code. A right one settles the challenge, notes that the address is proven and lets in a member who waited
   * for nothing else, for whom the given session is started, all in one commit. A wrong one is counted, and after the fifth none
   * is looked at any more. A member who is neither active nor waiting gets nowhere, and nothing changes.
   */
  tryCode(attempt: CodeAttempt): Promise<CodeTried>
  /**
   * Sets a password by a link: settles the challenge, makes the member's other links void, notes that the address is proven,
   * and ends every session of the member with the cause `password_reset`; then lets in a member who waited for nothing else, for
   * whom the given session is started. All in one commit. A member who is neither active nor waiting gets nowhere, and nothing
   * changes.
   */
  recoverMember(recovery: MemberRecovery): Promise<MemberRecovered>
}

export interface ChallengeOpening extends Asked {
  readonly challenge: Challenge
  readonly mails: readonly NewMail[]
  /** Counted in the same commit, whether or not anybody is there. */
  readonly attempts?: readonly Attempt[]
  readonly actor: Actor
}

export interface CodeSending extends Asked {
  readonly id: ChallengeId
  readonly memberId: MemberId
  /** How many had been sent when the caller looked. */
  readonly after: number
  /** Kept only where another is sent by it. */
  readonly mails: readonly NewMail[]
}

export type CodeSent =
  /** `sent_meanwhile`: another call was faster, and its code is on the way. */
  | { readonly outcome: 'sent' | 'sent_meanwhile' }
  | { readonly outcome: ChallengeProblem | 'unknown' | 'too_many_codes' | 'not_active' }

/** What may come of a challenge that is answered rightly. */
interface Answer extends Asked {
  readonly id: ChallengeId
  readonly memberId: MemberId
  /** Started where the member is active by then; `null` starts none. */
  readonly session: NewSession | null
  /** Kept where the member has proven the address by it, and waits for the owner's approval from now on. */
  readonly approvalMails: readonly NewMail[]
}

export interface CodeAttempt extends Answer {
  /** Of which code it was found out whether it is right: how many had been sent. A newer one makes it wrong. */
  readonly codesSent: number
  readonly isRight: boolean
  /** The session secret that the browser held so far: its session ends as `replaced` where another one is started. */
  readonly replaces?: SecretHash | null
}

export type CodeTried =
  | { readonly outcome: 'right'; readonly standing: MemberStanding }
  | { readonly outcome: 'wrong'; readonly triesLeft: number }
  | { readonly outcome: ChallengeProblem | 'code_expired' | 'unknown' | 'not_active' }

export interface MemberRecovery extends Answer {
  readonly passwordHash: string
  /**
   * Throttles that are forgotten where the password is set by it, as whoever reads the member's mail may guess anew: under these
   * keys, and under each of them together with a network that the member has used.
   */
  readonly forget?: readonly string[]
  /** Kept where the password is set by it. */
  readonly mails: readonly NewMail[]
}

export type MemberRecovered =
  | { readonly outcome: 'recovered'; readonly standing: MemberStanding; readonly ended: readonly EndedSession[] }
  | { readonly outcome: ChallengeProblem | 'unknown' | 'not_active' }
