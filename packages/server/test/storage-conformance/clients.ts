import { expect, test } from 'vitest'
import type { Client, ClientFields } from '../../src/domain/client.ts'
import type { ClientId } from '../../src/domain/ids.ts'
import type { ClientAct } from '../../src/ports/storage.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function clientConformance(open: OpenWorld): void {
  test('a client that is created is found with all that was said of it, and listed after the older ones', async () => {
    await using world = await open()
    world.clock.advance(1)
    const client = world.aClient({ ...everyField, secretHash: world.aSecret() })
    const { actor } = act(world)
    const creation = { ...world.asked(), client, actor }
    await world.storage.createClient(creation)
    expect(await world.storage.findClient(client.id.toUpperCase() as ClientId)).toEqual(client)
    expect(await world.storage.listClients()).toEqual([world.client, client])
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
      event: 'client.created',
      siteId: world.site.id,
      clientId: client.id,
      actor,
      at: creation.at,
      requestId: creation.requestId,
    })
  })

  test('a change touches the fields that are given and no other, and is on record', async () => {
    await using world = await open()
    const fields = { name: 'Another name', allowedRedirectUris: [], loginUrl: 'https://client.example/login' }
    const change = { ...act(world), fields }
    const changed = await world.storage.changeClient(change)
    const client = { ...world.client, ...fields }
    expect(changed).toEqual({ outcome: 'changed', client })
    expect(await world.storage.findClient(client.id)).toEqual(client)
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
      event: 'client.updated',
      clientId: client.id,
      actor: change.actor,
      requestId: change.requestId,
    })
    await world.storage.changeClient({ ...act(world), fields: everyField })
    expect(await world.storage.findClient(client.id)).toEqual({ ...client, ...everyField })
  })

  test('changes of different fields that are made at once all count', async () => {
    await using world = await open()
    await Promise.all([
      world.storage.changeClient({ ...act(world), fields: { name: 'A new name' } }),
      world.storage.changeClient({ ...act(world), fields: { description: 'A new description' } }),
    ])
    expect(await world.storage.findClient(world.client.id)).toMatchObject({
      name: 'A new name',
      description: 'A new description',
    })
  })

  test('a client gets one secret, and another one only in its place', async () => {
    await using world = await open()
    const [first, second, third] = [world.aSecret(), world.aSecret(), world.aSecret()]
    const set = (secretHash: typeof first, replaces: boolean) =>
      world.storage.setClientSecret({ ...act(world), secretHash, replaces })
    expect(await set(first, false)).toEqual({ outcome: 'changed', client: { ...world.client, secretHash: first } })
    expect(await set(second, false)).toEqual({ outcome: 'has_one' })
    expect((await world.storage.findClient(world.client.id))?.secretHash).toEqual(first)
    expect(await set(third, true)).toMatchObject({ outcome: 'changed' })
    expect((await world.storage.findClient(world.client.id))?.secretHash).toEqual(third)
    expect(await clientEvents(world)).toEqual(['client.secret_made', 'client.secret_made'])
  })

  test('of two secrets that are made at once a client gets one', async () => {
    await using world = await open()
    const set = () => world.storage.setClientSecret({ ...act(world), secretHash: world.aSecret(), replaces: false })
    const outcomes = (await Promise.all([set(), set()])).map(({ outcome }) => outcome)
    expect(outcomes.toSorted()).toEqual(['changed', 'has_one'])
  })

  for (const way of ['disableClient', 'deleteClient'] as const) {
    test(`T-23: ${way} ends every grant and token of the client with its commit, and no other's`, async () => {
      await using world = await open()
      const session = await world.addSession(await world.addMember())
      const grant = await world.addGrant(session)
      const others = await world.addGrant(session, await world.addClient())
      const code = await world.addCode(session)
      const log = await world.storage.logHead()

      await world.storage[way](act(world))
      expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('client_disabled')
      expect(await world.refreshStanding(grant.refreshToken)).toBe('client_disabled')
      expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'client_disabled' })
      const rotation = { ...world.asked(), hash: grant.refreshToken, successorHash: world.aSecret() }
      expect(await world.storage.rotateRefreshToken(rotation)).toEqual({ outcome: 'session_over' })
      // The ends are written out later: until then it is the client that says so.
      expect(await world.storage.logHead()).toEqual(log)
      expect(await world.standing({ by: 'sid', sid: others.sid })).toBe('live')
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
    })

    test(`T-23: the grants that are to end after ${way} are found part by part, whoever asks`, async () => {
      await using world = await open()
      const other = await world.addClient()
      const sids = []
      for (let count = 0; count < 5; count += 1) {
        const session = await world.addSession(await world.addMember())
        await world.addGrant(session, other)
        sids.push((await world.addGrant(session)).sid)
      }
      expect(await world.storage.findGrantsToEnd(4)).toBeUndefined()
      await world.storage[way](act(world))

      const found = []
      const sizes = []
      for (;;) {
        const part = await world.storage.findGrantsToEnd(4)
        if (part === undefined) break
        // A node that is killed between the ends and the note of them leaves the part to be found again.
        expect(await world.storage.findGrantsToEnd(4)).toEqual(part)
        expect(part.clientId).toBe(world.client.id)
        found.push(...part.sids)
        sizes.push(part.sids.length)
        await world.storage.noteGrantsEnded(part)
        await world.storage.noteGrantsEnded(part)
      }
      expect(found).toEqual(sids)
      expect(sizes).toEqual([2, 2, 1])
    })
  }

  test('T-23: what a client held before it was disabled stays over once it is enabled, and what is new lives', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const before = await world.addGrant(session)
    const code = await world.addCode(session)
    const disabled = await world.storage.disableClient(act(world))
    const enabled = await world.storage.enableClient(act(world))
    expect(enabled).toEqual({ outcome: 'changed', client: { ...world.client, generation: 1 } })
    expect(disabled).toMatchObject({ outcome: 'changed', client: { generation: 1, disabledAt: world.clock.now() } })

    expect(await world.standing({ by: 'sid', sid: before.sid })).toBe('client_disabled')
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'client_disabled' })
    const newCode = await world.addCode(session, { clientGeneration: 1 })
    const redeemed = await world.storage.redeemCode(world.aRedemption(newCode))
    if (redeemed.outcome !== 'granted') throw new Error(`Nothing was granted: ${redeemed.outcome}`)
    expect(redeemed.grant.sid).not.toBe(before.sid)
    expect(await world.standing({ by: 'sid', sid: redeemed.grant.sid })).toBe('live')
    expect((await world.storage.findGrantsToEnd(100))?.sids).toEqual([before.sid])
    expect(await clientEvents(world)).toEqual(['client.disabled', 'client.enabled'])
  })

  test('T-23: a client that is disabled anew while its grants end has all of them looked at again', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const first = await world.addGrant(session)
    await world.storage.disableClient(act(world))
    const part = await world.storage.findGrantsToEnd(100)
    if (part === undefined) throw new Error('Nothing was owed')
    await world.storage.enableClient(act(world))
    const newCode = await world.addCode(session, { clientGeneration: 1 })
    const redeemed = await world.storage.redeemCode(world.aRedemption(newCode))
    if (redeemed.outcome !== 'granted') throw new Error(`Nothing was granted: ${redeemed.outcome}`)
    await world.storage.disableClient(act(world))
    await world.storage.noteGrantsEnded(part)
    expect((await world.storage.findGrantsToEnd(100))?.sids).toEqual([first.sid, redeemed.grant.sid])
  })

  test('T-23: the ends of a deleted client are owed the notices that it asked for', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const session = await world.addSession(await world.addMember())
    const { sid } = await world.addGrant(session, client)
    await world.storage.deleteClient({ ...act(world), clientId: client.id })
    expect(await world.endGrant(sid, 'client_disabled')).toEqual({ outcome: 'ended' })
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid, kind: 'backchannel_logout' }])
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('what is repeated changes nothing and is on record once', async () => {
    await using world = await open()
    await world.storage.enableClient(act(world))
    await world.storage.disableClient(act(world))
    const part = await world.storage.findGrantsToEnd(100)
    if (part !== undefined) await world.storage.noteGrantsEnded(part)
    world.clock.advance(1)
    const before = await world.database.dump()
    expect(await world.storage.disableClient(act(world))).toMatchObject({
      outcome: 'changed',
      client: { disabledAt: world.clock.now() - 1 },
    })
    expect(await world.database.dump()).toBe(before)
    expect(await clientEvents(world)).toEqual(['client.disabled'])
  })

  test('a deleted client is as if it were not there, and its row is kept for the ends of its grants', async () => {
    await using world = await open()
    const rows = await world.database.count('client')
    expect(await world.storage.deleteClient(act(world))).toEqual({ outcome: 'deleted' })
    expect(await world.storage.findClient(world.client.id)).toBeUndefined()
    expect(await world.storage.listClients()).toEqual([])
    const unknown = { outcome: 'unknown' }
    expect(await world.storage.deleteClient(act(world))).toEqual(unknown)
    expect(await world.storage.enableClient(act(world))).toEqual(unknown)
    expect(await world.storage.disableClient(act(world))).toEqual(unknown)
    expect(await world.storage.changeClient({ ...act(world), fields: { name: 'Again' } })).toEqual(unknown)
    const secret = { ...act(world), secretHash: world.aSecret(), replaces: true }
    expect(await world.storage.setClientSecret(secret)).toEqual(unknown)
    expect(await world.database.count('client')).toBe(rows)
    expect(await clientEvents(world)).toEqual(['client.deleted'])
  })

  test('a client that nobody made is unknown, which is no error and changes nothing', async () => {
    await using world = await open()
    const before = await world.database.dump()
    const nobodys = { ...act(world), clientId: world.randomness.guid() as ClientId }
    const unknown = { outcome: 'unknown' }
    expect(await world.storage.disableClient(nobodys)).toEqual(unknown)
    expect(await world.storage.deleteClient(nobodys)).toEqual(unknown)
    expect(await world.storage.changeClient({ ...nobodys, fields: { name: 'Again' } })).toEqual(unknown)
    const secret = { ...nobodys, secretHash: world.aSecret(), replaces: false }
    expect(await world.storage.setClientSecret(secret)).toEqual(unknown)
    expect(await world.database.dump()).toBe(before)
  })

  test('a code of a client that nobody made is good for nothing', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session, { clientId: world.randomness.guid() as ClientId })
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'client_disabled' })
  })
}

/** An act of an administrator upon the first client. */
function act(world: World): ClientAct {
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  return { ...world.asked(), clientId: world.client.id, actor }
}

async function clientEvents(world: World): Promise<readonly string[]> {
  return (await world.storage.readAudit(0, 100))
    .map(({ event }) => event)
    .filter((event) => event.startsWith('client.'))
}

const everyField: ClientFields & Partial<Client> = {
  name: 'Every field',
  description: 'A client of which everything is said',
  allowedRedirectUris: ['https://every.example/callback', 'https://*-every.example/callback'],
  allowedRedirectDomains: ['every.example'],
  loginUrl: 'https://every.example/login',
  logoutUrl: 'https://every.example/logout',
  backchannelLogoutUri: 'https://every.example/backchannel',
  refreshTokenPolicy: 'reusable',
  applicationType: 'WEB_APP',
  technology: 'VUE',
  pagesMappings: [{ origin: 'https://every.example', destination: 'https://pages.example' }],
  pagesRedirectUrl: 'https://every.example/pages',
  pagesOrigin: 'https://every.example',
}
