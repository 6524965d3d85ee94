import { isDeepStrictEqual } from 'node:util'
import type { EpochMs } from './ids.ts'
import type { Member } from './member.ts'
import { isInService } from './waiting.ts'

/**
 * A member as signing on leaves them; `undefined` for one who is blocked, rejected or gone, whom nobody can sign on.
 *
 * Whoever signs a member on vouches for them: one who waited, for whatever the site asks of people who register by themselves,
 * waits no more. Fields of the profile that are given take the place of what was there; a verified address stays verified.
 *
 * @param given - What is known of the member where they come from.
 */
export function onceSignedOn(
  member: Member,
  given: Pick<Member, 'profile' | 'emailVerified'>,
  at: EpochMs,
): Member | undefined {
  if (!isInService(member)) return undefined
  const signedOn: Member = {
    ...member,
    status: 'ACTIVE',
    statusReasons: [],
    emailVerified: member.emailVerified || given.emailVerified,
    profile: { ...member.profile, ...given.profile },
  }
  return isDeepStrictEqual(signedOn, member) ? member : { ...signedOn, revision: member.revision + 1, updatedAt: at }
}
