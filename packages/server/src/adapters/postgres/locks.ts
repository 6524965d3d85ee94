/**
 * Advisory locks: held until the end of their transaction, without a write to any page. The first number keeps them apart
 * from those of other applications in the same database.
 */
const ours = 0x41444a4e

/** Whoever changes the schema. */
export const migrationLock = `SELECT pg_advisory_xact_lock(${ours}, 0)`

/**
 * Whoever adds to the revocation log or the audit, from the last statements of the transaction to its commit. What is
 * numbered under it becomes visible in the order of its numbers, so a follower that reads on from the last one it saw
 * misses nothing.
 */
export const logLock = { text: `SELECT pg_advisory_xact_lock(${ours}, 1)`, parameters: [] } as const

/** Whoever makes the site. */
export const firstStartLock = { text: `SELECT pg_advisory_xact_lock(${ours}, 2)`, parameters: [] } as const
