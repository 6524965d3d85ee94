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
