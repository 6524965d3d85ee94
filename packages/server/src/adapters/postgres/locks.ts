import type { Statement } from './parameters.ts'

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

/** Where the locks of programs begin: above it, the version of the schema that a program knows. */
const programs = 1000

/** A program that knows a version of the schema, for as long as its connection lives. Shared: there may be many. */
export function programLock(known: number): Statement {
  return { text: `SELECT pg_advisory_lock_shared(${ours}, $1::int)`, parameters: [programs + known] }
}

/** Keeps programs that know an older version than this away until the end of the transaction; says which are there. */
export function programsKeptAway(older: number): Statement {
  return {
    text: `
      SELECT v AS known, pg_try_advisory_xact_lock(${ours}, ${programs} + v)::int AS free
      FROM generate_series(1, $1::int - 1) v`,
    parameters: [older],
  }
}

/** Waits ten milliseconds. */
export const aMoment: Statement = { text: 'SELECT pg_sleep(0.01)', parameters: [] }

/** The connections of other programs that know an older version than this. Who keeps programs away holds no shared lock. */
export function programsOlderThan(version: number): Statement {
  return {
    text: `
      SELECT l.pid, l.objid::bigint - ${programs} AS known, coalesce(host(a.client_addr), 'a local socket') AS address
      FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.classid = ${ours} AND l.objsubid = 2 AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.mode = 'ShareLock' AND l.objid::bigint > ${programs} AND l.objid::bigint < ${programs} + $1::bigint
      ORDER BY l.pid`,
    parameters: [version],
  }
}
