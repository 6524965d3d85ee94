import { expect, test } from 'vitest'
import type { StoredKey } from '../../src/ports/keys.ts'
import { day } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function keyConformance(open: OpenWorld): void {
  test('keys are kept as they were handed over', async () => {
    await using world = await open()
    const keys = [
      aKey(world, { kid: 'a' }),
      aKey(world, { kid: 'b', purpose: 'mac', alg: 'HS256', publicJwk: null, wrappedBy: 'fingerprint' }),
      aKey(world, { kid: 'c', retiredAt: world.clock.now() + day }),
    ]
    await world.storage.rotateKeys({ ...world.asked(), add: keys, retire: [], actor: { kind: 'system' } })
    expect(await world.storage.listKeys()).toEqual(keys)
  })

  test('a rotation adds and retires in one step, and is recorded with who asked for it', async () => {
    await using world = await open()
    const old = aKey(world, { kid: 'old' })
    const actor = { kind: 'administrator', id: 'key-1' } as const
    await world.storage.rotateKeys({ ...world.asked(), add: [old], retire: [], actor })
    const retiredAt = world.clock.now() + day
    const next = aKey(world, { kid: 'next' })
    await world.storage.rotateKeys({ ...world.asked(), add: [next], retire: [{ kid: 'old', retiredAt }], actor })
    expect(await world.storage.listKeys()).toEqual([next, { ...old, retiredAt }])
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({ event: 'keys.rotated', actor })
  })

  test('a rotation that cannot add its key retires none', async () => {
    await using world = await open()
    const key = aKey(world, { kid: 'a' })
    const actor = { kind: 'system' } as const
    await world.storage.rotateKeys({ ...world.asked(), add: [key], retire: [], actor })
    const before = await world.database.dump()
    const retire = [{ kid: 'a', retiredAt: world.clock.now() }]
    const again = aKey(world, { kid: 'a' })
    await expect(
      world.storage.rotateKeys({ ...world.asked(), add: [aKey(world, { kid: 'b' }), again], retire, actor }),
    ).rejects.toMatchObject({ name: 'StorageUnavailable', outcome: 'nothing_happened' })
    expect(await world.database.dump()).toBe(before)
  })

  test('a new wrapping changes the material and nothing else', async () => {
    await using world = await open()
    const [one, two] = [aKey(world, { kid: 'a' }), aKey(world, { kid: 'b' })] as const
    await world.storage.rotateKeys({ ...world.asked(), add: [one, two], retire: [], actor: { kind: 'system' } })
    const wrapped = { kid: 'a', privateMaterial: world.randomness.bytes(48), wrappedBy: 'fingerprint' }
    await world.storage.rewrapKeys([wrapped, { ...wrapped, kid: 'nobody' }])
    expect(await world.storage.listKeys()).toEqual([{ ...one, ...wrapped }, two])
  })
}

function aKey(world: World, overrides: Partial<StoredKey>): StoredKey {
  return {
    kid: 'key',
    purpose: 'access_token',
    alg: 'ES256',
    publicJwk: '{"kty":"EC"}',
    privateMaterial: world.randomness.bytes(32),
    wrappedBy: null,
    createdAt: world.clock.now(),
    activeFrom: world.clock.now(),
    retiredAt: null,
    ...overrides,
  }
}
