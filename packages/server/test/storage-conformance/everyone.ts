import { expect, test } from 'vitest'
import type { SiteId } from '../../src/domain/ids.ts'
import { manySessions } from './many-sessions.ts'
import type { OpenWorld, World } from './world.ts'

export function everyoneConformance(open: OpenWorld): void {
  test('S-09: an end of everyone is over in one entry, and every session with it', async () => {
    await using world = await open()
    const sessions = [
      await world.addSession(await world.addMember()),
      await world.addSession(await world.addMember()),
    ] as const
    const grant = await world.addGrant(sessions[0])
    expect(await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')).toEqual({
      outcome: 'ended',
      sessions: [],
    })
    for (const { id, secret } of sessions) {
      expect(await world.standing({ by: 'id', id })).toBe('generation')
      expect(await world.standing({ by: 'secret', hash: secret })).toBe('generation')
    }
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('generation')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('generation')
    expect(await world.storage.readLog(0, 10)).toMatchObject([
      { n: 1, kind: 'site', generation: 1, sids: [], cause: 'admin', sessionId: null, memberId: null },
    ])
    expect(await world.storage.findSite()).toMatchObject({ generation: 1 })
  })

  test('S-09: an end of everyone writes as much for three thousand sessions as for one, and ends a sample of them', async () => {
    await using few = await open()
    await few.addSession(await few.addMember())
    await using many = await open()
    const member = await many.addMember()
    await many.addSession(member)
    await many.database.execute(manySessions(member, 3000))
    const written: number[] = []
    for (const world of [few, many]) {
      const before = await linesOf(world)
      await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')
      const after = await linesOf(world)
      // A row that was changed is gone as it was, and there as it is.
      written.push([...after].filter((line) => !before.has(line)).length)
      written.push([...before].filter((line) => !after.has(line)).length)
    }
    expect(written.slice(0, 2)).toEqual(written.slice(2))
    const ids = (await many.database.sessions()).filter((_, index) => index % 100 === 0)
    expect(ids.length).toBeGreaterThan(30)
    const standings = await Promise.all(ids.map((id) => many.standing({ by: 'id', id })))
    expect(new Set(standings)).toEqual(new Set(['generation']))
    // And they are written out in bounded portions afterwards.
    expect((await many.storage.findOverdueSessions(many.clock.now(), 200)).overdue).toHaveLength(200)
  })

  test('D-14: under a clock that stands still, a login after an end of everyone is alive and the one before stays over', async () => {
    await using world = await open()
    const member = await world.addMember()
    const before = await world.addSession(member)
    await world.end({ by: 'everyone', siteId: world.site.id })
    const after = await world.addSession(member)
    expect(await world.standing({ by: 'id', id: before.id })).toBe('generation')
    expect(await world.standing({ by: 'id', id: after.id })).toBe('live')
    await world.end({ by: 'everyone', siteId: world.site.id })
    expect(await world.standing({ by: 'id', id: after.id })).toBe('generation')
  })

  test('D-13: of two logins in the same turn as an end of everyone, the one asked for before is over, the one after lives', async () => {
    await using world = await open()
    const member = await world.addMember()
    const earlier = await world.addSession(member)
    const [one, , two] = await Promise.all([
      world.addSession(member),
      world.end({ by: 'everyone', siteId: world.site.id }),
      world.addSession(member),
    ])
    expect(await world.standing({ by: 'id', id: earlier.id })).toBe('generation')
    expect(await world.standing({ by: 'id', id: one.id })).toBe('generation')
    expect(await world.standing({ by: 'id', id: two.id })).toBe('live')
  })

  test('a session that is over with everyone’s can still be ended on record, so that its clients are told', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const session = await world.addSession(await world.addMember())
    const { sid } = await world.addGrant(session, client)
    await world.end({ by: 'everyone', siteId: world.site.id }, 'restored')
    expect(await world.database.notices()).toEqual([])
    expect(await world.storage.findOverdueSessions(world.clock.now(), 10)).toEqual({
      overdue: [{ id: session.id, cause: 'restored' }],
      more: false,
    })
    expect(await world.end({ by: 'id', id: session.id }, 'restored')).toMatchObject({ outcome: 'ended' })
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid }])
  })

  test('after two ends of everyone, a session is told the cause of the first that concerned it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const first = await world.addSession(member)
    await world.end({ by: 'everyone', siteId: world.site.id }, 'restored')
    const second = await world.addSession(member)
    await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')
    const { overdue } = await world.storage.findOverdueSessions(world.clock.now(), 10)
    expect(overdue).toEqual([
      { id: first.id, cause: 'restored' },
      { id: second.id, cause: 'admin' },
    ])
  })

  test('an end of everyone reaches visitors', async () => {
    await using world = await open()
    const visitor = world.aVisitor()
    await world.end({ by: 'everyone', siteId: world.site.id })
    expect(await world.storage.checkVisitor(world.site.id, visitor)).toEqual({ ended: false, siteGeneration: 1 })
  })

  test('an end of everyone at a site that does not exist is unknown', async () => {
    await using world = await open()
    const before = await world.database.dump()
    const nowhere = world.randomness.guid() as SiteId
    expect(await world.end({ by: 'everyone', siteId: nowhere })).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
  })
}

/** Every row of every table. */
async function linesOf(world: World): Promise<ReadonlySet<string>> {
  return new Set((await world.database.dump()).split('\n'))
}
