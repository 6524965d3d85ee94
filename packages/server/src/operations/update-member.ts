import type { MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { ChangeRefused } from '../domain/member-change.ts'
import type { ProfileChange } from '../domain/profile-change.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import { noSuchMember } from './find-members.ts'
import type { Service } from './service.ts'

export interface ProfileUpdate {
  readonly memberId: MemberId
  readonly profile: ProfileChange
  /** The one that the caller has seen; `null` where the change is right whatever came between. */
  readonly revision: number | null
  readonly requestId: string
}

/**
 * Changes some fields of a member's profile and leaves the others.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_DELETED` when they were deleted,
 *   `MEMBER_CHANGED` when somebody changed them since the caller looked.
 * @throws {StorageUnavailable} When the change is not durable.
 */
export async function updateMember(
  { storage, clock }: Service,
  { keyId }: Administrator,
  update: ProfileUpdate,
): Promise<Member> {
  const actor = { kind: 'administrator', id: keyId } as const
  const updated = await storage.updateMember({ ...update, actor, at: clock.now() })
  if (updated.outcome !== 'updated') throw refusalOfChange(updated.outcome)
  return updated.member
}

/** Why a member was not changed, for the caller. */
export function refusalOfChange(outcome: ChangeRefused['outcome']): ApplicationRefusal {
  if (outcome === 'unknown') return noSuchMember()
  return outcome === 'deleted'
    ? new ApplicationRefusal('MEMBER_DELETED', 'A member who was deleted cannot be changed')
    : new ApplicationRefusal('MEMBER_CHANGED', 'The member was changed since the revision that was given')
}
