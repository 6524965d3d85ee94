import { expect, test } from 'vitest'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function ticketConformance(open: OpenWorld): void {
  test('a session ticket is known with its session', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    expect(await world.storage.findTicket('session', session.ticket)).toEqual({
      clientId: world.client.id,
      expiresAt: session.expiresAt,
      spent: false,
      visitorId: null,
      session: await world.storage.check({ by: 'id', id: session.id }),
    })
  })

  test('a logout ticket names a session or a visitor', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const visitor = world.aVisitor()
    const [ofSession, ofVisitor] = [world.aSecret(), world.aSecret()]
    const rest = {
      clientId: world.client.id,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + 10 * minute,
    }
    await world.storage.issueLogoutTicket({ ...rest, hash: ofSession, names: { session: session.id } })
    await world.storage.issueLogoutTicket({ ...rest, hash: ofVisitor, names: { visitor } })
    const known = { clientId: rest.clientId, expiresAt: rest.expiresAt, spent: false }
    expect(await world.storage.findTicket('logout', ofSession)).toEqual({
      ...known,
      visitorId: null,
      session: await world.storage.check({ by: 'id', id: session.id }),
    })
    expect(await world.storage.findTicket('logout', ofVisitor)).toEqual({
      ...known,
      visitorId: visitor,
      session: null,
    })
  })

  test('a ticket of one kind is not found as one of the other', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    expect(await world.storage.findTicket('logout', session.ticket)).toBeUndefined()
    expect(await world.storage.findTicket('session', world.aSecret())).toBeUndefined()
  })

  test('a ticket shows that its session has ended', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    await world.end({ by: 'id', id: session.id }, 'admin')
    expect(await world.storage.findTicket('session', session.ticket)).toMatchObject({ session: { ended: 'admin' } })
  })
}
