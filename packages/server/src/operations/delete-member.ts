import type { MemberId } from '../domain/ids.ts'
import type { EndedSession } from '../ports/storage.ts'
import type { Administrator } from './administration.ts'
import { noSuchMember } from './find-members.ts'
import type { Service } from './service.ts'

/**
 * Deletes a member for good: from the commit on nothing of theirs is accepted, and nothing personal is stored. Asked again it
 * is a success, so that an answer that was lost can be had again.
 *
 * @returns The sessions that ended with it.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there never was such a member.
 * @throws {StorageUnavailable} When the deletion is not durable.
 */
export async function deleteMember(
  { storage, clock }: Service,
  { keyId }: Administrator,
  { memberId, requestId }: { readonly memberId: MemberId; readonly requestId: string },
): Promise<readonly EndedSession[]> {
  const actor = { kind: 'administrator', id: keyId } as const
  const deleted = await storage.deleteMember({ memberId, actor, at: clock.now(), requestId })
  if (deleted.outcome === 'unknown') throw noSuchMember()
  return deleted.ended
}
