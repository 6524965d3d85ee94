import { expect } from 'vitest'
import type { Sid } from '../../src/domain/ids.ts'
import type { TestDatabase } from '../storage-conformance/test-database.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'

/**
 * What must hold of a database at any time, whatever happened to the process before: the log verifies; each session and
 * grant is wholly alive or wholly ended, with its entry, its audit record and the notices that its grants are owed.
 *
 * For databases from which nothing was pruned.
 */
export async function expectInvariants(database: TestDatabase): Promise<void> {
  const { storage } = database
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
  const clients = new Map((await storage.listClients()).map((client) => [client.id, client]))
  const grants = await database.grants()
  const clientOf = new Map(grants.map(({ sid, clientId }) => [sid, clients.get(clientId)]))
  const wanted = (sid: Sid) => {
    const client = clientOf.get(sid)
    return Number(client?.backchannelLogoutUri != null) + Number(client?.logoutUrl != null)
  }
  for (const [index, entry] of entries.entries()) {
    const owed = (notices.get(entry.n) ?? []).map(({ sid }) => sid)
    expect(owed).toEqual(entry.sids.flatMap((sid) => Array.from({ length: wanted(sid) }, () => sid)))
    expect(ends[index]).toMatchObject({ noticesOwed: owed.length, grantsEnded: entry.sids.length })
  }
  expect([...notices.values()].flat()).toHaveLength(ends.reduce((sum, { noticesOwed }) => sum + noticesOwed, 0))

  const endedSessions = entries.filter(({ kind }) => kind === 'session').map(({ sessionId }) => sessionId)
  expect(new Set(endedSessions).size).toBe(endedSessions.length)
  const endedSids = entries.flatMap(({ sids }) => sids)
  expect(new Set(endedSids).size).toBe(endedSids.length)
  // Asked all at once: one after the other they would be a round trip each to PostgreSQL.
  const sessionsOver = (await database.sessions()).map(async (id) => {
    const facts = await storage.check({ by: 'id', id })
    return facts?.ended === null ? [] : [id]
  })
  expect(new Set((await Promise.all(sessionsOver)).flat())).toEqual(new Set(endedSessions))
  const sidsOver = grants.map(async ({ sid }) => {
    const facts = await storage.check({ by: 'sid', sid })
    return facts?.ended === null && facts.grant?.ended === null ? [] : [sid]
  })
  expect(new Set((await Promise.all(sidsOver)).flat())).toEqual(new Set(endedSids))

  // A code that was used has its grant, and a grant its record.
  for (const { isSpent, grantId } of await database.codes()) expect(isSpent).toBe(grantId !== null)
  expect(audit.filter(({ event }) => event === 'grant.opened')).toHaveLength(grants.length)
}
