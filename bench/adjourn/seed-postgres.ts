/**
 * Sessions written straight into Adjourn's PostgreSQL schema; what they are is said in `seed-sqlite.ts`.
 */
import type postgres from 'postgres'
import {
  day,
  idleMs,
  type KnownSession,
  makeKnownSessions,
  membersOf,
  overallMs,
  storedHash,
} from './known-sessions.ts'

/**
 * Fills a database in which Adjourn was started once and stopped.
 *
 * @returns The sessions whose secrets are known, spread evenly among all.
 */
export async function seedPostgres(
  sql: postgres.Sql,
  { sessions, known: count }: { readonly sessions: number; readonly known: number },
): Promise<readonly KnownSession[]> {
  const members = membersOf(sessions)
  const known = makeKnownSessions(count)
  const now = Date.now()
  const hex = (secret: string) => Buffer.from(storedHash(secret)).toString('hex')
  await sql`CREATE TEMP TABLE known (id bigint PRIMARY KEY, secret bytea, refresh bytea, sid text)`
  for (let from = 0; from < known.length; from += 10_000) {
    const part = known.slice(from, from + 10_000)
    await sql`
      INSERT INTO known SELECT id, decode(secret, 'hex'), decode(refresh, 'hex'), sid FROM unnest(
        ${part.map((_, index) => Math.floor(((from + index) * sessions) / known.length) + 1)}::bigint[],
        ${part.map(({ secret }) => hex(secret))}::text[],
        ${part.map(({ refreshToken }) => hex(refreshToken))}::text[],
        ${part.map(({ sid }) => sid)}::text[]) AS part (id, secret, refresh, sid)`
  }
  await sql.unsafe(`
    CREATE TEMP TABLE about AS
      SELECT s.id AS site_id, s.generation, c.id AS client_id FROM site s JOIN client c ON c.site_id = s.id LIMIT 1;

    INSERT INTO member (id, site_id, email, email_key, email_verified, status, status_reasons, password_hash, profile,
      generation, revision, created_at, updated_at)
    SELECT ${memberId('n')}, a.site_id, ${emailSql('n')}, ${emailSql('n')}, true, 'ACTIVE', '[]', NULL, '{}', 0, 1,
      ${now - day}, ${now - day}
    FROM generate_series(0, ${members - 1}) n, about a;

    INSERT INTO session (id, site_id, member_id, client_id, secret_hash, created_at, used_at, expires_at, idle_ms, claim_by,
      persistent, site_generation, member_generation, look_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, a.site_id, ${memberId(`(n::bigint * 2654435761) % ${members}`)}, a.client_id, coalesce(k.secret, ${randomHash}),
      ${now}, ${now}, ${now + overallMs}, ${idleMs}, NULL, true, a.generation, 0, ${now + idleMs}
    FROM generate_series(1, ${sessions}) n CROSS JOIN about a LEFT JOIN known k ON k.id = n ORDER BY n;

    INSERT INTO client_grant (id, sid, session_id, client_id, scope, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT s.id, coalesce(k.sid, substr(md5(random()::text), 1, 22)), s.id, a.client_id, 'offline_access', ${now}
    FROM session s CROSS JOIN about a LEFT JOIN known k ON k.id = s.id ORDER BY s.id;

    INSERT INTO refresh_token (hash, grant_id, created_at)
    SELECT coalesce(k.refresh, ${randomHash}), g.id, ${now} FROM client_grant g LEFT JOIN known k ON k.id = g.id;

    SELECT setval(pg_get_serial_sequence('session', 'id'), ${sessions}),
      setval(pg_get_serial_sequence('client_grant', 'id'), ${sessions});
    DROP TABLE known, about;`)
  return known
}

/** Spreads the sessions' last uses over the last minute; see `freshenSqlite`. */
export async function freshenPostgres(sql: postgres.Sql): Promise<void> {
  await sql`UPDATE session SET used_at = ${Date.now()}::bigint - (id * 7919) % 60000`
}

const randomHash = `sha256((random()::text || random()::text)::bytea)`

/** A GUID that names the number of a member. */
function memberId(number: string): string {
  const digits = (width: number) => `lpad(to_hex((${number})::bigint), ${width}, '0')`
  return `${digits(8)} || '-5eed-4000-8000-' || ${digits(12)}`
}

/** The same as `emailOf`. */
function emailSql(number: string): string {
  return `'member-' || lpad((${number})::text, 7, '0') || '@shop.example'`
}
