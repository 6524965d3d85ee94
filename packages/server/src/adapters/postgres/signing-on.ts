import { onceSignedOn } from '../../domain/sign-on.ts'
import type { MemberSignOn, SignedOn } from '../../ports/storage.ts'
import { addSession } from './starting.ts'
import type { Work } from './work.ts'

/**
 * Signs a member on. The member is added first, where the address is free, so that of two nodes the second waits for the first;
 * then whoever has the address is held until the commit.
 */
export function signOn({ member: given, session, actor, ...asked }: MemberSignOn): Work<SignedOn> {
  return (needs) => {
    const { siteId, emailKey } = given
    needs.registration(given)
    needs.addressToChange({ siteId, emailKey }, session.sessionsMost)
    needs.site(siteId)
    needs.number()
    return (loaded, changes) => {
      const answer = (signedOn: SignedOn) => () => signedOn
      const before = loaded.memberAt(siteId, emailKey)
      if (before === undefined) return answer({ outcome: 'address_moved' })
      const isNew = loaded.isRegistered(given.id)
      const member = isNew ? before : onceSignedOn(before, given, asked.at)
      if (member === undefined) return answer({ outcome: 'not_active', status: before.status })
      const said = { ...asked, siteId, actor, memberId: member.id }
      if (isNew) changes.tell({ ...said, event: 'member.registered' })
      else if (member !== before) {
        const { status, statusReasons, profile } = member
        const verified = member.emailVerified ? ({ emailVerified: true } as const) : {}
        changes.changeMember(member.id, { status, statusReasons, profile, ...verified, at: asked.at })
        loaded.keepMember(member)
        changes.tell({ ...said, event: before.status === 'PENDING' ? 'member.approved' : 'member.updated' })
      }
      const begun = { ...session, memberId: member.id }
      addSession(loaded, changes, begun, member.generation, asked, { actor })
      return answer({ outcome: 'signed_on', member })
    }
  }
}
