import { expect, test } from 'vitest'
import type { MailId } from '../../src/domain/ids.ts'
import type { LeasedMail } from '../../src/ports/storage.ts'
import { day, hour, minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

const leaseMs = 3 * minute

export function mailConformance(open: OpenWorld): void {
  test('a mail is kept with the change that causes it, and waits to be sent at once', async () => {
    await using world = await open()
    const member = world.aMember()
    const mail = world.aMail(member, { parameters: { note: 'quotes " and \\ and \n and €' } })
    await world.storage.registerMember({ ...world.asked(), member, mails: [mail], session: null })
    const kept = { ...mail, id: expect.any(Number), attempts: 0, lastFailure: null, settledAt: null }
    const waiting = { ...kept, state: 'pending', nextAttemptAt: mail.createdAt }
    expect(await list(world)).toEqual([waiting])
    const [first] = await list(world)
    expect(await world.storage.findMail(first?.id ?? noMail)).toEqual(waiting)
  })

  test('no mail is kept where the change does not come about', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    await world.end({ by: 'id', id: session.id })
    const taken = world.aMember({ emailKey: member.emailKey })
    const mails = [world.aMail(member)]
    await world.storage.registerMember({ ...world.asked(), member: taken, mails, session: null })
    const change = { memberId: member.id, passwordHash: '$second', keep: session.id, keepSecretHash: null }
    expect(await world.storage.changePassword({ ...world.asked(), ...change, mails })).toEqual({
      outcome: 'session_over',
    })
    expect(await list(world)).toEqual([])
  })

  test('a password change, a block and the end of a block keep their mails, and repeated they keep none', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const mails = [world.aMail(member)]
    const change = { memberId: member.id, passwordHash: '$second', keep: session.id, keepSecretHash: world.aSecret() }
    await world.storage.changePassword({ ...world.asked(), ...change, mails })
    expect(await list(world)).toHaveLength(1)
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    const blocking = () => ({ ...world.asked(), memberId: member.id, actor, mails })
    for (const [call, count] of [
      ['blockMember', 2],
      ['blockMember', 2],
      ['unblockMember', 3],
      ['unblockMember', 3],
    ] as const) {
      await world.storage[call](blocking())
      expect(await list(world)).toHaveLength(count)
    }
  })

  test('A-08: an end keeps its mail where a session ends by it, and none where all had ended or nobody has it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [one, two] = [await world.addSession(member), await world.addSession(member)]
    const mails = [world.aMail(member)]
    const end = async (what: Parameters<World['anEnd']>[0]) => {
      await world.storage.endSessions([world.anEnd(what, { cause: 'admin', mails })])
      return (await list(world)).length
    }
    expect(await end({ by: 'id', id: one.id })).toBe(1)
    expect(await end({ by: 'id', id: one.id })).toBe(1)
    expect(await end({ by: 'member', memberId: member.id })).toBe(2)
    expect(await end({ by: 'member', memberId: member.id })).toBe(2)
    expect(await end({ by: 'secret', hash: two.secret })).toBe(2)
    expect(await end({ by: 'member', memberId: world.aMember().id })).toBe(2)
  })

  test('A-08: of ends that share a commit, each keeps its mail by what itself has ended', async () => {
    await using world = await open()
    const members = [await world.addMember(), await world.addMember(), await world.addMember()] as const
    const sessions = await Promise.all(members.map((member) => world.addSession(member)))
    await world.end({ by: 'id', id: sessions[1]?.id as never })
    const ends = members.map((member) =>
      world.anEnd({ by: 'member', memberId: member.id }, { cause: 'admin', mails: [world.aMail(member)] }),
    )
    const answers = await world.storage.endSessions(ends)
    expect(answers.map(({ outcome }) => outcome)).toEqual(['ended', 'already_ended', 'ended'])
    expect(answers).toMatchObject([{ sessions: [{ memberId: members[0].id }] }, {}, { sessions: [{}] }])
    const about = (await list(world)).map(({ memberId }) => memberId)
    expect(about.toSorted()).toEqual([members[0].id, members[2].id].toSorted())
  })

  test('a mail is handed out once, with the attempt counted, and again when the lease has run out', async () => {
    await using world = await open()
    const mail = await addMail(world)
    const [leased] = await lease(world)
    const leasedUntil = world.clock.now() + leaseMs
    expect(leased).toEqual({ ...mail, attempts: 1, nextAttemptAt: leasedUntil, leasedUntil })
    expect(await lease(world)).toEqual([])
    world.clock.advance(leaseMs - 1)
    expect(await lease(world)).toEqual([])
    world.clock.advance(1)
    expect(await lease(world)).toMatchObject([{ id: mail.id, attempts: 2 }])
  })

  test('those that wait longest are handed out first, as many as were asked for', async () => {
    await using world = await open()
    const mails = []
    for (let count = 0; count < 5; count += 1) {
      mails.push(await addMail(world))
      world.clock.advance(1)
    }
    const ids = mails.map(({ id }) => id)
    expect((await lease(world, 2)).map(({ id }) => id)).toEqual(ids.slice(0, 2))
    expect((await lease(world, 9)).map(({ id }) => id)).toEqual(ids.slice(2))
  })

  test('of senders that lease at once, none is given what another has', async () => {
    await using world = await open()
    for (let count = 0; count < 12; count += 1) await addMail(world)
    const leases = await Promise.all(Array.from({ length: 6 }, () => lease(world, 4)))
    const ids = leases.flat().map(({ id }) => id)
    expect(ids).toHaveLength(12)
    expect(new Set(ids).size).toBe(12)
  })

  test('a mail that was sent is settled for good', async () => {
    await using world = await open()
    const { id } = await addMail(world)
    const leased = await leaseOne(world)
    world.clock.advance(1)
    await world.storage.settleMails([{ ...leaseOf(leased), at: world.clock.now(), outcome: 'sent' }])
    const settled = { id, state: 'sent', attempts: 1, nextAttemptAt: null, settledAt: world.clock.now() }
    expect(await world.storage.findMail(id)).toMatchObject({ ...settled, lastFailure: null })
    world.clock.advance(day)
    expect(await lease(world)).toEqual([])
    const again = { outcome: 'again', failure: 'late', nextAttemptAt: world.clock.now() } as const
    for (const outcome of [again, { outcome: 'failed', failure: 'late' } as const]) {
      await world.storage.settleMails([{ ...leaseOf(leased), at: world.clock.now(), ...outcome }])
    }
    expect(await world.storage.findMail(id)).toMatchObject(settled)
  })

  test('a mail that is to be tried again comes at its time and not before, with why it failed on record', async () => {
    await using world = await open()
    const { id } = await addMail(world)
    const nextAttemptAt = world.clock.now() + hour
    const settlement = { ...leaseOf(await leaseOne(world)), at: world.clock.now(), failure: '451 4.3.0' }
    await world.storage.settleMails([{ ...settlement, outcome: 'again', nextAttemptAt }])
    const waiting = { id, state: 'pending', attempts: 1, nextAttemptAt, lastFailure: '451 4.3.0', settledAt: null }
    expect(await world.storage.findMail(id)).toMatchObject(waiting)
    world.clock.advance(hour - 1)
    expect(await lease(world)).toEqual([])
    world.clock.advance(1)
    expect(await lease(world)).toMatchObject([{ id, attempts: 2, lastFailure: '451 4.3.0' }])
  })

  test('whoever has lost the lease cannot give a mail up, and can still say that it was sent', async () => {
    await using world = await open()
    const { id } = await addMail(world)
    const lost = leaseOf(await leaseOne(world))
    world.clock.advance(leaseMs)
    const present = await leaseOne(world)
    const at = world.clock.now()
    await world.storage.settleMails([{ ...lost, at, outcome: 'failed', failure: 'too late' }])
    await world.storage.settleMails([{ ...lost, at, outcome: 'again', failure: 'too late', nextAttemptAt: at }])
    expect(await world.storage.findMail(id)).toMatchObject({ state: 'pending', lastFailure: null })
    expect(await lease(world)).toEqual([])
    await world.storage.settleMails([{ ...lost, at, outcome: 'sent' }])
    await world.storage.settleMails([{ ...leaseOf(present), at, outcome: 'failed', failure: 'mailbox full' }])
    expect(await world.storage.findMail(id)).toMatchObject({ state: 'sent', lastFailure: null })
  })

  test('many mails are settled at once, each in its own way', async () => {
    await using world = await open()
    for (let count = 0; count < 3; count += 1) await addMail(world)
    const [first, second, third] = (await lease(world)).map(leaseOf)
    const at = world.clock.now()
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three were owed')
    await world.storage.settleMails([
      { ...first, at, outcome: 'sent' },
      { ...second, at, outcome: 'failed', failure: '550 5.1.1' },
      { ...third, at, outcome: 'again', failure: 'no answer', nextAttemptAt: at + minute },
    ])
    await world.storage.settleMails([])
    expect((await list(world)).map(({ state, lastFailure }) => [state, lastFailure])).toEqual([
      ['pending', 'no answer'],
      ['failed', '550 5.1.1'],
      ['sent', null],
    ])
  })

  test('mails are listed newest first, by state and page by page', async () => {
    await using world = await open()
    for (let count = 0; count < 5; count += 1) await addMail(world)
    const ids = (await list(world)).map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
    const leased = await lease(world, 3)
    await world.storage.settleMails(
      leased.map((each) => ({ ...leaseOf(each), at: world.clock.now(), outcome: 'failed', failure: 'no' })),
    )
    const states = async (state: 'pending' | 'sent' | 'failed') =>
      (await world.storage.listMails({ state, before: null, limit: 9 })).map(({ id }) => id)
    expect(await states('pending')).toEqual(ids.slice(0, 2))
    expect(await states('sent')).toEqual([])
    expect(await states('failed')).toEqual(ids.slice(2))
    for (const state of ['failed', null] as const) {
      const all = state === null ? ids : ids.slice(2)
      const [, second = noMail] = await world.storage
        .listMails({ state, before: null, limit: 2 })
        .then((page) => page.map(({ id }) => id))
      const next = await world.storage.listMails({ state, before: second, limit: 9 })
      expect(next.map(({ id }) => id)).toEqual(all.slice(2))
    }
  })

  test('a mail that failed is tried again as if for the first time, which is on record, and no other is', async () => {
    await using world = await open()
    const { id, memberId } = await addMail(world)
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    const retry = (name: MailId) => world.storage.retryMail({ ...world.asked(), id: name, actor })
    expect(await retry(id)).toEqual({ outcome: 'not_failed' })
    expect(await retry(noMail)).toEqual({ outcome: 'unknown' })
    const failed = {
      ...leaseOf(await leaseOne(world)),
      at: world.clock.now(),
      outcome: 'failed',
      failure: 'no',
    } as const
    await world.storage.settleMails([failed])
    world.clock.advance(hour)
    expect(await lease(world)).toEqual([])
    const records = (await world.storage.readAudit(0, 100)).length
    expect(await retry(id)).toEqual({ outcome: 'pending' })
    expect((await world.storage.readAudit(0, 100)).slice(records)).toMatchObject([
      { event: 'mail.retried', actor, memberId, siteId: world.site.id },
    ])
    expect(await world.storage.findMail(id)).toMatchObject({ state: 'pending', attempts: 0, settledAt: null })
    expect(await retry(id)).toEqual({ outcome: 'not_failed' })
    const [leased] = await lease(world)
    expect(leased).toMatchObject({ id, attempts: 1 })
    if (leased === undefined) return
    await world.storage.settleMails([{ ...leaseOf(leased), at: world.clock.now(), outcome: 'sent' }])
    expect(await retry(id)).toEqual({ outcome: 'not_failed' })
  })

  test('what was settled, or has waited in vain, is deleted after thirty days, and nothing before', async () => {
    await using world = await open()
    for (let count = 0; count < 3; count += 1) await addMail(world)
    const [sent, failed] = (await lease(world, 2)).map(leaseOf)
    if (sent === undefined || failed === undefined) throw new Error('Three were owed')
    const at = world.clock.now()
    await world.storage.settleMails([
      { ...sent, at, outcome: 'sent' },
      { ...failed, at, outcome: 'failed', failure: 'no' },
    ])
    world.clock.advance(30 * day - 1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await list(world)).toHaveLength(3)
    world.clock.advance(1)
    expect(await world.storage.prune(world.clock.now(), 100)).toBe(3)
    expect(await list(world)).toEqual([])
  })
}

const noMail = 999_999 as MailId

async function addMail(world: World) {
  const member = world.aMember()
  await world.storage.registerMember({ ...world.asked(), member, mails: [world.aMail(member)], session: null })
  const [mail] = await world.storage.listMails({ state: null, before: null, limit: 1 })
  if (mail === undefined) throw new Error('Cannot go on as no mail was kept')
  return mail
}

const list = (world: World) => world.storage.listMails({ state: null, before: null, limit: 100 })

function lease(world: World, limit = 100): Promise<readonly LeasedMail[]> {
  const at = world.clock.now()
  return world.storage.leaseMails({ at, until: at + leaseMs, limit })
}

async function leaseOne(world: World): Promise<LeasedMail> {
  const [leased] = await lease(world)
  if (leased === undefined) throw new Error('Cannot go on as no mail was handed out')
  return leased
}

const leaseOf = ({ id, leasedUntil }: LeasedMail) => ({ id, leasedUntil })
