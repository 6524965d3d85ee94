import { expect, test } from 'vitest'
import type { ClientId, SiteId } from '../../src/domain/ids.ts'
import type { SiteSettings } from '../../src/domain/site.ts'
import type { OpenWorld, World } from './world.ts'

export function siteConformance(open: OpenWorld): void {
  test('the clock of the storage is the one that sessions are judged by', async () => {
    await using world = await open()
    const { id } = await world.addSession(await world.addMember())
    world.clock.advance(1234)
    expect(world.storage.clock.now()).toBe((await world.storage.check({ by: 'id', id }))?.readAt)
  })

  test('the site is found as it was made', async () => {
    await using world = await open()
    expect(await world.storage.findSite()).toEqual(world.site)
    expect(await world.storage.findClient(world.client.id)).toEqual(world.client)
    expect(await world.storage.findAdministratorKey(world.administratorKey.hash)).toEqual({
      id: world.administratorKey.id,
      name: '',
      role: 'owner',
      createdAt: world.site.createdAt,
    })
  })

  test('a second site is not made, and nothing of it is kept', async () => {
    await using world = await open()
    const before = await world.database.dump()
    const second = {
      site: { ...world.site, id: world.randomness.guid() as SiteId },
      client: world.aClient(),
      administratorKey: { id: 'another', hash: world.aSecret() },
      keys: [],
    }
    expect(await world.storage.createSite(second)).toBe('exists')
    expect(await world.database.dump()).toBe(before)
    expect(await world.storage.findAdministratorKey(second.administratorKey.hash)).toBeUndefined()
  })

  test('settings are replaced for whoever has read them as they are, and that is on record', async () => {
    await using world = await open()
    const { settings: from } = world.site
    const to = { ...from, requireOwnerApproval: true, ownerEmail: 'owner@shop.example' }
    expect(await world.storage.replaceSettings(replacement(world, from, to))).toEqual({ outcome: 'replaced' })
    expect(await world.storage.findSite()).toEqual({ ...world.site, settings: to })
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
      event: 'site.settings_changed',
      actor: { kind: 'administrator' },
    })
  })

  test('settings that somebody else has changed since they were read are left as they are', async () => {
    await using world = await open()
    const { settings: from } = world.site
    const to = { ...from, passwordMinimumLength: 12 }
    await world.storage.replaceSettings(replacement(world, from, to))
    const before = await world.database.dump()
    const late = replacement(world, from, { ...from, language: 'de' })
    expect(await world.storage.replaceSettings(late)).toEqual({ outcome: 'changed' })
    expect(await world.database.dump()).toBe(before)
  })

  test('of two changes that begin with the same settings, one is made', async () => {
    await using world = await open()
    const { settings: from } = world.site
    const outcomes = await Promise.all(
      ['de', 'fr'].map((language) => world.storage.replaceSettings(replacement(world, from, { ...from, language }))),
    )
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'replaced'])
  })

  test('the name of the site is replaced with its settings, unless it was replaced before', async () => {
    await using world = await open()
    const { settings, name } = world.site
    const renaming = { ...replacement(world, settings, settings), name: { from: name, to: 'Another name' } }
    expect(await world.storage.replaceSettings(renaming)).toEqual({ outcome: 'replaced' })
    expect(await world.storage.findSite()).toEqual({ ...world.site, name: 'Another name' })
    const before = await world.database.dump()
    expect(await world.storage.replaceSettings(renaming)).toEqual({ outcome: 'changed' })
    expect(await world.database.dump()).toBe(before)
  })

  test('settings are those of a site: with the id of another nothing is replaced', async () => {
    await using world = await open()
    const { settings: from } = world.site
    const before = await world.database.dump()
    const ofAnother = {
      ...replacement(world, from, { ...from, language: 'de' }),
      siteId: world.randomness.guid() as SiteId,
    }
    expect(await world.storage.replaceSettings(ofAnother)).toEqual({ outcome: 'changed' })
    expect(await world.database.dump()).toBe(before)
  })

  test('a change of settings leaves the generation alone, also when everyone is ended in the same turn', async () => {
    await using world = await open()
    const { settings: from, id: siteId } = world.site
    const to = { ...from, language: 'de' }
    await Promise.all([
      world.end({ by: 'everyone', siteId }),
      world.storage.replaceSettings(replacement(world, from, to)),
      world.end({ by: 'everyone', siteId }),
    ])
    const generation = world.site.generation + 2
    expect(await world.storage.findSite()).toEqual({ ...world.site, settings: to, generation })
  })

  test('a client is found whatever the case of its id', async () => {
    await using world = await open()
    const found = await world.storage.findClient(world.client.id.toUpperCase() as ClientId)
    expect(found).toEqual(world.client)
  })

  test('a client or an administrator key that nobody made is missing, which is no error', async () => {
    await using world = await open()
    expect(await world.storage.findClient(world.randomness.guid() as ClientId)).toBeUndefined()
    expect(await world.storage.findAdministratorKey(world.aSecret())).toBeUndefined()
  })

  test('clients are listed', async () => {
    await using world = await open()
    world.clock.advance(1)
    const other = await world.addClient({ logoutUrl: 'https://other.example/bye', disabledAt: world.clock.now() })
    expect(await world.storage.listClients()).toEqual([world.client, other])
  })

  test('a storage that is closed refuses every call', async () => {
    await using world = await open()
    await world.storage.close()
    const unavailable = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
    await expect(world.storage.ping()).rejects.toMatchObject(unavailable)
    await expect(world.storage.findSite()).rejects.toMatchObject(unavailable)
    await expect(world.storage.createSite(world.first)).rejects.toMatchObject(unavailable)
    const answers = await world.storage.endSessions([world.anEnd({ by: 'secret', hash: world.aSecret() })])
    expect(answers).toMatchObject([{ outcome: 'failed', error: unavailable }])
  })

  test('what was handed over before the storage was closed is finished', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const ending = world.end({ by: 'id', id: session.id })
    await world.storage.close()
    expect(await ending).toMatchObject({ outcome: 'ended' })
  })
}

function replacement(world: World, from: SiteSettings, to: SiteSettings) {
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  return { ...world.asked(), siteId: world.site.id, from, to, actor }
}
