import { expect } from 'vitest'
import type { SessionId } from '../../src/domain/ids.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import type { SqliteTestDatabase } from '../support/sqlite-test-database.ts'

/**
 * What must hold of a database at any time, whatever happened to the process before: the log verifies; each session and
 * grant is wholly alive or wholly ended, with its entry, its audit record and the notices that its grants are owed.
 *
 * For databases from which nothing was pruned.
 */
export async function expectInvariants(database: SqliteTestDatabase): Promise<void> {
  const { storage, connection } = database
  const log = await readWholeLog(storage)
  expect(problemOfLog(log)).toBeUndefined()

  const audit = await storage.readAudit(0, 1_000_000)
  const ends = audit.filter(({ event }) => event === 'session.ended' || event === 'grant.ended')
  const entries = log.entries.filter(({ kind }) => kind === 'session' || kind === 'grant')
  // Both are written in one order, so each record stands beside its entry.
  expect(ends.map(({ sessionId, cause, requestId }) => ({ sessionId, cause, requestId }))).toEqual(
    entries.map(({ sessionId, cause, requestId }) => ({ sessionId, cause, requestId })),
  )

  const notices = Map.groupBy(await database.notices(), ({ logN }) => logN)
  const wanted = connection.prepare(`
    SELECT (c.backchannel_logout_uri IS NOT NULL) + (c.logout_url IS NOT NULL) AS wanted
    FROM client_grant g JOIN client c ON c.id = g.client_id WHERE g.sid = ?`)
  for (const [index, entry] of entries.entries()) {
    const owed = (notices.get(entry.n) ?? []).map(({ sid }) => sid)
    expect(owed).toEqual(
      entry.sids.flatMap((sid) => Array.from({ length: Number(wanted.get(sid)?.['wanted']) }, () => sid)),
    )
    expect(ends[index]).toMatchObject({ noticesOwed: owed.length, grantsEnded: entry.sids.length })
  }
  expect([...notices.values()].flat()).toHaveLength(ends.reduce((sum, { noticesOwed }) => sum + noticesOwed, 0))

  const endedSessions = entries.filter(({ kind }) => kind === 'session').map(({ sessionId }) => sessionId)
  expect(new Set(endedSessions).size).toBe(endedSessions.length)
  const endedSids = entries.flatMap(({ sids }) => sids)
  expect(new Set(endedSids).size).toBe(endedSids.length)
  for (const { id } of connection.prepare('SELECT id FROM session').all()) {
    const sessionId = Number(id) as SessionId
    const facts = await storage.check({ by: 'id', id: sessionId })
    expect(facts?.ended !== null).toBe(endedSessions.includes(sessionId))
  }
  for (const { sid } of connection.prepare('SELECT sid FROM client_grant').all()) {
    const facts = await storage.check({ by: 'sid', sid: String(sid) as (typeof endedSids)[number] })
    const over = facts?.ended !== null || facts.grant?.ended !== null
    expect(over).toBe(endedSids.some((ended) => ended === sid))
  }

  // A code that was used has its grant, and a grant its record.
  const broken = connection
    .prepare('SELECT hash FROM authorization_code WHERE (spent_at IS NULL) <> (grant_id IS NULL)')
    .all()
  expect(broken).toEqual([])
  expect(audit.filter(({ event }) => event === 'grant.opened')).toHaveLength(await database.count('client_grant'))
}
