import { expect, test } from 'vitest'
import type { SiteId } from '../../src/domain/ids.ts'
import { day } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function visitorConformance(open: OpenWorld): void {
  test('a visitor lives until it is closed, and is closed once', async () => {
    await using world = await open()
    const visitorId = world.aVisitor()
    const other = world.aVisitor()
    const what = { by: 'visitor', siteId: world.site.id, visitorId, until: world.clock.now() + day } as const
    expect(await world.storage.checkVisitor(world.site.id, visitorId)).toEqual({ ended: false, siteGeneration: 0 })
    expect(await world.end(what)).toEqual({ outcome: 'ended', sessions: [] })
    expect(await world.storage.checkVisitor(world.site.id, visitorId)).toEqual({ ended: true, siteGeneration: 0 })
    expect(await world.storage.checkVisitor(world.site.id, other)).toMatchObject({ ended: false })
    expect(await world.end(what)).toEqual({ outcome: 'already_ended' })
    expect(await world.storage.readLog(0, 10)).toMatchObject([{ kind: 'visitor', visitorId, cause: 'logout' }])
    expect(await world.database.count('audit')).toBe(2)
  })

  test('D-12: a hundred parallel ends of one visitor make one record', async () => {
    await using world = await open()
    const what = {
      by: 'visitor',
      siteId: world.site.id,
      visitorId: world.aVisitor(),
      until: world.clock.now() + day,
    } as const
    const answers = await Promise.all(Array.from({ length: 100 }, () => world.end(what)))
    expect(answers.filter(({ outcome }) => outcome === 'ended')).toHaveLength(1)
    expect(await world.database.count('revocation_log')).toBe(1)
  })

  test('D-19: a visitor closed again with a token that lives longer stays closed for as long', async () => {
    await using world = await open()
    const visitorId = world.aVisitor()
    const start = world.clock.now()
    for (const days of [10, 30, 20]) {
      await world.end({ by: 'visitor', siteId: world.site.id, visitorId, until: start + days * day })
    }
    for (let age = 0; age <= 30; age += 1) {
      world.clock.set(start + age * day)
      await world.storage.prune(world.clock.now(), 100)
      expect(await world.storage.checkVisitor(world.site.id, visitorId)).toMatchObject({ ended: true })
    }
  })

  test('a visitor of a site that does not exist is over', async () => {
    await using world = await open()
    const nowhere = world.randomness.guid() as SiteId
    const facts = await world.storage.checkVisitor(nowhere, world.aVisitor())
    expect(facts.ended).toBe(true)
  })
}
