import type { EpochMs, MemberId, SiteId } from './ids.ts'

/** A person who can log in. */
export interface Member {
  readonly id: MemberId
  readonly siteId: SiteId
  /** As the member wrote it. */
  readonly email: string
  /** What makes an address unique; see `normalizeEmail`. */
  readonly emailKey: string
  readonly emailVerified: boolean
  readonly status: MemberStatus
  readonly statusReasons: readonly MemberStatusReason[]
  readonly passwordHash: string | null
  /** The identity profile as the wire has it. Only what the member or an administrator gave. */
  readonly profile: Readonly<Record<string, unknown>>
  /** Raising it ends every session that carries a lower one. */
  readonly generation: number
  readonly revision: number
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
}

export const memberStatuses = ['ACTIVE', 'PENDING', 'BLOCKED', 'DELETED', 'OFFLINE'] as const

export type MemberStatus = (typeof memberStatuses)[number]
export type MemberStatusReason = 'PENDING_ADMIN_APPROVAL_REQUIRED' | 'PENDING_EMAIL_VERIFICATION_REQUIRED'
