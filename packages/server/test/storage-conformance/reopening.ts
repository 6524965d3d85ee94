import { expect, test } from 'vitest'
import { day, minute } from '../support/manual-clock.ts'
import type { LastingTestDatabase } from './test-database.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { KnownGrant, KnownSession, OpenWorld, World } from './world.ts'

export function reopeningConformance(open: OpenWorld<LastingTestDatabase>): void {
  test('D-19: a database that is opened again says of every credential what the running one said', async () => {
    await using world = await open()
    const { sessions, grants } = await aWorldOfEnds(world)
    for (const age of [0, 0, minute, day, 29 * day, 31 * day, 61 * day]) {
      world.clock.advance(age)
      await world.storage.prune(world.clock.now(), 100)
      const running = await everyStanding(world, sessions, grants)
      const rows = await world.database.dump()
      await world.database.reopen()
      expect(await everyStanding(world, sessions, grants)).toEqual(running)
      expect(await world.database.dump()).toBe(rows)
    }
  })

  test('the log goes on where it was', async () => {
    await using world = await open()
    await aWorldOfEnds(world)
    const before = await readWholeLog(world.storage)
    await world.database.reopen()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const after = await readWholeLog(world.storage)
    expect(after.entries.slice(0, before.entries.length)).toEqual(before.entries)
    expect(after.head.n).toBe(before.head.n + 1)
    expect(problemOfLog(after)).toBeUndefined()
  })

  test('the number of a session that is gone is given to no other after the database is opened again', async () => {
    await using world = await open()
    const member = await world.addMember()
    const gone = await world.addSession(member)
    await world.end({ by: 'id', id: gone.id })
    world.clock.advance(31 * day)
    await world.storage.prune(world.clock.now(), 100)
    await world.database.reopen()
    const next = await world.addSession(member)
    expect(next.id).toBeGreaterThan(gone.id)
    expect(await world.standing({ by: 'id', id: next.id })).toBe('live')
    await world.end({ by: 'id', id: next.id })
    expect(await world.standing({ by: 'id', id: next.id })).toBe('logout')
  })

  test('an end is told as such once, also across an opening', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    await world.database.reopen()
    expect(await world.end({ by: 'id', id: session.id })).toEqual({ outcome: 'already_ended' })
    expect(await world.database.count('revocation_log')).toBe(1)
  })
}

async function aWorldOfEnds(world: World) {
  const member = await world.addMember()
  const other = await world.addClient({ backchannelLogoutUri: 'https://other.example/logout' })
  const sessions: KnownSession[] = []
  const grants: KnownGrant[] = []
  for (let count = 0; count < 12; count += 1) {
    const session = await world.addSession(member)
    sessions.push(session)
    const grant = await world.addGrant(session)
    grants.push(grant, await world.addGrant(session, other))
    if (count % 3 === 0) await world.end({ by: 'id', id: session.id }, count === 3 ? 'admin' : 'logout')
    if (count % 4 === 1) await world.endGrant(grant.sid)
  }
  const stranger = await world.addSession(await world.addMember())
  sessions.push(stranger)
  await world.end({ by: 'member', memberId: stranger.member.id }, 'logout_everywhere')
  return { sessions, grants }
}

async function everyStanding(world: World, sessions: readonly KnownSession[], grants: readonly KnownGrant[]) {
  return {
    sessions: await Promise.all(sessions.map(({ secret }) => world.storage.check({ by: 'secret', hash: secret }))),
    grants: await Promise.all(grants.map(({ sid }) => world.storage.check({ by: 'sid', sid }))),
    tokens: await Promise.all(grants.map(({ refreshToken }) => world.storage.findRefreshToken(refreshToken))),
  }
}
