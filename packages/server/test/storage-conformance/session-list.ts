import { expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { judgeSession } from '../../src/domain/session.ts'
import type { SessionList } from '../../src/ports/storage.ts'
import { day } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function sessionListConformance(open: OpenWorld): void {
  test('the sessions of a member are listed newest first, each as a check has it, with the clients of its grants', async () => {
    await using world = await open()
    const member = await world.addMember()
    const other = await world.addClient()
    const first = await world.addSession(member, { device: 'Firefox on "Windows"' })
    const second = await world.addSession(member)
    await world.addGrant(first, other)
    await world.addGrant(first)
    world.clock.advance(1)
    expect(await list(world, { memberId: member.id })).toEqual([
      { facts: await world.storage.check({ by: 'id', id: second.id }), device: null, clientIds: [] },
      {
        facts: await world.storage.check({ by: 'id', id: first.id }),
        device: 'Firefox on "Windows"',
        clientIds: [other.id, world.client.id],
      },
    ])
  })

  test('what is of another member is not listed, and a member who is not there has nothing', async () => {
    await using world = await open()
    await world.addSession(await world.addMember())
    const { id: memberId } = await world.addMember()
    expect(await list(world, { memberId })).toEqual([])
    expect(await list(world, { memberId: world.randomness.guid() as MemberId })).toEqual([])
  })

  test('a session with an end on record is not listed, nor is the client of a grant that ended', async () => {
    await using world = await open()
    const member = await world.addMember()
    const other = await world.addClient()
    const ended = await world.addSession(member)
    const living = await world.addSession(member)
    const { sid } = await world.addGrant(living)
    await world.addGrant(living, other)
    await world.end({ by: 'id', id: ended.id })
    await world.endGrant(sid)
    expect(await list(world, { memberId: member.id })).toMatchObject([
      { facts: { session: { id: living.id } }, clientIds: [other.id] },
    ])
  })

  test('a session without an end on record is listed with what makes it over', async () => {
    await using world = await open()
    const member = await world.addMember()
    await world.addSession(member)
    const standing = async () => {
      const [listed] = await list(world, { memberId: member.id })
      return listed === undefined ? 'not listed' : judgeSession(listed.facts)
    }
    expect(await standing()).toEqual({ state: 'live' })
    await world.end({ by: 'everyone', siteId: world.site.id })
    expect(await standing()).toEqual({ state: 'over', because: 'generation' })
    await world.addSession(member)
    expect(await standing()).toEqual({ state: 'live' })
    world.clock.advance(31 * day)
    expect(await standing()).toEqual({ state: 'over', because: 'idle' })
    await world.database.setMemberStatus(member.id, 'OFFLINE')
    expect(await standing()).toEqual({ state: 'over', because: 'member_not_active' })
  })

  test('sessions are listed in pages, over which those that ended make no difference', async () => {
    await using world = await open()
    const member = await world.addMember()
    const add = async () => (await world.addSession(member)).id
    const [zero, one, two, three] = [await add(), await add(), await add(), await add()]
    const [four, five, six] = [await add(), await add(), await add()]
    for (const id of [one, four]) await world.end({ by: 'id', id })
    const page = async (before: SessionList['before']) =>
      (await list(world, { memberId: member.id, before, limit: 2 })).map(({ facts }) => facts.session.id)
    expect(await page(null)).toEqual([six, five])
    expect(await page(five)).toEqual([three, two])
    expect(await page(four)).toEqual([three, two])
    expect(await page(two)).toEqual([zero])
    expect(await page(zero)).toEqual([])
  })

  test('a session that lies behind hundreds that ended is found', async () => {
    await using world = await open()
    const member = await world.addMember()
    const oldest = await world.addSession(member)
    const others = await Promise.all(Array.from({ length: 420 }, () => world.addSession(member)))
    await world.storage.endSessions(others.map(({ id }) => world.anEnd({ by: 'id', id })))
    const listed = await list(world, { memberId: member.id, limit: 1 })
    expect(listed.map(({ facts }) => facts.session.id)).toEqual([oldest.id])
  })
}

function list(world: World, asked: Pick<SessionList, 'memberId'> & Partial<SessionList>) {
  return world.storage.listSessions({ before: null, limit: 100, ...asked })
}
