import { expect, test } from 'vitest'
import type { Member } from '../../src/domain/member.ts'
import type { MemberSignOn, SignedOn } from '../../src/ports/storage.ts'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function signOnConformance(open: OpenWorld): void {
  test('somebody new is added as given, with a session that its ticket names', async () => {
    await using world = await open()
    const signOn = aSignOn(world, { emailVerified: true, profile: { nickname: 'Ada' } })
    const signedOn = await world.storage.signOn(signOn)
    expect(signedOn).toEqual({ outcome: 'signed_on', member: signOn.member })
    expect(await world.storage.findMember(signOn.member.id)).toEqual(signOn.member)
    expect(await standingOf(world, signOn)).toBe('live')
    const said = { siteId: world.site.id, memberId: signOn.member.id, actor: signOn.actor, requestId: signOn.requestId }
    expect((await world.storage.readAudit(0, 100)).slice(-2)).toMatchObject([
      { ...said, event: 'member.registered' },
      { ...said, event: 'session.started', sessionId: expect.any(Number) },
    ])
  })

  test('somebody who is there keeps what is not given, and gets what is', async () => {
    await using world = await open()
    const member = await world.addMember({ profile: { firstName: 'Ada', lastName: 'Byron' } })
    world.clock.advance(minute)
    const signOn = aSignOn(world, { emailKey: member.emailKey, emailVerified: true, profile: { lastName: 'Lovelace' } })
    const changed: Member = {
      ...member,
      emailVerified: true,
      profile: { firstName: 'Ada', lastName: 'Lovelace' },
      revision: member.revision + 1,
      updatedAt: world.clock.now(),
    }
    expect(await world.storage.signOn(signOn)).toEqual({ outcome: 'signed_on', member: changed })
    expect(await world.storage.findMember(member.id)).toEqual(changed)
    expect(await world.storage.findMember(signOn.member.id)).toBeUndefined()
    expect(await standingOf(world, signOn)).toBe('live')
    expect((await world.storage.readAudit(0, 100)).slice(-2).map(({ event }) => event)).toEqual([
      'member.updated',
      'session.started',
    ])
  })

  test('a verified address stays verified, and who has everything already is not changed', async () => {
    await using world = await open()
    const member = await world.addMember({ emailVerified: true, profile: { firstName: 'Ada' } })
    world.clock.advance(minute)
    for (const profile of [{}, { firstName: 'Ada' }]) {
      const signOn = aSignOn(world, { emailKey: member.emailKey, profile })
      expect(await world.storage.signOn(signOn)).toEqual({ outcome: 'signed_on', member })
      expect(await world.storage.findMember(member.id)).toEqual(member)
    }
    expect((await world.storage.readAudit(0, 100)).map(({ event }) => event)).not.toContain('member.updated')
  })

  test('somebody who waited waits no more', async () => {
    await using world = await open()
    const statusReasons = ['PENDING_ADMIN_APPROVAL_REQUIRED', 'PENDING_EMAIL_VERIFICATION_REQUIRED'] as const
    const member = await world.addMember({ status: 'PENDING', statusReasons })
    const signOn = aSignOn(world, { emailKey: member.emailKey })
    expect(await world.storage.signOn(signOn)).toMatchObject({
      outcome: 'signed_on',
      member: { id: member.id, status: 'ACTIVE', statusReasons: [], emailVerified: false },
    })
    expect(await world.storage.findMember(member.id)).toMatchObject({ status: 'ACTIVE', statusReasons: [] })
    expect(await standingOf(world, signOn)).toBe('live')
    expect((await world.storage.readAudit(0, 100)).at(-2)).toMatchObject({
      event: 'member.approved',
      actor: signOn.actor,
    })
  })

  for (const status of ['BLOCKED', 'OFFLINE', 'DELETED'] as const) {
    test(`nobody is signed on who is ${status}, and nothing is changed`, async () => {
      await using world = await open()
      const member = await world.addMember({ status })
      const before = await world.database.dump()
      const signOn = aSignOn(world, { emailKey: member.emailKey, emailVerified: true, profile: { firstName: 'X' } })
      expect(await world.storage.signOn(signOn)).toEqual({ outcome: 'not_active', status })
      expect(await world.database.dump()).toBe(before)
    })
  }

  test('of two in one turn with one new address, one adds the member and both are signed on', async () => {
    await using world = await open()
    const emailKey = 'ada@shop.example'
    const first = aSignOn(world, { emailKey, profile: { firstName: 'Ada' } })
    const second = aSignOn(world, { emailKey, profile: { lastName: 'Lovelace' } })
    const answers = await Promise.all([world.storage.signOn(first), world.storage.signOn(second)])
    expect(answers.map(idOf)).toEqual([first.member.id, first.member.id])
    expect(await world.database.count('member')).toBe(1)
    expect(await world.storage.findMember(first.member.id)).toMatchObject({
      profile: { firstName: 'Ada', lastName: 'Lovelace' },
    })
    for (const each of [first, second]) expect(await standingOf(world, each)).toBe('live')
  })

  test('with a registration of the same address in one turn there is one member', async () => {
    await using world = await open()
    const member = world.aMember()
    const signOn = aSignOn(world, { emailKey: member.emailKey })
    const registration = { ...world.asked(), member, session: null }
    const [registered, signedOn] = await Promise.all([
      world.storage.registerMember(registration),
      world.storage.signOn(signOn),
    ])
    expect(registered).toEqual({ outcome: 'registered' })
    expect(idOf(signedOn)).toBe(member.id)
    expect(await world.database.count('member')).toBe(1)
  })

  test('S-07: a block in the same turn ends a session that was signed on before it, and lets none be after it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [before, after] = [1, 2].map(() => aSignOn(world, { emailKey: member.emailKey, profile: { nickname: 'A' } }))
    if (before === undefined || after === undefined) throw new Error('Nothing to sign on')
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    const block = { ...world.asked(), memberId: member.id, actor, mails: [] }
    const answers = await Promise.all([
      world.storage.signOn(before),
      world.storage.blockMember(block),
      world.storage.signOn(after),
    ])
    expect(answers).toMatchObject([
      { outcome: 'signed_on' },
      { outcome: 'blocked', ended: [{ memberId: member.id }] },
      { outcome: 'not_active', status: 'BLOCKED' },
    ])
    expect(await world.storage.findMember(member.id)).toMatchObject({ status: 'BLOCKED', profile: { nickname: 'A' } })
    expect(await standingOf(world, before)).toBe('blocked')
  })

  test('S-14: one session too many ends the oldest, and those that logins start in the same turn count too', async () => {
    await using world = await open()
    const member = await world.addMember()
    const most = { sessionsMost: 3 }
    // Too few to be too many with the logins alone, or with those who are signed on alone.
    const old = await world.addSession(member, most)
    await Promise.all([
      world.storage.startSession(world.aStart(world.aSession(member, most))),
      world.storage.signOn(aSignOn(world, { emailKey: member.emailKey }, 3)),
      world.storage.startSession(world.aStart(world.aSession(member, most))),
      world.storage.signOn(aSignOn(world, { emailKey: member.emailKey }, 3)),
    ])
    const all = await Promise.all((await world.database.sessions()).map((id) => world.standing({ by: 'id', id })))
    expect(all).toEqual(['capacity', 'capacity', 'live', 'live', 'live'])
    expect(await world.standing({ by: 'id', id: old.id })).toBe('capacity')
  })
}

export function aSignOn(world: World, about: Partial<Member> = {}, sessionsMost = 1000): MemberSignOn {
  const member = world.aMember({ passwordHash: null, ...about })
  const ticket = { hash: world.aSecret(), expiresAt: world.clock.now() + 10 * minute }
  const { memberId: _, ...session } = world.aSession(member, {
    secretHash: null,
    ticket,
    claimBy: ticket.expiresAt,
    sessionsMost,
  })
  return { ...world.asked(), member, session, actor: { kind: 'api_key', id: world.randomness.guid() } }
}

async function standingOf(world: World, { session }: MemberSignOn): Promise<string> {
  if (session.ticket === null) return 'no ticket'
  const ticket = await world.storage.findTicket('session', session.ticket.hash)
  return ticket?.session == null ? 'unknown' : world.standing({ by: 'id', id: ticket.session.session.id })
}

function idOf(signedOn: SignedOn): string {
  return signedOn.outcome === 'signed_on' ? signedOn.member.id : signedOn.outcome
}
