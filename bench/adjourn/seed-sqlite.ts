/**
 * Sessions written straight into Adjourn's SQLite schema, because five million of them by the public API would take a day.
 *
 * Every session is what a login by the official client leaves: a cookie secret, a grant of the first client and its refresh
 * token. The records in the audit log of how they came about are left out: nothing that is measured reads them.
 */
import { DatabaseSync } from 'node:sqlite'
import {
  day,
  idleMs,
  type KnownSession,
  makeKnownSessions,
  membersOf,
  overallMs,
  storedHash,
} from './known-sessions.ts'

export interface Seed {
  readonly sessions: number
  readonly known: number
  /** The hash of every member's password; `null` where nobody logs in. */
  readonly passwordHash: string | null
  /** Makes the first client one that wants to be told of logouts. */
  readonly backchannelLogoutUri?: string
}

/**
 * Fills a database in which Adjourn was started once and stopped.
 *
 * @returns The sessions whose secrets are known, spread evenly among all.
 */
export function seedSqlite(path: string, seed: Seed): readonly KnownSession[] {
  const { sessions } = seed
  const members = membersOf(sessions)
  const known = makeKnownSessions(seed.known)
  const now = Date.now()
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000')
    database.exec('CREATE TEMP TABLE known (id INTEGER PRIMARY KEY, secret BLOB, refresh BLOB, sid TEXT)')
    const insert = database.prepare('INSERT INTO known VALUES (?, ?, ?, ?)')
    database.exec('BEGIN')
    for (const [index, { secret, refreshToken, sid }] of known.entries()) {
      const id = Math.floor((index * sessions) / known.length) + 1
      insert.run(id, storedHash(secret), storedHash(refreshToken), sid)
    }
    database.exec('COMMIT')
    database.exec(`
      CREATE TEMP TABLE about AS
        SELECT s.id AS site_id, s.generation, c.id AS client_id FROM site s JOIN client c ON c.site_id = s.id LIMIT 1;
      BEGIN`)
    database
      .prepare(`
        WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < :members)
        INSERT INTO member (id, site_id, email, email_key, email_verified, status, status_reasons, password_hash, profile,
          generation, revision, created_at, updated_at)
        SELECT ${memberId('n')}, a.site_id, ${emailSql('n')}, ${emailSql('n')}, 1, 'ACTIVE', '[]', :password, '{}', 0, 1,
          :created, :created
        FROM series CROSS JOIN about a`)
      .run({ ':members': members, ':password': seed.passwordHash, ':created': now - day })
    withoutIndexes(database, 'session', () => {
      database
        .prepare(`
          WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < :sessions)
          INSERT INTO session (id, site_id, member_id, client_id, secret_hash, created_at, used_at, expires_at, idle_ms,
            claim_by, persistent, site_generation, member_generation, look_at)
          SELECT n, a.site_id, ${memberId('(n * 2654435761) % :members')}, a.client_id, coalesce(k.secret, randomblob(32)),
            :now, :now, :now + :overall, :idle, NULL, 1, a.generation, 0, :now + :idle
          FROM series CROSS JOIN about a LEFT JOIN known k ON k.id = n`)
        .run({ ':sessions': sessions, ':members': members, ':now': now, ':overall': overallMs, ':idle': idleMs })
    })
    withoutIndexes(database, 'client_grant', () => {
      database
        .prepare(`
          INSERT INTO client_grant (id, sid, session_id, client_id, scope, created_at)
          SELECT s.id, coalesce(k.sid, printf('%022x', s.id)), s.id, a.client_id, 'offline_access', :now
          FROM session s CROSS JOIN about a LEFT JOIN known k ON k.id = s.id`)
        .run({ ':now': now })
    })
    withoutIndexes(database, 'refresh_token', () => {
      database
        .prepare(`
          INSERT INTO refresh_token (hash, grant_id, created_at)
          SELECT coalesce(k.refresh, randomblob(32)) AS hash, g.id, :now
          FROM client_grant g LEFT JOIN known k ON k.id = g.id ORDER BY hash`)
        .run({ ':now': now })
    })
    if (seed.backchannelLogoutUri !== undefined) {
      database.prepare('UPDATE client SET backchannel_logout_uri = ?').run(seed.backchannelLogoutUri)
    }
    database.exec('COMMIT; PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
  return known
}

/**
 * Spreads the sessions' last uses over the last minute, as in a service that is used all the time: the next use is written
 * down once a minute has passed, so that at any moment some checks write and most do not.
 */
export function freshenSqlite(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
  database.prepare('UPDATE session SET used_at = ? - (id * 7919) % 60000').run(Date.now())
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

/** A GUID that names the number of a member. */
function memberId(number: string): string {
  return `printf('%08x-5eed-4000-8000-%012x', ${number}, ${number})`
}

/** The same as `emailOf`. */
function emailSql(number: string): string {
  return `printf('member-%07d@shop.example', ${number})`
}

/** Rows first and indexes afterwards: sorted once instead of at every row. */
function withoutIndexes(database: DatabaseSync, table: string, insert: () => void): void {
  const indexes = database
    .prepare(`SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
    .all(table)
  for (const { name } of indexes) database.exec(`DROP INDEX ${String(name)}`)
  insert()
  for (const { sql } of indexes) database.exec(String(sql))
}
