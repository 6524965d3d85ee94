import type { Member, MemberStatus } from './member.ts'
import { statusWaitingFor } from './waiting.ts'

/** The status of a member once blocked; `undefined` where nobody is there to be blocked: a deleted member stays deleted. */
export function statusOnceBlocked(status: MemberStatus): MemberStatus | undefined {
  return status === 'DELETED' ? undefined : 'BLOCKED'
}

/**
 * The status of a member once not blocked, which is the one they have where they are not; `undefined` for a deleted one.
 *
 * Who was waiting when they were blocked waits on: lifting a block approves nobody and proves no address.
 */
export function statusOnceUnblocked({
  status,
  statusReasons,
}: Pick<Member, 'status' | 'statusReasons'>): MemberStatus | undefined {
  if (status === 'DELETED') return undefined
  if (status !== 'BLOCKED') return status
  return statusWaitingFor(statusReasons)
}
