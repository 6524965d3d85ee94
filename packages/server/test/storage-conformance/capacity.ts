import { expect, test } from 'vitest'
import type { Member } from '../../src/domain/member.ts'
import type { NewSession } from '../../src/ports/storage.ts'
import { day, minute } from '../support/manual-clock.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { KnownSession, OpenWorld, World } from './world.ts'

const three = { sessionsMost: 3 }

export function capacityConformance(open: OpenWorld): void {
  test('S-14: one session too many ends the oldest in its own commit, with everything that hangs on it', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const member = await world.addMember()
    const sessions = await start(world, member, 3)
    const [oldest] = sessions
    if (oldest === undefined) throw new Error('Nothing was started')
    const grant = await world.addGrant(oldest, client)
    const batches = (await world.storage.readLogBatches(0, 100)).length
    const records = (await world.storage.readAudit(0, 100)).length

    sessions.push(await world.addSession(member, three))

    expect(await standings(world, sessions)).toEqual(['capacity', 'live', 'live', 'live'])
    expect(await world.refreshStanding(grant.refreshToken)).toBe('capacity')
    expect(await world.storage.readLogBatches(0, 100)).toHaveLength(batches + 1)
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid: grant.sid }])
    expect((await world.storage.readAudit(0, 100)).slice(records)).toMatchObject([
      { event: 'session.ended', cause: 'capacity', sessionId: oldest.id, actor: { kind: 'system' }, noticesOwed: 1 },
      { event: 'session.started', sessionId: sessions[3]?.id },
    ])
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('as many sessions as there may be end nothing', async () => {
    await using world = await open()
    const member = await world.addMember()
    const head = await world.storage.logHead()
    expect(await standings(world, await start(world, member, 3))).toEqual(['live', 'live', 'live'])
    expect(await world.storage.logHead()).toEqual(head)
  })

  test('S-14: sessions that are started in one turn end the oldest too, those of the same turn included', async () => {
    await using world = await open()
    const member = await world.addMember()
    const before = await start(world, member, 2)
    const started = await Promise.all(
      Array.from({ length: 5 }, () => world.storage.startSession(world.aStart(world.aSession(member, three)))),
    )
    expect(started.map(({ outcome }) => outcome)).toEqual(Array(5).fill('started'))
    const ids = await world.database.sessions()
    const all = await Promise.all(ids.map((id) => world.standing({ by: 'id', id })))
    expect(all).toEqual([...Array(4).fill('capacity'), 'live', 'live', 'live'])
    expect(await standings(world, before)).toEqual(['capacity', 'capacity'])
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('what is over already is in nobody’s way: ended, past a limit, or below the generation of the site', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [ended, ...rest] = await start(world, member, 2)
    if (ended === undefined) throw new Error('Nothing was started')
    await world.end({ by: 'id', id: ended.id })
    const idle = await world.addSession(member, { ...three, idleMs: minute })
    world.clock.advance(2 * minute)
    const more = await start(world, member, 2)
    expect(await standings(world, [ended, ...rest, idle, ...more])).toEqual(['logout', 'live', 'idle', 'live', 'live'])
    await world.end({ by: 'everyone', siteId: world.site.id })
    const head = await world.storage.logHead()
    await start(world, member, 3)
    expect(await world.storage.logHead()).toEqual(head)
  })

  test('after a limit was lowered, the next session ends all that are too many', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = await start(world, member, 6, { sessionsMost: 6 })
    sessions.push(await world.addSession(member, three))
    expect(await standings(world, sessions)).toEqual([...Array(4).fill('capacity'), 'live', 'live', 'live'])
  })

  test('a session that the new one takes the place of leaves room for it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = await start(world, member, 3)
    const last = sessions[2]
    if (last === undefined) throw new Error('Nothing was started')
    await world.storage.startSession(world.aStart(world.aSession(member, three), { replaces: last.secret }))
    expect(await standings(world, sessions)).toEqual(['live', 'live', 'replaced'])
  })

  test('nobody’s sessions are in another member’s way', async () => {
    await using world = await open()
    const [ada, grace] = [await world.addMember(), await world.addMember()]
    const sessions = [...(await start(world, ada, 3)), ...(await start(world, grace, 3))]
    await world.addSession(ada, three)
    expect(await standings(world, sessions)).toEqual(['capacity', ...Array(5).fill('live')])
  })

  test('a start that is refused ends nothing', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = await start(world, member, 3)
    const refused = await world.storage.startSession(
      world.aStart(world.aSession(member, three), { passwordHash: '$another' }),
    )
    expect(refused).toEqual({ outcome: 'password_changed' })
    expect(await standings(world, sessions)).toEqual(['live', 'live', 'live'])
  })

  test('with many sessions of before that have ended, it is the living that count', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (let round = 0; round < 10; round += 1) {
      const [session] = await start(world, member, 1)
      if (session !== undefined) await world.end({ by: 'id', id: session.id })
    }
    world.clock.advance(day)
    expect(await standings(world, await start(world, member, 4))).toEqual(['capacity', 'live', 'live', 'live'])
  })
}

/** One after the other, so that it is known which is the oldest. */
async function start(world: World, member: Member, count: number, more: Partial<NewSession> = three) {
  const sessions: KnownSession[] = []
  for (let place = 0; place < count; place += 1) sessions.push(await world.addSession(member, more))
  return sessions
}

function standings(world: World, sessions: readonly KnownSession[]): Promise<readonly string[]> {
  return Promise.all(sessions.map(({ id }) => world.standing({ by: 'id', id })))
}
