import { expect, test } from 'vitest'
import type { AuditQuery, AuditRecord } from '../../src/ports/storage.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

const all = { order: 'oldest', cursor: null, limit: 1000 } as const

export function auditSearchConformance(open: OpenWorld): void {
  test('a question without conditions finds every record, in either order', async () => {
    await using world = await open()
    await aBusyDay(world)
    const records = await world.storage.readAudit(0, 1000)
    expect(await world.storage.queryAudit(all)).toEqual({ records, next: null })
    const newest = { ...all, order: 'newest' } as const
    expect(await world.storage.queryAudit(newest)).toEqual({ records: records.toReversed(), next: null })
  })

  test('each condition finds the records that fit in it, and no other', async () => {
    await using world = await open()
    const { member, session, client } = await aBusyDay(world)
    const records = await world.storage.readAudit(0, 1000)
    const { id: keyId } = world.administratorKey
    const conditions: readonly (readonly [Partial<AuditQuery>, (record: AuditRecord) => boolean])[] = [
      [{ memberId: member.id }, ({ memberId }) => memberId === member.id],
      [{ sessionId: session.id }, ({ sessionId }) => sessionId === session.id],
      [{ clientId: client.id }, ({ clientId }) => clientId === client.id],
      [{ event: 'session.ended' }, ({ event }) => event === 'session.ended'],
      [{ cause: 'blocked' }, ({ cause }) => cause === 'blocked'],
      [{ actor: { kind: 'system' } }, ({ actor }) => actor.kind === 'system'],
      [{ actor: { id: keyId } }, ({ actor }) => actor.kind !== 'system' && actor.id === keyId],
      [{ actor: { kind: 'member', id: member.id } }, ({ actor }) => actor.kind === 'member' && actor.id === member.id],
      [
        { event: 'session.ended', cause: 'logout', memberId: member.id },
        ({ event, cause, memberId }) => event === 'session.ended' && cause === 'logout' && memberId === member.id,
      ],
    ]
    for (const [condition, fits] of conditions) {
      const expected = records.filter(fits)
      expect(expected.length, JSON.stringify(condition)).toBeGreaterThan(0)
      expect(expected.length, JSON.stringify(condition)).toBeLessThan(records.length)
      expect((await world.storage.queryAudit({ ...all, ...condition })).records).toEqual(expected)
    }
    const nothing = { ...all, cause: 'signal' } as const
    expect(await world.storage.queryAudit(nothing)).toEqual({ records: [], next: null })
  })

  test('pages in either order hold every record once, also those that are written in between', async () => {
    await using world = await open()
    const { member } = await aBusyDay(world)
    for (const order of ['oldest', 'newest'] as const) {
      const expected = await world.storage.readAudit(0, 1000)
      const found: AuditRecord[] = []
      let cursor: number | null = null
      do {
        const page = await world.storage.queryAudit({ order, cursor, limit: 3 })
        expect(page.records.length).toBeLessThanOrEqual(3)
        found.push(...page.records)
        cursor = page.next
        if (found.length === 3) await world.addSession(member)
      } while (cursor !== null)
      if (order === 'newest') expect(found).toEqual(expected.toReversed())
      else expect(found).toEqual([...expected, ...(await world.storage.readAudit(expected.length, 10))])
    }
  })

  test('who has read everything from the oldest on goes on behind the last record that they have', async () => {
    await using world = await open()
    const { member } = await aBusyDay(world)
    const { records } = await world.storage.queryAudit(all)
    const cursor = records.at(-1)?.n ?? 0
    expect(await world.storage.queryAudit({ ...all, cursor })).toEqual({ records: [], next: null })
    const session = await world.addSession(member)
    const { records: further } = await world.storage.queryAudit({ ...all, cursor })
    expect(further).toMatchObject([{ event: 'session.started', sessionId: session.id }])
  })

  test('times find what was recorded from the one on and before the other', async () => {
    await using world = await open()
    const member = await world.addMember()
    const begun = world.clock.now()
    for (let hours = 1; hours <= 48; hours += 1) {
      world.clock.set(begun + hours * hour)
      await world.addSession(member)
    }
    const hoursOf = async (query: Partial<AuditQuery>) => {
      const { records } = await world.storage.queryAudit({ ...all, event: 'session.started', ...query })
      return records.map(({ at }) => (at - begun) / hour)
    }
    const between = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
    expect(await hoursOf({ from: begun + 40 * hour })).toEqual(between(40, 49))
    expect(await hoursOf({ from: begun + 40 * hour + 1 })).toEqual(between(41, 49))
    expect(await hoursOf({ to: begun + 3 * hour })).toEqual(between(1, 3))
    expect(await hoursOf({ to: begun + 3 * hour + 1 })).toEqual(between(1, 4))
    expect(await hoursOf({ from: begun + 10 * hour, to: begun + 12 * hour })).toEqual([10, 11])
    expect(await hoursOf({ from: begun + 10 * hour, to: begun + 12 * hour, order: 'newest' })).toEqual([11, 10])
    expect(await hoursOf({ from: begun + 12 * hour, to: begun + 10 * hour })).toEqual([])
    expect(await hoursOf({ from: begun + 49 * hour })).toEqual([])
    expect(await hoursOf({ to: begun - day })).toEqual([])
    expect(await hoursOf({ from: begun - day, to: begun + 49 * hour })).toEqual(between(1, 49))
  })

  test('records that were written in another order than their times, by up to a minute, are found by them', async () => {
    await using world = await open()
    const member = await world.addMember()
    const begun = world.clock.now()
    // Requests that were long under way, and a clock that was put right.
    const seconds = [0, 50, 3, 60, 0, 100, 45, 130, 71, 200, 141, 300]
    for (const second of seconds) {
      world.clock.set(begun + second * 1000)
      await world.addSession(member)
    }
    for (let from = 0; from <= 310; from += 5) {
      const to = from + 40
      const query = { ...all, event: 'session.started', from: begun + from * 1000, to: begun + to * 1000 } as const
      const { records } = await world.storage.queryAudit(query)
      const expected = seconds.filter((second) => second >= from && second < to)
      expect(
        records.map(({ at }) => (at - begun) / 1000),
        `from ${from} s`,
      ).toEqual(expected)
    }
  })

  test('a page looks at a stretch of the log and says how far, so that the rest is found by the next ones', async () => {
    await using world = await open()
    const { member } = await aBusyDay(world)
    const first = await world.storage.readAudit(0, 1000)
    await addRecords(world, 110_000)
    world.clock.advance(hour)
    const session = await world.addSession(member)
    const expected = [
      ...first.filter(({ memberId }) => memberId === member.id).map(({ sessionId }) => sessionId),
      session.id,
    ]
    for (const order of ['oldest', 'newest'] as const) {
      let pages = 0
      const found: (number | null)[] = []
      let cursor: number | null = null
      do {
        const page = await world.storage.queryAudit({ order, cursor, limit: 100, memberId: member.id })
        found.push(...page.records.map(({ sessionId }) => sessionId))
        pages += 1
        cursor = page.next
      } while (cursor !== null)
      expect(found).toEqual(order === 'oldest' ? expected : expected.toReversed())
      expect(pages).toBeGreaterThan(1)
      expect(pages).toBeLessThan(10)
    }
    // A time leads past what lies before it.
    const recent = { order: 'oldest', cursor: null, limit: 100, memberId: member.id, from: world.clock.now() } as const
    const { records } = await world.storage.queryAudit(recent)
    expect(records).toMatchObject([{ sessionId: session.id }])
  })

  test('an audit log that is empty is no error', async () => {
    await using world = await open()
    await world.database.execute('DELETE FROM audit')
    for (const order of ['oldest', 'newest'] as const) {
      const query = { order, cursor: null, limit: 10, from: 0, to: world.clock.now() + minute }
      expect(await world.storage.queryAudit(query)).toEqual({ records: [], next: null })
    }
  })
}

/** Records of the system, all of this moment. */
async function addRecords(world: World, count: number): Promise<void> {
  await world.database.execute(`
    INSERT INTO audit (at, site_id, event, actor_kind, request_id, grants_ended, refresh_tokens_ended, notices_owed)
    WITH RECURSIVE each(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < ${count})
    SELECT ${world.clock.now()}, '${world.site.id}', 'keys.rotated', 'system', 'request', 0, 0, 0 FROM each`)
}

/** Something of every kind: two members who log in and out, a block, an end of everyone. */
async function aBusyDay(world: World) {
  const client = await world.addClient()
  const member = await world.addMember()
  const session = await world.addSession(member)
  await world.addGrant(session, client)
  const other = await world.addSession(await world.addMember())
  await world.addGrant(other)
  world.clock.advance(minute)
  await world.end({ by: 'id', id: session.id })
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  await world.storage.blockMember({ ...world.asked(), memberId: other.member.id, actor })
  await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')
  await world.addSession(member)
  return { client, member, session }
}
