/** What is done for the database's own sake, apart from requests: in transactions of their own that nobody waits for. */
import { type Cause, causeOf } from '../../domain/cause.ts'
import { familiarNetworkKeptMs } from '../../domain/familiar-network.ts'
import type { EpochMs, SessionId } from '../../domain/ids.ts'
import { judgeSession, nextLimit, passedLimit, type SessionFacts } from '../../domain/session.ts'
import type { OverdueSessions } from '../../ports/storage.ts'
import { integer, type Row } from '../stored/row.ts'
import type { Connection } from './connection.ts'
import { arrayOf, lookUp } from './parameters.ts'
import { factsStatement, foundOf, type Naming } from './session-facts.ts'
import { commitWith } from './transaction.ts'

const day = 24 * 60 * 60 * 1000

/** How long the details of an ended session are kept for people who ask what happened. */
const endedSessionsKeptMs = 30 * day
/** How long it is told whether a notice has arrived, or can be tried again: it names a session that has ended. */
const noticesKeptMs = endedSessionsKeptMs
/** How long it is told to whom a mail was sent, or why not; and how long one waits where nobody sends any. */
const mailsKeptMs = 30 * day
/** How long after its expiry a used code or ticket is still told apart from an unknown one. */
const expiredSecretsKeptMs = day

/**
 * An end may be forgotten only together with what it ended, never before it: where a row is missing, its credential is
 * refused. So entries go in the order of the log, each with its session or grant, in one statement. Of several nodes that
 * prune at once, each takes rows of its own.
 */
const pruneLog = `
  WITH old AS (
    SELECT n, kind, session_id, grant_id FROM revocation_log
    WHERE n = ANY (ARRAY(SELECT n FROM revocation_log ORDER BY n LIMIT $1::bigint)) AND at <= $2 AND until <= $3
    ORDER BY n FOR UPDATE SKIP LOCKED
  ), gone_grant AS (
    SELECT g.id FROM old o ${lookUp('client_grant', 'g', 'x.session_id = o.session_id')} WHERE o.kind = 'session'
    UNION ALL SELECT o.grant_id FROM old o WHERE o.kind = 'grant'
  ), forgotten_grant AS (
    DELETE FROM client_grant WHERE id = ANY (ARRAY(SELECT id FROM gone_grant))
  ), forgotten_token AS (
    DELETE FROM refresh_token WHERE grant_id = ANY (ARRAY(SELECT id FROM gone_grant))
  ), forgotten_secret AS (
    DELETE FROM former_secret WHERE session_id = ANY (ARRAY(SELECT session_id FROM old WHERE kind = 'session'))
  ), forgotten_session AS (
    DELETE FROM session WHERE id = ANY (ARRAY(SELECT session_id FROM old WHERE kind = 'session'))
  ), forgotten_entry AS (
    DELETE FROM revocation_log WHERE n = ANY (ARRAY(SELECT n FROM old))
  )
  SELECT count(*) AS pruned FROM old`

const pruneExpired = (
  [
    ['authorization_code', 'hash', 'expires_at'],
    ['ticket', 'hash', 'expires_at'],
    ['redirect_session', 'hash', 'expires_at'],
    ['challenge', 'id', 'expires_at'],
    ['visitor_tombstone', 'visitor_id', 'until'],
    ['throttle', 'key', 'expires_at'],
  ] as const
).map(
  ([table, key, column]) => `
    WITH old AS (
      SELECT ${key} FROM ${table} WHERE ${column} <= $1 ORDER BY ${column} LIMIT $2::bigint FOR UPDATE SKIP LOCKED
    ), forgotten AS (DELETE FROM ${table} WHERE ${key} = ANY (ARRAY(SELECT ${key} FROM old)) RETURNING 1)
    SELECT count(*) AS pruned FROM forgotten`,
)

const pruneMails = (
  [
    [`state <> 'pending'`, 'settled_at'],
    [`state = 'pending'`, 'next_attempt_at'],
  ] as const
).map(
  ([which, column]) => `
    WITH old AS (
      SELECT id FROM mail WHERE ${which} AND ${column} <= $1::bigint
      ORDER BY ${column} LIMIT $2::bigint FOR UPDATE SKIP LOCKED
    ), forgotten AS (DELETE FROM mail WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1)
    SELECT count(*) AS pruned FROM forgotten`,
)
const pruneNetworks = `
  WITH old AS (
    SELECT member_id, network FROM familiar_network WHERE used_at <= $1 ORDER BY used_at LIMIT $2::bigint
    FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM familiar_network x USING old o WHERE x.member_id = o.member_id AND x.network = o.network RETURNING 1
  )
  SELECT count(*) AS pruned FROM forgotten`

const pruneNotices = `
  WITH old AS (
    SELECT id FROM notice WHERE state <> 'pending' AND settled_at <= $1::bigint
    ORDER BY settled_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
  ), forgotten AS (DELETE FROM notice WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING 1)
  SELECT count(*) AS pruned FROM forgotten`

/** Prunes up to `limit` entries of the log and up to as many rows of each short-lived kind; says how many went. */
export async function prune(connection: Connection, at: EpochMs, limit: number): Promise<number> {
  const answers = await commitWith(
    connection,
    [
      { text: pruneLog, parameters: [limit, at - endedSessionsKeptMs, at] },
      ...pruneExpired.map((text) => ({ text, parameters: [at - expiredSecretsKeptMs, limit] })),
      { text: pruneNotices, parameters: [at - noticesKeptMs, limit] },
      ...pruneMails.map((text) => ({ text, parameters: [at - mailsKeptMs, limit] })),
      { text: pruneNetworks, parameters: [at - familiarNetworkKeptMs, limit] },
    ],
    false,
  )
  return answers.reduce((sum, [row]) => sum + (row === undefined ? 0 : integer(row, 'pruned')), 0)
}

const pruneAuditText = `
  WITH old AS (
    SELECT n FROM audit
    WHERE n = ANY (ARRAY(SELECT n FROM audit ORDER BY n LIMIT $1::bigint)) AND at < $2 AND n < (SELECT max(n) FROM audit)
    FOR UPDATE SKIP LOCKED
  ), gone AS (DELETE FROM audit WHERE n = ANY (ARRAY(SELECT n FROM old)) RETURNING 1)
  SELECT count(*) AS pruned FROM gone`

/** Deletes up to `limit` of the oldest audit records, but never the newest. */
export async function pruneAudit(connection: Connection, before: EpochMs, limit: number): Promise<number> {
  const answers = await commitWith(connection, [{ text: pruneAuditText, parameters: [limit, before] }], false)
  return answers.reduce((sum, [row]) => sum + (row === undefined ? 0 : integer(row, 'pruned')), 0)
}

const belowGeneration = `
  SELECT s.id FROM site t JOIN session s ON s.site_id = t.id
  WHERE s.look_at IS NOT NULL AND s.site_generation < t.generation LIMIT $1::bigint`

const toLookAt = 'SELECT id FROM session WHERE look_at <= $1 ORDER BY look_at LIMIT $2::bigint'

const lookAgain = `
  UPDATE session s SET look_at = r.look_at FROM unnest($1::bigint[], $2::bigint[]) AS r(id, look_at)
  WHERE s.id = ANY ($1::bigint[]) AND s.id = r.id`

/** Looks at sessions whose time may have come and names those that are over without an end on record. */
export async function findOverdue(connection: Connection, at: EpochMs, limit: number): Promise<OverdueSessions> {
  // An end of everyone at once names no sessions: they are found by their generation, long before a limit of theirs.
  const rows = [...(await connection.rows(belowGeneration, [limit]))]
  if (rows.length < limit) rows.push(...(await connection.rows(toLookAt, [at, limit - rows.length])))
  const ids = [...new Set(rows.map((row) => integer(row, 'id') as SessionId))]
  const names: readonly Naming[] = ids.map((id) => ({ by: 'id', id }))
  const statement = factsStatement(names)
  const found = ids.length === 0 ? [] : foundOf(names, (await connection.run(statement)).rows, () => at)
  const siteEnds = await connection.rows(
    `SELECT generation, cause FROM revocation_log WHERE kind = 'site' ORDER BY generation`,
  )
  const overdue: { readonly id: SessionId; readonly cause: Cause }[] = []
  const again: { readonly id: SessionId; readonly at: EpochMs | null }[] = []
  for (const [index, id] of ids.entries()) {
    const facts = found[index]?.facts
    // Without its member or site a session is over for good, and so is one with an end on record.
    if (facts === undefined || facts.ended !== null) {
      again.push({ id, at: null })
      continue
    }
    const cause = causeOfOverdue(facts, at, siteEnds)
    if (cause === undefined) again.push({ id, at: Math.max(nextLimit(facts.session), at + 1) })
    else overdue.push({ id, cause })
  }
  if (again.length > 0) {
    const parameters = [arrayOf(again.map(({ id }) => id)), arrayOf(again.map((each) => each.at))]
    await commitWith(connection, [{ text: lookAgain, parameters }], false)
  }
  return { overdue, more: rows.length === limit }
}

/** Why a session without an end on record has to be ended, if it has to be. */
function causeOfOverdue(facts: SessionFacts, at: EpochMs, siteEnds: readonly Row[]): Cause | undefined {
  const standing = judgeSession(facts)
  if (standing.state === 'over' && standing.because === 'generation') {
    const end = siteEnds.find((row) => integer(row, 'generation') > facts.session.siteGeneration)
    return end === undefined ? 'logout_everywhere' : causeOf(integer(end, 'cause'))
  }
  // A member who is not active may become so again, and finds the session alive; its limits count meanwhile.
  return passedLimit(facts.session, at)
}
