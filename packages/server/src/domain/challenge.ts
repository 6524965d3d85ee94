import type { ChallengeId, ClientId, EpochMs, MemberId, SiteId } from './ids.ts'

/**
 * A proof that somebody reads the mail of an address, asked for and not given yet: a link to choose a password by, or a code
 * to be typed.
 *
 * What proves it is made from its id (`ports/proofs.ts`) and stored nowhere.
 */
export interface Challenge {
  readonly id: ChallengeId
  readonly siteId: SiteId
  readonly kind: ChallengeKind
  readonly memberId: MemberId
  /** The address that the mail went to. Once it is not the member's any more, the proof is worth nothing. */
  readonly emailKey: string
  /** The client through which it was asked for. */
  readonly clientId: ClientId | null
  /** Where the person is led when it is done. */
  readonly redirectUri: string | null
  /** How many wrong codes were tried, of all that were sent. */
  readonly tries: number
  /** How many codes were sent; the last of them counts. 0 for a link. */
  readonly codesSent: number
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
  /** Until when the last code counts; `null` for a link. */
  readonly codeExpiresAt: EpochMs | null
  readonly settled: { readonly as: 'used' | 'void'; readonly at: EpochMs } | null
}

/**
 * `recovery`: a link for a member who wants another password. `activation`: a link for one who was invited and has none.
 * `login_verification`: a code, before a new member is let in. `address_verification`: a code that the site asks for, which lets
 * nobody in.
 */
export type ChallengeKind = 'recovery' | 'activation' | 'login_verification' | 'address_verification'

const minute = 60_000

/** How long each can be answered at all. An invitation waits for somebody who does not expect it. */
const lifetimesMs: Readonly<Record<ChallengeKind, number>> = {
  recovery: 20 * minute,
  activation: 60 * minute,
  login_verification: 60 * minute,
  address_verification: 60 * minute,
}

/** A million codes, five tries and ten minutes: guessing has one chance in 200,000. */
export const codeTriesMax = 5
export const codeLifetimeMs = 10 * minute
/** How often a code may be sent for one challenge, so that it cannot be used to flood a mailbox. */
export const codesSentMax = 5

/** A challenge as it begins. Nothing is stored or sent. */
export function newChallenge(
  about: Pick<Challenge, 'id' | 'siteId' | 'kind' | 'memberId' | 'emailKey' | 'clientId' | 'redirectUri'>,
  at: EpochMs,
): Challenge {
  const hasCode = about.kind === 'login_verification' || about.kind === 'address_verification'
  return {
    ...about,
    tries: 0,
    codesSent: hasCode ? 1 : 0,
    createdAt: at,
    expiresAt: at + lifetimesMs[about.kind],
    codeExpiresAt: hasCode ? at + codeLifetimeMs : null,
    settled: null,
  }
}

/** Why a challenge cannot be answered. */
export type ChallengeProblem = 'used' | 'void' | 'expired' | 'too_many_tries'

/**
 * Whether a challenge can still be answered, and if not, why.
 *
 * @param emailKey - The member's address as it is now.
 */
export function judgeChallenge(challenge: Challenge, emailKey: string, at: EpochMs): 'good' | ChallengeProblem {
  if (challenge.settled !== null) return challenge.settled.as
  if (challenge.emailKey !== emailKey) return 'void'
  if (challenge.tries >= codeTriesMax) return 'too_many_tries'
  return at >= challenge.expiresAt ? 'expired' : 'good'
}

/** The same of a code that was typed. `code_expired`: another one can be sent. */
export function judgeCodeTry(
  challenge: Challenge,
  emailKey: string,
  at: EpochMs,
): 'good' | ChallengeProblem | 'code_expired' {
  const verdict = judgeChallenge(challenge, emailKey, at)
  if (verdict !== 'good') return verdict
  return challenge.codeExpiresAt === null || at >= challenge.codeExpiresAt ? 'code_expired' : 'good'
}

/** Whether a kind is answered by a link, which a newer link or a new password makes void. */
export function isLink(kind: ChallengeKind): boolean {
  return kind === 'recovery' || kind === 'activation'
}

/** A challenge for which another code is sent: the one before counts no more, and tries of it stay counted. */
export function withAnotherCode(challenge: Challenge, at: EpochMs): Challenge {
  return { ...challenge, codesSent: challenge.codesSent + 1, codeExpiresAt: at + codeLifetimeMs }
}
