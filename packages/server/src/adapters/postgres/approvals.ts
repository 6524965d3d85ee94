import { isSameStanding, type MemberStanding, onceApproved, onceRejected } from '../../domain/waiting.ts'
import type { ApprovalDecision, Approvals, MemberApproved, MemberRejected } from '../../ports/storage.ts'
import type { Access } from './access.ts'
import type { Changes } from './changes.ts'
import type { LoadedMember } from './loaded.ts'
import type { Work } from './work.ts'

/** Approvals and rejections. The member is held until the commit. */
export function approvalMethods({ commit }: Access): Approvals {
  return {
    approveMember: (decision) => commit(approveMember(decision)),
    rejectMember: (decision) => commit(rejectMember(decision), 'ends_many'),
  }
}

function approveMember(decision: ApprovalDecision): Work<MemberApproved> {
  const { memberId } = decision
  return (needs) => {
    needs.memberToChange(memberId)
    return (loaded, changes) => {
      const member = loaded.member(memberId)
      if (member === undefined) return () => ({ outcome: 'unknown' })
      const standing = onceApproved(member)
      if (standing === undefined) return () => ({ outcome: 'deleted' })
      decide(changes, member, standing, 'member.approved', decision)
      return () => ({ outcome: 'approved', standing })
    }
  }
}

function rejectMember(decision: ApprovalDecision): Work<MemberRejected> {
  const { memberId, actor, at, requestId } = decision
  return (needs) => {
    needs.memberToChange(memberId)
    return (loaded, changes) => {
      const member = loaded.member(memberId)
      if (member === undefined) return () => ({ outcome: 'unknown' })
      const standing = onceRejected(member)
      if (standing === undefined) return () => ({ outcome: 'not_waiting' })
      const all = changes.end({ by: 'member', memberId }, { at, requestId, cause: 'admin', actor })
      loaded.endAllBut(memberId, null, 'admin')
      loaded.makeChallengesVoid(memberId, 'all', at)
      changes.makeChallengesVoid(memberId, 'all', at)
      decide(changes, member, standing, 'member.rejected', decision)
      return (ended) => {
        const answer = ended.answer(all)
        return { outcome: 'rejected', standing, ended: answer.outcome === 'ended' ? answer.sessions : [] }
      }
    }
  }
}

/** Writes a decision that changes something, and tells of it. */
function decide(
  changes: Changes,
  member: LoadedMember,
  standing: MemberStanding,
  event: 'member.approved' | 'member.rejected',
  { memberId, actor, mails, at, requestId }: ApprovalDecision,
): void {
  if (isSameStanding(member, standing)) return
  const { status, statusReasons } = standing
  member.status = status
  member.statusReasons = statusReasons
  changes.changeMember(memberId, { status, statusReasons, at })
  changes.mails.push(...mails)
  changes.tell({ at, requestId, siteId: member.siteId, event, actor, memberId })
}
