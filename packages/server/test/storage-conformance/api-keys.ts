import { expect, test } from 'vitest'
import type { ApiKeyCreation, KeyRemoval } from '../../src/ports/storage.ts'
import type { OpenWorld, World } from './world.ts'

export function apiKeyConformance(open: OpenWorld): void {
  test('an API key is found by its hash alone, with what it may do', async () => {
    await using world = await open()
    const creation = aCreation(world)
    await world.storage.createApiKey(creation)
    expect(await world.storage.findApiKey(creation.hash)).toEqual(creation.key)
    expect(await world.storage.findApiKey(world.aSecret())).toBeUndefined()
    expect(await world.storage.findAdministratorKey(creation.hash)).toBeUndefined()
    expect(await world.storage.findApiKey(world.administratorKey.hash)).toBeUndefined()
  })

  test('API keys are listed, the oldest first', async () => {
    await using world = await open()
    expect(await world.storage.listApiKeys()).toEqual([])
    const first = aCreation(world)
    await world.storage.createApiKey(first)
    world.clock.advance(1)
    const second = aCreation(world)
    await world.storage.createApiKey(second)
    expect(await world.storage.listApiKeys()).toEqual([first.key, second.key])
  })

  test('a permission that this version does not know is none', async () => {
    await using world = await open()
    const creation = aCreation(world)
    const permissions = [...creation.key.permissions, 'TOMORROW.MANAGE'] as typeof creation.key.permissions
    await world.storage.createApiKey({ ...creation, key: { ...creation.key, permissions } })
    expect(await world.storage.findApiKey(creation.hash)).toEqual(creation.key)
  })

  test('a key that is revoked is gone at once, once, and both are on record', async () => {
    await using world = await open()
    const creation = aCreation(world)
    const other = aCreation(world)
    await world.storage.createApiKey(creation)
    await world.storage.createApiKey(other)
    const revocation = aRevocation(world, creation.key.id)
    const answers = await Promise.all([1, 2].map(() => world.storage.revokeApiKey(revocation)))
    expect(answers).toEqual([{ outcome: 'revoked' }, { outcome: 'unknown' }])
    expect(await world.storage.findApiKey(creation.hash)).toBeUndefined()
    expect(await world.storage.listApiKeys()).toEqual([other.key])
    const said = { siteId: world.site.id, actor: creation.actor, cause: null, memberId: null, clientId: null }
    expect((await world.storage.readAudit(0, 100)).slice(-3)).toMatchObject([
      { ...said, event: 'api_key.created', keyId: creation.key.id, requestId: creation.requestId },
      { ...said, event: 'api_key.created', keyId: other.key.id, requestId: other.requestId },
      { ...said, event: 'api_key.revoked', keyId: creation.key.id, requestId: revocation.requestId },
    ])
  })

  test('a key that is not there cannot be revoked, and nothing is changed', async () => {
    await using world = await open()
    await world.storage.createApiKey(aCreation(world))
    const before = await world.database.dump()
    const revocation = aRevocation(world, world.randomness.guid())
    expect(await world.storage.revokeApiKey(revocation)).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
  })
}

export function aCreation(world: World): ApiKeyCreation {
  const asked = world.asked()
  return {
    ...asked,
    siteId: world.site.id,
    key: {
      id: world.randomness.guid(),
      name: 'The shop',
      permissions: ['IAM.AUTHENTICAITON_SIGN_ON', 'OAUTH_APPS.READ'],
      createdAt: asked.at,
    },
    hash: world.aSecret(),
    actor: { kind: 'administrator', id: world.administratorKey.id },
  }
}

function aRevocation(world: World, id: string): KeyRemoval {
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  return { ...world.asked(), siteId: world.site.id, id, actor }
}
