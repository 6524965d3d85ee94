import { expect, test } from 'vitest'
import type { MemberId, SessionId } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import { day, minute } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function sessionConformance(open: OpenWorld): void {
  test('the session of an API key is the newest without an end, of this member, client and key', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    const client = await world.addClient()
    const apiKeyId = world.randomness.guid()
    const of = { memberId: member.id, clientId: client.id, apiKeyId }
    expect(await world.storage.findSessionOfKey(of)).toBeUndefined()
    const first = await world.addSession(member, { clientId: client.id, apiKeyId })
    const second = await world.addSession(member, { clientId: client.id, apiKeyId })
    await world.addSession(member, { apiKeyId })
    await world.addSession(member, { clientId: client.id, apiKeyId: world.randomness.guid() })
    await world.addSession(other, { clientId: client.id, apiKeyId })
    await world.addSession(member, { clientId: client.id })
    expect(await world.storage.findSessionOfKey(of)).toBe(second.id)
    await world.end({ by: 'id', id: second.id })
    expect(await world.storage.findSessionOfKey(of)).toBe(first.id)
    await world.end({ by: 'id', id: first.id })
    expect(await world.storage.findSessionOfKey(of)).toBeUndefined()
  })

  test('a code is issued for a session that is named by its number, unless it is over', async () => {
    await using world = await open()
    const { id } = await world.addSession(await world.addMember())
    const issue = () => world.storage.issueCode(world.anIssue({ by: 'id', id }, world.aCode()))
    expect(await issue()).toEqual({ outcome: 'issued', sessionId: id })
    await world.end({ by: 'id', id })
    expect(await issue()).toEqual({ outcome: 'session_over' })
  })

  test('a session is known by its secret, its number and the sid of its grant, with all that decides on it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member, { persistent: true })
    const { sid, grant } = await world.addGrant(session)
    world.clock.advance(5)
    const facts = {
      session: {
        id: session.id,
        siteId: world.site.id,
        memberId: member.id,
        clientId: world.client.id,
        createdAt: world.site.createdAt,
        usedAt: world.site.createdAt,
        expiresAt: world.site.createdAt + 180 * day,
        idleMs: 30 * day,
        claimBy: null,
        persistent: true,
        siteGeneration: 0,
        memberGeneration: 0,
      },
      ended: null,
      memberStatus: 'ACTIVE',
      memberGeneration: 0,
      siteGeneration: 0,
      grant: null,
      readAt: world.clock.now(),
    }
    expect(await world.storage.check({ by: 'secret', hash: session.secret })).toEqual(facts)
    expect(await world.storage.check({ by: 'id', id: session.id })).toEqual(facts)
    expect(await world.storage.check({ by: 'sid', sid })).toEqual({
      ...facts,
      grant: { ...grant, ended: null, clientGenerationNow: 0 },
    })
  })

  test('a credential that names nothing is missing, which is no error', async () => {
    await using world = await open()
    await world.addSession(await world.addMember(), { secretHash: null })
    expect(await world.storage.check({ by: 'secret', hash: world.aSecret() })).toBeUndefined()
    expect(await world.storage.check({ by: 'sid', sid: world.aSid() })).toBeUndefined()
    expect(await world.storage.check({ by: 'id', id: 4711 as SessionId })).toBeUndefined()
  })

  for (const status of ['PENDING', 'BLOCKED', 'DELETED', 'OFFLINE'] satisfies MemberStatus[]) {
    test(`a member who is ${status} starts no session`, async () => {
      await using world = await open()
      const member = await world.addMember({ status })
      const started = await world.storage.startSession(world.aStart(world.aSession(member)))
      expect(started).toEqual({ outcome: 'member_not_active' })
      expect(await world.database.count('session')).toBe(0)
    })
  }

  test('nobody unknown starts a session', async () => {
    await using world = await open()
    const stranger = world.aMember({ id: world.randomness.guid() as MemberId })
    const started = await world.storage.startSession(world.aStart(world.aSession(stranger)))
    expect(started).toEqual({ outcome: 'member_not_active' })
  })

  test('a password that was changed since it was checked starts no session, and replaces none', async () => {
    await using world = await open()
    const member = await world.addMember({ passwordHash: '$new' })
    const before = await world.addSession(member)
    const start = world.aStart(world.aSession(member), { passwordHash: '$old', replaces: before.secret })
    expect(await world.storage.startSession(start)).toEqual({ outcome: 'password_changed' })
    expect(await world.standing({ by: 'secret', hash: before.secret })).toBe('live')
  })

  test('a member without a password starts no session by one', async () => {
    await using world = await open()
    const member = await world.addMember({ passwordHash: null })
    const start = world.aStart(world.aSession(member), { passwordHash: '$old' })
    expect(await world.storage.startSession(start)).toEqual({ outcome: 'password_changed' })
  })

  test('a login in a browser that holds a session ends that one as replaced', async () => {
    await using world = await open()
    const client = await world.addClient({ logoutUrl: 'https://client.example/bye' })
    const member = await world.addMember()
    const before = await world.addSession(member)
    const grant = await world.addGrant(before, client)
    const start = world.aStart(world.aSession(member), { replaces: before.secret })
    const started = await world.storage.startSession(start)
    expect(started.outcome).toBe('started')
    expect(await world.standing({ by: 'secret', hash: before.secret })).toBe('replaced')
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('replaced')
    expect(await world.database.notices()).toHaveLength(1)
  })

  test('a cookie that names nothing, or a session that has ended, hinders no login', async () => {
    await using world = await open()
    const member = await world.addMember()
    const ended = await world.addSession(member)
    await world.end({ by: 'id', id: ended.id })
    for (const replaces of [world.aSecret(), ended.secret]) {
      const started = await world.storage.startSession(world.aStart(world.aSession(member), { replaces }))
      expect(started.outcome).toBe('started')
    }
    expect(await world.standing({ by: 'id', id: ended.id })).toBe('logout')
  })

  test('one secret never names two sessions', async () => {
    await using world = await open()
    const member = await world.addMember()
    const first = await world.addSession(member)
    const again = world.aStart(world.aSession(member, { secretHash: first.secret }))
    await expect(world.storage.startSession(again)).rejects.toMatchObject({ outcome: 'nothing_happened' })
    expect(await world.storage.check({ by: 'secret', hash: first.secret })).toMatchObject({ session: { id: first.id } })
    expect(await world.database.count('session')).toBe(1)
  })

  test('a write that fails does not take those of the same turn with it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const first = await world.addSession(member)
    const victim = await world.addSession(member)
    const secrets = Array.from({ length: 9 }, (_, index) => (index === 4 ? first.secret : world.aSecret()))
    const [answers, ended] = await Promise.all([
      Promise.allSettled(
        secrets.map((secretHash) => world.storage.startSession(world.aStart(world.aSession(member, { secretHash })))),
      ),
      world.end({ by: 'id', id: victim.id }),
    ])
    expect(answers.map(({ status }) => status)).toEqual(
      secrets.map((_, index) => (index === 4 ? 'rejected' : 'fulfilled')),
    )
    expect(ended.outcome).toBe('ended')
    expect(await world.database.count('session')).toBe(2 + 8)
    expect(await world.database.count('revocation_log')).toBe(1)
  })

  test('the number of a session that is gone is given to no other', async () => {
    await using world = await open()
    const member = await world.addMember()
    const gone = await world.addSession(member)
    await world.end({ by: 'id', id: gone.id })
    world.clock.advance(60 * day)
    await world.storage.prune(world.clock.now(), 100)
    expect(await world.database.count('session')).toBe(0)
    const next = await world.addSession(member)
    expect(next.id).toBeGreaterThan(gone.id)
    expect(await world.standing({ by: 'id', id: next.id })).toBe('live')
  })

  test('a use is noted, and never moves back', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const later = world.clock.now() + 3 * minute
    await world.storage.touchSession(session.id, later)
    expect(await world.storage.check({ by: 'id', id: session.id })).toMatchObject({ session: { usedAt: later } })
    await world.storage.touchSession(session.id, later - minute)
    expect(await world.storage.check({ by: 'id', id: session.id })).toMatchObject({ session: { usedAt: later } })
  })

  test('a use that is noted keeps a session from being idle, but not beyond its overall limit', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember(), {
      idleMs: 10 * minute,
      expiresAt: world.clock.now() + 25 * minute,
    })
    for (const _ of [1, 2, 3]) {
      world.clock.advance(8 * minute)
      await world.storage.touchSession(session.id, world.clock.now())
      expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    }
    world.clock.advance(minute)
    expect(await world.standing({ by: 'id', id: session.id })).toBe('expired')
  })

  test('D-11: use never revives a session that has ended', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const before = await world.database.dump()
    world.clock.advance(minute)
    await world.storage.touchSession(session.id, world.clock.now())
    expect(await world.database.dump()).toBe(before)
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('logout')
  })

  test('D-11: a use in the same turn as the end does not revive either, whichever comes first', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (const order of ['touch first', 'end first'] as const) {
      const session = await world.addSession(member)
      const touch = () => world.storage.touchSession(session.id, world.clock.now() + minute)
      const end = () => world.end({ by: 'id', id: session.id })
      await Promise.all(order === 'touch first' ? [touch(), end()] : [end(), touch()])
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('logout')
    }
  })

  test('D-11: use never revives a session that was idle too long, unclaimed, or over with everyone’s', async () => {
    await using world = await open()
    const member = await world.addMember()
    const idle = await world.addSession(member, { idleMs: minute })
    const unclaimed = await world.addSessionWithTicket(member, minute)
    const everyones = await world.addSession(member)
    await world.end({ by: 'everyone', siteId: world.site.id })
    world.clock.advance(minute)
    const before = await world.database.dump()
    for (const { id } of [idle, unclaimed, everyones]) await world.storage.touchSession(id, world.clock.now())
    expect(await world.database.dump()).toBe(before)
  })

  test('D-11: a use from just before a limit does not revive a session that has passed it by the time of the write', async () => {
    await using world = await open()
    const idle = await world.addSession(await world.addMember(), { idleMs: minute })
    const used = world.clock.now() + minute - 1
    world.clock.advance(minute)
    const before = await world.database.dump()
    await world.storage.touchSession(idle.id, used)
    expect(await world.database.dump()).toBe(before)
  })

  test('a use of a session that does not exist does nothing', async () => {
    await using world = await open()
    const before = await world.database.dump()
    await world.storage.touchSession(4711 as SessionId, world.clock.now())
    expect(await world.database.dump()).toBe(before)
  })

  test('S-03: a session is over at exactly its limits, and a millisecond before it is not', async () => {
    await using world = await open()
    const member = await world.addMember()
    const expiring = await world.addSession(member, { expiresAt: world.clock.now() + minute })
    const idle = await world.addSession(member, { idleMs: minute })
    const unclaimed = await world.addSessionWithTicket(member, minute)
    world.clock.advance(minute - 1)
    for (const { id } of [expiring, idle, unclaimed]) expect(await world.standing({ by: 'id', id })).toBe('live')
    world.clock.advance(1)
    expect(await world.standing({ by: 'id', id: expiring.id })).toBe('expired')
    expect(await world.standing({ by: 'id', id: idle.id })).toBe('idle')
    expect(await world.standing({ by: 'id', id: unclaimed.id })).toBe('unclaimed')
  })
}
