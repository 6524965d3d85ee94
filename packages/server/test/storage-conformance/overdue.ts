import { expect, test } from 'vitest'
import { day, hour, minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function overdueConformance(open: OpenWorld): void {
  test('a session is overdue at exactly the limit that it passes, by that name', async () => {
    await using world = await open()
    const member = await world.addMember()
    const start = world.clock.now()
    const unclaimed = await world.addSessionWithTicket(member, 10 * minute)
    const idle = await world.addSession(member, { idleMs: hour })
    const expired = await world.addSession(member, { expiresAt: start + 2 * hour })
    expect(await overdue(world)).toEqual([])
    for (const [id, cause, after] of [
      [unclaimed.id, 'unclaimed', 10 * minute],
      [idle.id, 'idle', hour],
      [expired.id, 'expired', 2 * hour],
    ] as const) {
      world.clock.set(start + after - 1)
      expect(await overdue(world)).toEqual([])
      world.clock.set(start + after)
      expect(await overdue(world)).toEqual([{ id, cause }])
      await world.end({ by: 'id', id }, cause)
      expect(await overdue(world)).toEqual([])
    }
  })

  test('a session that was used is looked at again, and not ended before its time', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember(), { idleMs: hour })
    world.clock.advance(50 * minute)
    await world.storage.touchSession(session.id, world.clock.now())
    world.clock.advance(10 * minute)
    expect(await overdue(world)).toEqual([])
    world.clock.advance(50 * minute - 1)
    expect(await overdue(world)).toEqual([])
    world.clock.advance(1)
    expect(await overdue(world)).toEqual([{ id: session.id, cause: 'idle' }])
  })

  test('a session that was claimed is not ended as unclaimed', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode()))
    world.clock.advance(10 * minute)
    expect(await overdue(world)).toEqual([])
    world.clock.advance(30 * day)
    expect(await overdue(world)).toEqual([{ id: session.id, cause: 'idle' }])
  })

  test('an overdue session is named until its end is on record', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember(), { idleMs: minute })
    world.clock.advance(minute)
    for (const _ of [1, 2, 3]) expect(await overdue(world)).toEqual([{ id: session.id, cause: 'idle' }])
    await world.end({ by: 'id', id: session.id }, 'idle')
    for (const _ of [1, 2, 3]) expect(await overdue(world)).toEqual([])
  })

  test('a session of a member who is not active lives on within its limits, and not beyond', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember(), { idleMs: hour })
    await world.database.setMemberStatus(session.member.id, 'PENDING')
    expect(await overdue(world)).toEqual([])
    world.clock.advance(hour)
    expect(await overdue(world)).toEqual([{ id: session.id, cause: 'idle' }])
  })

  test('everyone’s sessions are overdue at once when everyone was ended, and later ones are not', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = [await world.addSession(member), await world.addSession(member, { idleMs: minute })]
    world.clock.advance(minute)
    await world.end({ by: 'everyone', siteId: world.site.id }, 'logout_everywhere')
    await world.addSession(member)
    const named = await overdue(world)
    expect(named.toSorted((a, b) => a.id - b.id)).toEqual(
      sessions.map(({ id }) => ({ id, cause: 'logout_everywhere' })),
    )
  })

  test('many overdue sessions are named in portions, and all come to their end', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = await Promise.all(
      Array.from({ length: 23 }, (_, index) =>
        world.addSession(member, index % 2 === 0 ? { idleMs: minute } : { expiresAt: world.clock.now() + minute }),
      ),
    )
    await world.addSession(member)
    world.clock.advance(minute)
    const ended: number[] = []
    for (let rounds = 0; rounds < 20; rounds += 1) {
      const found = await world.storage.findOverdueSessions(world.clock.now(), 5)
      expect(found.overdue.length).toBeLessThanOrEqual(5)
      const answers = await world.storage.endSessions(
        found.overdue.map(({ id, cause }) => world.anEnd({ by: 'id', id }, { cause, actor: { kind: 'system' } })),
      )
      for (const answer of answers) {
        if (answer.outcome === 'ended') ended.push(...answer.sessions.map(({ id }) => id))
      }
      if (!found.more) break
    }
    expect(ended.toSorted((a, b) => a - b)).toEqual(sessions.map(({ id }) => id))
  })
}

async function overdue(world: World) {
  const found = await world.storage.findOverdueSessions(world.clock.now(), 100)
  expect(found.more).toBe(false)
  return found.overdue
}
