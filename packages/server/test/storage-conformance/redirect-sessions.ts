import { expect, test } from 'vitest'
import { day, minute } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function redirectSessionConformance(open: OpenWorld): void {
  test('parameters that were kept are found by their name alone', async () => {
    await using world = await open()
    const kept = {
      hash: world.aSecret(),
      parameters: { redirectUri: 'https://shop.example/?q=é&r=1', state: '' },
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + 10 * minute,
    }
    await world.storage.keepRedirectSession(kept)
    expect(await world.storage.findRedirectSession(kept.hash)).toEqual(kept)
    expect(await world.storage.findRedirectSession(world.aSecret())).toBeUndefined()
  })

  test('parameters that were kept are pruned a day after they expired', async () => {
    await using world = await open()
    const hash = world.aSecret()
    const createdAt = world.clock.now()
    await world.storage.keepRedirectSession({ hash, parameters: {}, createdAt, expiresAt: createdAt + minute })
    await world.storage.prune(createdAt + day, 100)
    expect(await world.storage.findRedirectSession(hash)).toBeDefined()
    await world.storage.prune(createdAt + day + minute, 100)
    expect(await world.storage.findRedirectSession(hash)).toBeUndefined()
  })
}
