import { expect, test } from 'vitest'
import type { Channel } from '../../src/ports/measurements.ts'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

const none = { pending: 0, oldestOwedAt: null, failed: 0 }

export function dutyConformance(open: OpenWorld): void {
  test('where nothing is owed, every channel says so', async () => {
    await using world = await open()
    await world.end({ by: 'id', id: (await world.addSession(await world.addMember())).id })
    const owed = await world.storage.owedDuties()
    expect(owed.map(({ channel }) => channel).toSorted()).toEqual([
      'backchannel_logout',
      'logout_url',
      'mail',
      'security_event',
      'webhook',
    ])
    for (const { channel: _, ...duties } of owed) expect(duties).toEqual(none)
  })

  test('A-06: what an end owes is counted by channel, with since when the oldest is owed', async () => {
    await using world = await open()
    const told = { backchannelLogoutUri: 'https://client.example/logout', logoutUrl: 'https://client.example/bye' }
    const both = await world.addClient(told)
    const one = await world.addClient({ backchannelLogoutUri: 'https://other.example/logout' })
    const first = world.clock.now()
    await endWithGrants(world, both)
    world.clock.advance(minute)
    await endWithGrants(world, both, one)
    expect(await owedBy(world, 'backchannel_logout')).toEqual({ pending: 3, oldestOwedAt: first, failed: 0 })
    expect(await owedBy(world, 'logout_url')).toEqual({ pending: 2, oldestOwedAt: first, failed: 0 })
    expect(await owedBy(world, 'mail')).toEqual(none)
  })

  test('A-06: what was delivered is owed no more, and what was given up is told apart', async () => {
    await using world = await open()
    await endWithGrants(world, await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' }))
    await world.database.execute(`UPDATE notice SET state = 'delivered'`)
    expect(await owedBy(world, 'backchannel_logout')).toEqual(none)
    await world.database.execute(`UPDATE notice SET state = 'failed'`)
    expect(await owedBy(world, 'backchannel_logout')).toEqual({ ...none, failed: 1 })
  })
}

async function endWithGrants(world: World, ...clients: readonly Awaited<ReturnType<World['addClient']>>[]) {
  const session = await world.addSession(await world.addMember())
  for (const client of clients) await world.addGrant(session, client)
  await world.end({ by: 'id', id: session.id })
}

async function owedBy(world: World, wanted: Channel): Promise<object | undefined> {
  const found = (await world.storage.owedDuties()).find(({ channel }) => channel === wanted)
  if (found === undefined) return undefined
  const { channel: _, ...duties } = found
  return duties
}
