import { expect, test } from 'vitest'
import type { AdministratorRole } from '../../src/domain/administrator.ts'
import type { AdministratorAddition, KeyRemoval } from '../../src/ports/storage.ts'
import type { OpenWorld, World } from './world.ts'

export function administratorConformance(open: OpenWorld): void {
  test('an administrator is found by their key, and listed behind the one who was there before', async () => {
    await using world = await open()
    const [first] = await world.storage.listAdministratorKeys()
    world.clock.advance(1)
    const addition = anAddition(world, 'support')
    await world.storage.addAdministratorKey(addition)
    expect(await world.storage.findAdministratorKey(addition.hash)).toEqual(addition.key)
    expect(await world.storage.listAdministratorKeys()).toEqual([first, addition.key])
  })

  test('who is removed is not found any more, is not there to be removed again, and both are on record', async () => {
    await using world = await open()
    const addition = anAddition(world, 'read_only')
    await world.storage.addAdministratorKey(addition)
    const removal = aRemoval(world, addition.key.id)
    expect(await world.storage.removeAdministratorKey(removal)).toEqual({ outcome: 'removed' })
    expect(await world.storage.findAdministratorKey(addition.hash)).toBeUndefined()
    const before = await world.database.dump()
    expect(await world.storage.removeAdministratorKey(removal)).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
    const said = { siteId: world.site.id, actor: addition.actor, keyId: addition.key.id, memberId: null, cause: null }
    expect((await world.storage.readAudit(0, 100)).slice(-2)).toMatchObject([
      { ...said, event: 'administrator.added', requestId: addition.requestId },
      { ...said, event: 'administrator.removed', requestId: removal.requestId },
    ])
  })

  test('the last owner is not removed, however many others there are, and nothing is changed', async () => {
    await using world = await open()
    await world.storage.addAdministratorKey(anAddition(world, 'support'))
    const before = await world.database.dump()
    expect(await world.storage.removeAdministratorKey(aRemoval(world))).toEqual({ outcome: 'last_owner' })
    expect(await world.database.dump()).toBe(before)
  })

  test('of two removals in one turn that would leave no owner, one removes', async () => {
    await using world = await open()
    const addition = anAddition(world, 'owner')
    await world.storage.addAdministratorKey(addition)
    const answers = await Promise.all([
      world.storage.removeAdministratorKey(aRemoval(world)),
      world.storage.removeAdministratorKey(aRemoval(world, addition.key.id)),
    ])
    expect(answers).toEqual([{ outcome: 'removed' }, { outcome: 'last_owner' }])
    expect(await world.storage.listAdministratorKeys()).toEqual([addition.key])
  })

  test('an owner can be removed by another one, who stays', async () => {
    await using world = await open()
    const addition = anAddition(world, 'owner')
    await world.storage.addAdministratorKey(addition)
    expect(await world.storage.removeAdministratorKey(aRemoval(world))).toEqual({ outcome: 'removed' })
    expect(await world.storage.findAdministratorKey(world.administratorKey.hash)).toBeUndefined()
    expect(await world.storage.findAdministratorKey(addition.hash)).toEqual(addition.key)
  })
}

function anAddition(world: World, role: AdministratorRole): AdministratorAddition {
  const asked = world.asked()
  return {
    ...asked,
    siteId: world.site.id,
    key: { id: world.randomness.guid(), name: `The ${role}`, role, createdAt: asked.at },
    hash: world.aSecret(),
    actor: { kind: 'administrator', id: world.administratorKey.id },
  }
}

function aRemoval(world: World, id = world.administratorKey.id): KeyRemoval {
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  return { ...world.asked(), siteId: world.site.id, id, actor }
}
