/** What a new member waits for before they are let in, and what is left of it once a part has come. */
import type { Member, MemberStatus, MemberStatusReason } from './member.ts'
import type { SiteSettings } from './site.ts'

/** What decides whether a member may act. */
export type MemberStanding = Pick<Member, 'status' | 'statusReasons'>

/** What a member who registers now has to wait for. */
export function reasonsToWait({
  requireEmailVerification,
  requireOwnerApproval,
}: Pick<SiteSettings, 'requireEmailVerification' | 'requireOwnerApproval'>): readonly MemberStatusReason[] {
  return [
    ...(requireEmailVerification ? (['PENDING_EMAIL_VERIFICATION_REQUIRED'] as const) : []),
    ...(requireOwnerApproval ? (['PENDING_ADMIN_APPROVAL_REQUIRED'] as const) : []),
  ]
}

/** The status of a member who is neither blocked nor gone. */
export function statusWaitingFor(reasons: readonly MemberStatusReason[]): MemberStatus {
  return reasons.length === 0 ? 'ACTIVE' : 'PENDING'
}

/** Whether a member may act or will be able to once what they wait for has come: neither blocked nor rejected nor gone. */
export function isInService({ status }: Pick<MemberStanding, 'status'>): boolean {
  return status === 'ACTIVE' || status === 'PENDING'
}

export function isSameStanding(one: MemberStanding, other: MemberStanding): boolean {
  return one.status === other.status && one.statusReasons.length === other.statusReasons.length
}

/**
 * What a waiting member is told to do first: to prove the address. The owner is asked only about people who have, so that
 * nobody can have the owner written to in the name of others. `undefined` for a member who does not wait.
 */
export function waitsFor({ status, statusReasons }: MemberStanding): 'address' | 'approval' | undefined {
  if (status !== 'PENDING') return undefined
  return statusReasons.includes('PENDING_EMAIL_VERIFICATION_REQUIRED') ? 'address' : 'approval'
}

/** The standing of a member once they have proven their address. Lets in nobody who is blocked, and approves nobody. */
export function onceProven(member: MemberStanding): MemberStanding {
  return without(member, 'PENDING_EMAIL_VERIFICATION_REQUIRED')
}

/**
 * The standing of a member once the owner has approved them, which is the one they have where nobody had to; `undefined` for
 * a deleted one. Somebody who was rejected before is approved after all. It proves no address and lifts no block.
 */
export function onceApproved(member: MemberStanding): MemberStanding | undefined {
  if (member.status === 'DELETED') return undefined
  const approved = without(member, 'PENDING_ADMIN_APPROVAL_REQUIRED')
  return isRejected(member) ? { ...approved, status: statusWaitingFor(approved.statusReasons) } : approved
}

/**
 * The standing of a member once the owner has rejected them; `undefined` for one about whom there is nothing to decide.
 *
 * They are kept, out of service and with the reason: their address does not become free for another try, and a change of
 * mind is an approval.
 */
export function onceRejected(member: MemberStanding): MemberStanding | undefined {
  const { statusReasons } = member
  if (isRejected(member)) return { status: 'OFFLINE', statusReasons }
  const isWaiting = member.status === 'PENDING' && statusReasons.includes('PENDING_ADMIN_APPROVAL_REQUIRED')
  return isWaiting ? { status: 'OFFLINE', statusReasons } : undefined
}

function isRejected({ status, statusReasons }: MemberStanding): boolean {
  return status === 'OFFLINE' && statusReasons.includes('PENDING_ADMIN_APPROVAL_REQUIRED')
}

function without({ status, statusReasons }: MemberStanding, reason: MemberStatusReason): MemberStanding {
  const left = statusReasons.filter((each) => each !== reason)
  if (left.length === statusReasons.length) return { status, statusReasons }
  return { status: status === 'PENDING' ? statusWaitingFor(left) : status, statusReasons: left }
}
