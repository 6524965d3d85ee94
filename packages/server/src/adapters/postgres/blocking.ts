import { statusOnceBlocked, statusOnceUnblocked } from '../../domain/blocking.ts'
import type { MemberBlocked, MemberBlocking, MemberUnblocked } from '../../ports/storage.ts'
import type { Work } from './work.ts'

/** Blocks a member and ends every session of theirs. The member is held until the commit, so that no start comes between. */
export function blockMember({ memberId, actor, mails = [], ...asked }: MemberBlocking): Work<MemberBlocked> {
  return (needs) => {
    needs.memberToChange(memberId)
    return (loaded, changes) => {
      const member = loaded.member(memberId)
      if (member === undefined) return () => ({ outcome: 'unknown' })
      const status = statusOnceBlocked(member.status)
      if (status === undefined) return () => ({ outcome: 'deleted' })
      const all = changes.end({ by: 'member', memberId }, { ...asked, cause: 'blocked', actor })
      loaded.endAllBut(memberId, null, 'blocked')
      if (status !== member.status) {
        member.status = status
        changes.changeMember(memberId, { status, at: asked.at })
        changes.mails.push(...mails)
        changes.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })
      }
      return (ended) => {
        const answer = ended.answer(all)
        return { outcome: 'blocked', ended: answer.outcome === 'ended' ? answer.sessions : [] }
      }
    }
  }
}

/** Lifts a block. */
export function unblockMember({ memberId, actor, mails = [], ...asked }: MemberBlocking): Work<MemberUnblocked> {
  return (needs) => {
    needs.memberToChange(memberId)
    return (loaded, changes) => {
      const member = loaded.member(memberId)
      if (member === undefined) return () => ({ outcome: 'unknown' })
      const status = statusOnceUnblocked(member)
      if (status === undefined) return () => ({ outcome: 'deleted' })
      if (status !== member.status) {
        member.status = status
        changes.changeMember(memberId, { status, at: asked.at })
        changes.mails.push(...mails)
        changes.tell({ ...asked, siteId: member.siteId, event: 'member.unblocked', actor, memberId })
      }
      return () => ({ outcome: 'unblocked', status })
    }
  }
}
