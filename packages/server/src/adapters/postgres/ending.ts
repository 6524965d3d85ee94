import type { EndAnswer, EndGrant, Ending, EndSession, GrantEndAnswer } from '../../ports/storage.ts'
import type { Role } from './commit-queue.ts'
import type { Needs } from './needs.ts'
import type { ItemToEnd } from './seal.ts'
import type { Work } from './work.ts'

type Done<Answer> = Exclude<Answer, { readonly outcome: 'failed' }>

/** Ends what a request names. Nothing is read for it first: that is the business of `seal.ts`. */
export function endSession({ what, mails = [], ...how }: EndSession): Work<Done<EndAnswer>> {
  return (needs) => {
    keepStarts(needs, what)
    return (_loaded, changes) => {
      const place = changes.end(itemOf(what), how)
      for (const mail of mails) changes.mailsOfEnds.push({ mail, requestId: how.requestId })
      return (ended) => ended.answer(place)
    }
  }
}

export function roleOfEnd({ what }: EndSession): Role {
  return what.by === 'member' || what.by === 'member_except' || what.by === 'everyone' ? 'ends_many' : 'neither'
}

/** Ends one client's share of a session. */
export function endGrant({ sid, ...how }: EndGrant): Work<Done<GrantEndAnswer>> {
  return () => (_loaded, changes) => {
    const place = changes.end({ by: 'grant', sid }, how)
    return (ended) => ({ outcome: ended.answer(place).outcome })
  }
}

/** Where many end at once, no session may be started beside it: it would be missed, and under the generation of before. */
function keepStarts(needs: Needs, what: Ending): void {
  if (what.by === 'member' || what.by === 'member_except') needs.memberToEnd(what.memberId)
  if (what.by === 'everyone') needs.siteToEnd(what.siteId)
}

function itemOf(what: Ending): ItemToEnd {
  return what
}
