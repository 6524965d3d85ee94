import type { MemberId } from '../../domain/ids.ts'
import { judgeSession } from '../../domain/session.ts'
import type { PasswordChange, PasswordChanged } from '../../ports/storage.ts'
import type { Work } from './work.ts'

/** Replaces a stored hash by one of the same password. */
export function rehashPassword(rehash: {
  readonly memberId: MemberId
  readonly from: string
  readonly to: string
}): Work<{ readonly outcome: 'replaced' | 'changed' }> {
  return (needs) => {
    needs.memberToChange(rehash.memberId)
    return (loaded, changes) => {
      const member = loaded.member(rehash.memberId)
      if (member?.passwordHash !== rehash.from) return () => ({ outcome: 'changed' })
      member.passwordHash = rehash.to
      changes.rehashes.push(rehash)
      return () => ({ outcome: 'replaced' })
    }
  }
}

/** Sets a new password, gives the asking session a new secret, and ends the member's other sessions. */
export function changePassword(change: PasswordChange): Work<PasswordChanged> {
  const { memberId, passwordHash, keep, keepSecretHash, mails = [], ...asked } = change
  return (needs) => {
    needs.memberToChange(memberId)
    const place = needs.session({ by: 'id', id: keep })
    return (loaded, changes) => {
      const facts = loaded.session(place)?.facts
      const member = loaded.member(memberId)
      if (facts === undefined || member === undefined || facts.session.memberId !== memberId) {
        return () => ({ outcome: 'session_over' })
      }
      if (judgeSession(facts).state !== 'live') return () => ({ outcome: 'session_over' })
      member.passwordHash = passwordHash
      loaded.endAllBut(memberId, keep, 'password_changed')
      changes.reliedOn.sessions.add(keep)
      changes.changeMember(memberId, { passwordHash, at: asked.at })
      changes.makeChallengesVoid(memberId, 'links', asked.at)
      loaded.makeChallengesVoid(memberId, 'links', asked.at)
      changes.replaceSecret(keep, keepSecretHash)
      changes.mails.push(...mails)
      const others = changes.end(
        { by: 'member_except', memberId, keep },
        { ...asked, cause: 'password_changed', actor: null },
      )
      const said = {
        ...asked,
        siteId: facts.session.siteId,
        actor: { kind: 'member', id: memberId },
        memberId,
        sessionId: keep,
      } as const
      changes.tell({ ...said, event: 'member.password_changed' })
      changes.tell({ ...said, event: 'session.secret_rotated' })
      return (ended) => {
        const answer = ended.answer(others)
        return { outcome: 'changed', ended: answer.outcome === 'ended' ? answer.sessions : [] }
      }
    }
  }
}
