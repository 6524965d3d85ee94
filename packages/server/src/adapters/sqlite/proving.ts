import type { DatabaseSync } from 'node:sqlite'
import {
  type Challenge,
  codesSentMax,
  codeTriesMax,
  isLink,
  judgeChallenge,
  judgeCodeTry,
  withAnotherCode,
} from '../../domain/challenge.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import { isInService, type MemberStanding, onceProven, waitsFor } from '../../domain/waiting.ts'
import type {
  ChallengeOpening,
  CodeAttempt,
  CodeSending,
  CodeSent,
  CodeTried,
  MemberRecovered,
  MemberRecovery,
} from '../../ports/storage.ts'
import type { ChallengeTable } from './challenges.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { MailTable } from './mails.ts'
import type { MemberTable } from './members.ts'
import type { SessionTable } from './sessions.ts'
import type { ThrottleTable } from './throttles.ts'

/** What an answer to a challenge brings about, whichever kind it is of. */
type Answered = Pick<CodeAttempt, 'session' | 'approvalMails' | 'replaces' | 'at' | 'requestId'>

/** The tables that an answered challenge writes to. */
interface Tables {
  readonly challenges: ChallengeTable
  readonly members: MemberTable
  readonly sessions: SessionTable
  readonly mails: MailTable
  readonly ending: Ending
  readonly throttles: ThrottleTable
}

/** Asks members to prove their addresses, and takes the proofs. */
export class Proving {
  readonly #tables: Tables
  readonly #setProven

  constructor(database: DatabaseSync, tables: Tables) {
    this.#tables = tables
    this.#setProven = database.prepare(`
      UPDATE member SET password_hash = coalesce(?, password_hash), email_verified = 1, status = ?, status_reasons = ?,
        revision = revision + 1, updated_at = ? WHERE id = ?`)
  }

  open(commit: Commit, opening: ChallengeOpening): { readonly outcome: 'opened' | 'unknown' } {
    const { challenge, mails: owed, attempts = [], actor, ...asked } = opening
    const { challenges, members, mails, throttles } = this.#tables
    throttles.count(attempts)
    const { siteId, memberId, clientId } = challenge
    const member = members.find(memberId)
    // Of a member who was deleted no address may be kept, not even where it was read before.
    if (member?.status === 'DELETED') return { outcome: 'unknown' }
    const isSomebody = member !== undefined
    if (isLink(challenge.kind)) challenges.makeVoid(memberId, 'links', asked.at)
    challenges.insert(challenge)
    if (isSomebody) mails.insert(owed)
    commit.tell({
      ...asked,
      siteId,
      event: 'challenge.opened',
      actor,
      memberId: isSomebody ? memberId : null,
      clientId,
    })
    return { outcome: isSomebody ? 'opened' : 'unknown' }
  }

  sendAnotherCode({ id, after, mails: owed, at }: CodeSending): CodeSent {
    const { challenges, mails } = this.#tables
    const found = this.#found(id)
    if (found === undefined) return { outcome: 'unknown' }
    const verdict = judgeChallenge(found.challenge, found.member.emailKey, at)
    if (verdict !== 'good') return { outcome: verdict }
    if (!isInService(found.member)) return { outcome: 'not_active' }
    if (found.challenge.codesSent >= codesSentMax) return { outcome: 'too_many_codes' }
    if (found.challenge.codesSent !== after) return { outcome: 'sent_meanwhile' }
    challenges.keep(withAnotherCode(found.challenge, at))
    mails.insert(owed)
    return { outcome: 'sent' }
  }

  tryCode(commit: Commit, attempt: CodeAttempt): CodeTried {
    const { id, codesSent, isRight, at } = attempt
    const { challenges } = this.#tables
    const found = this.#found(id)
    if (found === undefined) return { outcome: 'unknown' }
    const { challenge, member } = found
    const verdict = judgeCodeTry(challenge, member.emailKey, at)
    if (verdict !== 'good') return { outcome: verdict }
    if (!isInService(member)) return { outcome: 'not_active' }
    if (!isRight || codesSent !== challenge.codesSent) {
      const tries = challenge.tries + 1
      challenges.keep({ ...challenge, tries })
      return { outcome: 'wrong', triesLeft: codeTriesMax - tries }
    }
    this.#settle(challenge, at)
    return { outcome: 'right', standing: this.#prove(commit, member, null, attempt) }
  }

  recover(commit: Commit, recovery: MemberRecovery): MemberRecovered {
    const {
      id,
      passwordHash,
      mails: owed,
      forget = [],
      session: _started,
      approvalMails: _kept,
      memberId,
      ...asked
    } = recovery
    const { challenges, mails, ending } = this.#tables
    const found = this.#found(id)
    if (found === undefined) return { outcome: 'unknown' }
    const { challenge, member } = found
    const verdict = judgeChallenge(challenge, member.emailKey, asked.at)
    if (verdict !== 'good') return { outcome: verdict }
    if (!isInService(member)) return { outcome: 'not_active' }
    this.#settle(challenge, asked.at)
    challenges.makeVoid(memberId, 'links', asked.at)
    // First, so that the session of this recovery is not among those that end.
    const ended = ending.endAll(commit, memberId, { ...asked, cause: 'password_reset', actor: null })
    const { siteId, clientId } = challenge
    const actor = { kind: 'member', id: memberId } as const
    mails.insert(owed)
    this.#tables.throttles.unlock(forget, memberId)
    commit.tell({ ...asked, siteId, event: 'member.password_reset', actor, memberId, clientId })
    return { outcome: 'recovered', standing: this.#prove(commit, member, passwordHash, recovery), ended }
  }

  #found(id: Challenge['id']): { readonly challenge: Challenge; readonly member: Member } | undefined {
    const challenge = this.#tables.challenges.find(id)
    const member = challenge === undefined ? undefined : this.#tables.members.find(challenge.memberId)
    return challenge === undefined || member === undefined ? undefined : { challenge, member }
  }

  #settle(challenge: Challenge, at: EpochMs): void {
    this.#tables.challenges.keep({ ...challenge, settled: { as: 'used', at } })
  }

  /** Notes that a member has proven the address, and lets them in where they waited for nothing else. */
  #prove(
    commit: Commit,
    member: Member,
    passwordHash: string | null,
    { session, approvalMails, replaces = null, at, requestId }: Answered,
  ): MemberStanding {
    const { id: memberId, siteId } = member
    const standing = onceProven(member)
    this.#setProven.run(passwordHash, standing.status, JSON.stringify(standing.statusReasons), at, memberId)
    if (!member.emailVerified) {
      const actor = { kind: 'member', id: memberId } as const
      commit.tell({ at, requestId, siteId, event: 'member.email_verified', actor, memberId })
    }
    if (waitsFor(member) === 'address' && waitsFor(standing) === 'approval') this.#tables.mails.insert(approvalMails)
    if (standing.status === 'ACTIVE' && session !== null) {
      if (replaces !== null) this.#tables.ending.replace(commit, replaces, null, { at, requestId })
      this.#tables.sessions.insert(commit, session, { at, requestId })
    }
    return standing
  }
}
