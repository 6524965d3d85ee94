import { expect, test } from 'vitest'
import { familiarNetworksMost } from '../../src/domain/familiar-network.ts'
import type { Member } from '../../src/domain/member.ts'
import { countAttempts, type Throttle, type ThrottleKind, throttleRules } from '../../src/domain/throttle.ts'
import { day, hour, minute, second } from '../support/manual-clock.ts'
import { aChallenge, aRecovery } from './challenges.ts'
import type { OpenWorld, World } from './world.ts'

export function throttleConformance(open: OpenWorld): void {
  for (const kind of Object.keys(throttleRules) as readonly ThrottleKind[]) {
    test(`P-08: attempts of the kind ${kind} are counted as the domain counts them, over a hundred and ten of them`, async () => {
      await using world = await open()
      let expected: Throttle | undefined
      // Close together, then across the end of a window, then again: kept and forgotten counts both come up.
      const pauses = [0, 1, second, minute, 15 * minute, hour, 0, 0, day, 1, 31 * day]
      for (let index = 0; index < 110; index += 1) {
        world.clock.advance(index < 60 ? second : (pauses[index % pauses.length] ?? 0))
        const times = index % 7 === 3 ? 3 : 1
        const at = world.clock.now()
        expected = countAttempts(throttleRules[kind], expected, { at, times })
        await Promise.all(
          Array.from({ length: times }, () => world.storage.countAttempts([{ key: 'a key', kind, at }])),
        )
        expect(await found(world, 'a key'), `after attempt ${index}`).toEqual(expected)
      }
    })
  }

  test('what is not counted has no throttle, and other keys are not touched', async () => {
    await using world = await open()
    expect(await world.storage.findThrottles({ keys: [], familiar: null })).toEqual({
      throttles: new Map(),
      familiarSince: null,
    })
    await world.storage.countAttempts([attempt(world, 'one'), attempt(world, 'two')])
    await world.storage.countAttempts([attempt(world, 'one')])
    const { throttles } = await world.storage.findThrottles({ keys: ['two', 'three', 'one'], familiar: null })
    expect([...throttles.keys()].toSorted()).toEqual(['one', 'two'])
    expect(throttles.get('one')).toMatchObject({ attempts: 2 })
    expect(throttles.get('two')).toMatchObject({ attempts: 1 })
  })

  test('P-08: fifty attempts at once count as fifty, in whatever order their keys come', async () => {
    await using world = await open()
    const keys = ['one', 'two', 'three']
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.storage.countAttempts((index % 2 === 0 ? keys : keys.toReversed()).map((key) => attempt(world, key))),
      ),
    )
    for (const key of keys) expect(await found(world, key)).toMatchObject({ attempts: 50 })
  })

  test('what is forgotten is gone, and what is counted after it in the same turn begins anew', async () => {
    await using world = await open()
    await world.storage.countAttempts([attempt(world, 'one'), attempt(world, 'two')])
    await Promise.all([
      world.storage.countAttempts([attempt(world, 'one')]),
      world.storage.forgetThrottles(['one', 'nobody']),
      world.storage.countAttempts([attempt(world, 'one')]),
    ])
    expect(await found(world, 'one')).toMatchObject({ attempts: 1 })
    await world.storage.forgetThrottles(['one'])
    expect(await found(world, 'one')).toBeUndefined()
    expect(await found(world, 'two')).toMatchObject({ attempts: 1 })
  })

  test('a session that is started settles the attempts before it, and one that is refused settles none', async () => {
    await using world = await open()
    const member = await world.addMember()
    await world.storage.countAttempts([attempt(world, 'one'), attempt(world, 'two')])
    const settles = { forget: ['one'], network: 'home' }
    const start = (more: object) => world.storage.startSession(world.aStart(world.aSession(member), more))
    expect(await start({ passwordHash: '$another', settles })).toEqual({ outcome: 'password_changed' })
    expect(await found(world, 'one')).toMatchObject({ attempts: 1 })
    expect(await familiarSince(world, member, 'home')).toBeNull()

    expect(await start({ settles })).toMatchObject({ outcome: 'started' })
    expect(await found(world, 'one')).toBeUndefined()
    expect(await found(world, 'two')).toMatchObject({ attempts: 1 })
    expect(await familiarSince(world, member, 'home')).toBe(world.clock.now())
  })

  test('a registration is counted also where the address is taken, and makes its network familiar only where it is not', async () => {
    await using world = await open()
    const first = world.aMember()
    const register = (member: Member, network: string) =>
      world.storage.registerMember({
        ...world.asked(),
        member,
        session: null,
        attempts: [attempt(world, 'an address')],
        network,
      })
    expect(await register(first, 'home')).toEqual({ outcome: 'registered' })
    const second = { ...world.aMember(), email: first.email, emailKey: first.emailKey }
    expect(await register(second, 'elsewhere')).toEqual({ outcome: 'email_taken' })
    expect(await found(world, 'an address')).toMatchObject({ attempts: 2 })
    expect(await familiarSince(world, first, 'home')).toBe(world.clock.now())
    expect(await familiarSince(world, first, 'elsewhere')).toBeNull()
    expect(await world.database.count('familiar_network')).toBe(1)
  })

  test('P-08: an account that was recovered is unlocked everywhere, and one whose link was no good is not', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    await use(world, member, 'home')
    await use(world, other, 'work')
    const keys = ['mine', 'mine.home', 'mine.work', 'theirs', 'theirs.home']
    await world.storage.countAttempts(keys.map((key) => attempt(world, key)))
    const link = aChallenge(world, member, 'recovery')
    const actor = { kind: 'system' } as const
    await world.storage.openChallenge({ ...world.asked(), challenge: link, mails: [], actor })
    const recover = (id: typeof link.id) =>
      world.storage.recoverMember(aRecovery(world, member, { id }, { forget: ['mine', 'another of mine'] }))
    expect(await recover(world.randomness.guid() as typeof link.id)).toEqual({ outcome: 'unknown' })
    const left = async () => [...(await world.storage.findThrottles({ keys, familiar: null })).throttles.keys()]
    expect(await left()).toHaveLength(5)
    expect(await recover(link.id)).toMatchObject({ outcome: 'recovered' })
    expect((await left()).toSorted()).toEqual(['mine.work', 'theirs', 'theirs.home'])
  })

  test('a network is familiar to the member who used it and to nobody else, by the last use', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    await use(world, member, 'home')
    world.clock.advance(hour)
    await use(world, member, 'home')
    await use(world, other, 'work')
    expect(await familiarSince(world, member, 'home')).toBe(world.clock.now())
    expect(await familiarSince(world, member, 'work')).toBeNull()
    expect(await familiarSince(world, other, 'home')).toBeNull()
    const nobody = { siteId: world.site.id, emailKey: 'nobody@shop.example', network: 'home' }
    expect(await world.storage.findThrottles({ keys: [], familiar: nobody })).toMatchObject({ familiarSince: null })
  })

  test('of more networks than are remembered, those that were used longest ago are forgotten', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    await use(world, other, 'network 0')
    for (let index = 0; index < familiarNetworksMost + 5; index += 1) {
      world.clock.advance(second)
      await use(world, member, `network ${index}`)
      // Used again and again: it stays.
      await use(world, member, 'home')
    }
    expect(await world.database.count('familiar_network')).toBe(familiarNetworksMost + 1)
    expect(await familiarSince(world, member, 'home')).toBe(world.clock.now())
    expect(await familiarSince(world, member, 'network 5')).toBeNull()
    expect(await familiarSince(world, member, `network ${familiarNetworksMost + 4}`)).toBe(world.clock.now())
    expect(await familiarSince(world, other, 'network 0')).not.toBeNull()
  })

  test('throttles are pruned once they count for nothing, a locked one never, and networks after half a year', async () => {
    await using world = await open()
    const member = await world.addMember()
    await use(world, member, 'home')
    await world.storage.countAttempts([attempt(world, 'passing')])
    const at = world.clock.now()
    const failures = Array.from({ length: 100 }, () => ({ key: 'locked', kind: 'login_lock', at }) as const)
    await world.storage.countAttempts(failures)
    world.clock.advance(3 * day)
    expect(await world.storage.prune(world.clock.now(), 100)).toBe(1)
    expect(await found(world, 'passing')).toBeUndefined()
    world.clock.set(at + 180 * day - 1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await familiarSince(world, member, 'home')).toBe(at)
    world.clock.advance(1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await familiarSince(world, member, 'home')).toBeNull()
    world.clock.advance(3000 * day)
    await world.storage.prune(world.clock.now(), 100)
    expect(await found(world, 'locked')).toMatchObject({ attempts: 100 })
  })

  test('attempts that cannot be counted are told so, and take nothing with them', async () => {
    await using world = await open()
    const member = await world.addMember()
    await world.database.breakWrites('throttle')
    const [counted, started] = await Promise.allSettled([
      world.storage.countAttempts([attempt(world, 'one')]),
      world.storage.startSession(world.aStart(world.aSession(member))),
    ])
    expect(counted).toMatchObject({ status: 'rejected', reason: { outcome: 'nothing_happened' } })
    expect(started).toMatchObject({ value: { outcome: 'started' } })
    await world.database.mend()
    expect(await found(world, 'one')).toBeUndefined()
  })
}

function attempt(world: World, key: string) {
  return { key, kind: 'login_address', at: world.clock.now() } as const
}

async function found(world: World, key: string): Promise<Throttle | undefined> {
  return (await world.storage.findThrottles({ keys: [key], familiar: null })).throttles.get(key)
}

async function familiarSince(world: World, { siteId, emailKey }: Member, network: string): Promise<number | null> {
  return (await world.storage.findThrottles({ keys: [], familiar: { siteId, emailKey, network } })).familiarSince
}

async function use(world: World, member: Member, network: string): Promise<void> {
  const start = world.aStart(world.aSession(member), { settles: { forget: [], network } })
  expect(await world.storage.startSession(start)).toMatchObject({ outcome: 'started' })
}
