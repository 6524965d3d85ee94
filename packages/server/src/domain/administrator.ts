import type { EpochMs } from './ids.ts'

/**
 * What an administrator may do, from least to most: `read_only` sees, `support` also helps members (sessions, blocks,
 * approvals), `owner` does everything.
 */
export const administratorRoles = ['read_only', 'support', 'owner'] as const

export type AdministratorRole = (typeof administratorRoles)[number]

/** Whether a role includes another. */
export function roleIncludes(role: AdministratorRole, needed: AdministratorRole): boolean {
  return administratorRoles.indexOf(role) >= administratorRoles.indexOf(needed)
}

/** An administrator, as far as the service knows one: a key, without its secret. */
export interface AdministratorKey {
  /** A GUID. Opens nothing. */
  readonly id: string
  readonly name: string
  readonly role: AdministratorRole
  readonly createdAt: EpochMs
}

/** Whether a key may be removed: somebody who may do everything has to remain, or nobody could ever be added again. */
export function mayRemove(
  key: Pick<AdministratorKey, 'id'>,
  all: readonly Pick<AdministratorKey, 'id' | 'role'>[],
): boolean {
  return all.some(({ id, role }) => role === 'owner' && id !== key.id)
}
