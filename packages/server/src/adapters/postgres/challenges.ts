import {
  type Challenge,
  codesSentMax,
  codeTriesMax,
  isLink,
  judgeChallenge,
  judgeCodeTry,
  withAnotherCode,
} from '../../domain/challenge.ts'
import type { MemberId, SessionId } from '../../domain/ids.ts'
import { isInService, type MemberStanding, onceProven, waitsFor } from '../../domain/waiting.ts'
import type {
  ChallengeOpening,
  Challenges,
  CodeAttempt,
  CodeSending,
  CodeSent,
  CodeTried,
  MemberRecovered,
  MemberRecovery,
} from '../../ports/storage.ts'
import { challengeOf } from '../stored/records.ts'
import { integer } from '../stored/row.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Changes } from './changes.ts'
import type { Loaded, LoadedMember } from './loaded.ts'
import type { Needs } from './needs.ts'
import { addSession, needSession } from './starting.ts'
import type { Work } from './work.ts'

/** The proofs of addresses. Member and challenge are held until the commit, in this order. */
export function challengeMethods({ rows, one, commit }: Access): Challenges {
  return {
    findChallenge: (id) => one(challengeOf, `SELECT ${columnsOfTable('challenge')} FROM challenge WHERE id = $1`, id),
    countLoginCodes: async (memberId, since) => {
      const [row] = await rows(
        `SELECT coalesce(sum(codes_sent), 0)::bigint AS sent FROM challenge
         WHERE member_id = $1 AND kind = 'login_verification' AND created_at >= $2`,
        memberId,
        since,
      )
      return row === undefined ? 0 : integer(row, 'sent')
    },
    openChallenge: (opening) => commit(openChallenge(opening)),
    sendAnotherCode: (sending) => commit(sendAnotherCode(sending)),
    tryCode: (attempt) => commit(tryCode(attempt), 'starts'),
    recoverMember: (recovery) =>
      commit(recoverMember(recovery), recovery.session === null ? 'ends_many' : 'ends_and_starts'),
  }
}

function openChallenge({
  challenge,
  mails,
  attempts = [],
  actor,
  ...asked
}: ChallengeOpening): Work<{ readonly outcome: 'opened' | 'unknown' }> {
  const { siteId, memberId, clientId, kind } = challenge
  return (needs) => {
    needs.memberToChange(memberId)
    return (loaded, changes) => {
      changes.throttles.count(attempts)
      const member = loaded.member(memberId)
      // Of a member who was deleted no address may be kept, not even where it was read before.
      if (member?.status === 'DELETED') return () => ({ outcome: 'unknown' })
      const isSomebody = member !== undefined
      if (isLink(kind)) makeLinksVoid(loaded, changes, memberId, asked.at)
      changes.addChallenge(challenge)
      if (isSomebody) changes.mails.push(...mails)
      const named = isSomebody ? memberId : null
      changes.tell({ ...asked, siteId, event: 'challenge.opened', actor, memberId: named, clientId })
      return () => ({ outcome: isSomebody ? 'opened' : 'unknown' })
    }
  }
}

function sendAnotherCode({ id, memberId, after, mails, at }: CodeSending): Work<CodeSent> {
  return (needs) => {
    needAnswer(needs, { id, memberId })
    return (loaded, changes) => {
      const answer = (sent: CodeSent) => () => sent
      const found = foundIn(loaded, { id, memberId })
      if (found === undefined) return answer({ outcome: 'unknown' })
      const { challenge, member } = found
      const verdict = judgeChallenge(challenge, member.emailKey, at)
      if (verdict !== 'good') return answer({ outcome: verdict })
      if (!isInService(member)) return answer({ outcome: 'not_active' })
      if (challenge.codesSent >= codesSentMax) return answer({ outcome: 'too_many_codes' })
      if (challenge.codesSent !== after) return answer({ outcome: 'sent_meanwhile' })
      keep(loaded, changes, withAnotherCode(challenge, at))
      changes.mails.push(...mails)
      return answer({ outcome: 'sent' })
    }
  }
}

function tryCode(attempt: CodeAttempt): Work<CodeTried> {
  const { codesSent, isRight, session, at } = attempt
  return (needs) => {
    needAnswer(needs, attempt)
    if (session !== null) needSession(needs, session)
    return (loaded, changes) => {
      const answer = (tried: CodeTried) => () => tried
      const found = foundIn(loaded, attempt)
      if (found === undefined) return answer({ outcome: 'unknown' })
      const { challenge, member } = found
      const verdict = judgeCodeTry(challenge, member.emailKey, at)
      if (verdict !== 'good') return answer({ outcome: verdict })
      if (!isInService(member)) return answer({ outcome: 'not_active' })
      if (!isRight || codesSent !== challenge.codesSent) {
        const tries = challenge.tries + 1
        keep(loaded, changes, { ...challenge, tries })
        return answer({ outcome: 'wrong', triesLeft: codeTriesMax - tries })
      }
      keep(loaded, changes, { ...challenge, settled: { as: 'used', at } })
      const { standing } = prove(loaded, changes, member, attempt)
      return answer({ outcome: 'right', standing })
    }
  }
}

function recoverMember(recovery: MemberRecovery): Work<MemberRecovered> {
  const { id, memberId, passwordHash, session, approvalMails: _kept, mails, forget = [], ...asked } = recovery
  const { at } = asked
  return (needs) => {
    needAnswer(needs, recovery)
    if (session !== null) needSession(needs, session)
    return (loaded, changes) => {
      const refused = (outcome: Exclude<MemberRecovered['outcome'], 'recovered'>) => () => ({ outcome })
      const found = foundIn(loaded, { id, memberId })
      if (found === undefined) return refused('unknown')
      const { challenge, member } = found
      const verdict = judgeChallenge(challenge, member.emailKey, at)
      if (verdict !== 'good') return refused(verdict)
      if (!isInService(member)) return refused('not_active')
      keep(loaded, changes, { ...challenge, settled: { as: 'used', at } })
      makeLinksVoid(loaded, changes, memberId, at)
      member.passwordHash = passwordHash
      changes.changeMember(memberId, { passwordHash, at })
      changes.mails.push(...mails)
      changes.throttles.unlock(forget, memberId)
      const { siteId, clientId } = challenge
      const { standing, started } = prove(loaded, changes, member, recovery)
      // What is ended is found when the transaction is sealed: the session of this recovery is there by then, and stays.
      const what =
        started === null
          ? ({ by: 'member', memberId } as const)
          : ({ by: 'member_except', memberId, keep: started } as const)
      const all = changes.end(what, { ...asked, cause: 'password_reset', actor: null })
      loaded.endAllBut(memberId, started, 'password_reset')
      const actor = { kind: 'member', id: memberId } as const
      changes.tell({ ...asked, siteId, event: 'member.password_reset', actor, memberId, clientId })
      return (ended) => {
        const answer = ended.answer(all)
        return { outcome: 'recovered', standing, ended: answer.outcome === 'ended' ? answer.sessions : [] }
      }
    }
  }
}

type Answered = Pick<CodeAttempt, 'id' | 'memberId'>

function needAnswer(needs: Needs, { id, memberId }: Answered): void {
  needs.memberToChange(memberId)
  needs.challenge(id)
}

function foundIn(loaded: Loaded, { id, memberId }: Answered) {
  const challenge = loaded.challenge(id)
  const member = loaded.member(memberId)
  return challenge === undefined || member === undefined || challenge.memberId !== memberId
    ? undefined
    : { challenge, member }
}

function keep(loaded: Loaded, changes: Changes, challenge: Challenge): void {
  loaded.keepChallenge(challenge)
  changes.keepChallenge(challenge)
}

function makeLinksVoid(loaded: Loaded, changes: Changes, memberId: MemberId, at: number): void {
  loaded.makeChallengesVoid(memberId, 'links', at)
  changes.makeChallengesVoid(memberId, 'links', at)
}

/** What an answer to a challenge brings about, whichever kind it is of. */
type Proven = Pick<CodeAttempt, 'memberId' | 'session' | 'approvalMails' | 'replaces' | 'at' | 'requestId'>

/** Notes that a member has proven the address, and lets them in where they waited for nothing else. */
function prove(
  loaded: Loaded,
  changes: Changes,
  member: LoadedMember,
  { memberId, session, approvalMails, replaces = null, at, requestId }: Proven,
): { readonly standing: MemberStanding; readonly started: SessionId | null } {
  const waitedFor = waitsFor(member)
  const { status, statusReasons } = onceProven(member)
  const standing = { status, statusReasons }
  if (!member.emailVerified) {
    const actor = { kind: 'member', id: memberId } as const
    changes.tell({ at, requestId, siteId: member.siteId, event: 'member.email_verified', actor, memberId })
  }
  member.emailVerified = true
  member.status = status
  member.statusReasons = statusReasons
  changes.changeMember(memberId, { emailVerified: true, status, statusReasons, at })
  if (waitedFor === 'address' && waitsFor(standing) === 'approval') changes.mails.push(...approvalMails)
  if (status !== 'ACTIVE' || session === null) return { standing, started: null }
  const asked = { at, requestId }
  if (replaces !== null) changes.end({ by: 'secret', hash: replaces }, { ...asked, cause: 'replaced', actor: null })
  return { standing, started: addSession(loaded, changes, session, member.generation, asked, { replaces }) }
}
