import { expect, test } from 'vitest'
import type { Member } from '../../src/domain/member.ts'
import type { ApprovalDecision } from '../../src/ports/storage.ts'
import { aChallenge, aMail, aRecovery } from './challenges.ts'
import type { OpenWorld, World } from './world.ts'

const waitsForOwner = { status: 'PENDING', statusReasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] } as const
const active = { status: 'ACTIVE', statusReasons: [] } as const

export function approvalConformance(open: OpenWorld): void {
  test('an approval lets a waiting member in, with a mail and a record, once', async () => {
    await using world = await open()
    const member = await world.addMember(waitsForOwner)
    world.clock.advance(1)
    expect(await world.storage.approveMember(decision(world, member))).toEqual({
      outcome: 'approved',
      standing: active,
    })
    expect(await world.storage.findMember(member.id)).toEqual({
      ...member,
      ...active,
      revision: member.revision + 1,
      updatedAt: world.clock.now(),
    })
    expect(await world.database.count('mail')).toBe(1)
    const record = { event: 'member.approved', memberId: member.id, actor: { kind: 'administrator' } }
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject(record)
    const before = await world.database.dump()
    expect(await world.storage.approveMember(decision(world, member))).toEqual({
      outcome: 'approved',
      standing: active,
    })
    expect(await world.database.dump()).toBe(before)
  })

  test('of two approvals in the same instant both succeed, and the member is written to once', async () => {
    await using world = await open()
    const member = await world.addMember(waitsForOwner)
    const both = await Promise.all([1, 2].map(() => world.storage.approveMember(decision(world, member))))
    expect(both.map(({ outcome }) => outcome)).toEqual(['approved', 'approved'])
    expect(await world.database.count('mail')).toBe(1)
  })

  test('an approval proves no address: who has to do that as well waits on', async () => {
    await using world = await open()
    const member = await world.addMember({
      status: 'PENDING',
      statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED', 'PENDING_ADMIN_APPROVAL_REQUIRED'],
    })
    const standing = { status: 'PENDING', statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'] }
    expect(await world.storage.approveMember(decision(world, member))).toEqual({ outcome: 'approved', standing })
  })

  test('an approval lifts no block', async () => {
    await using world = await open()
    const member = await world.addMember({ ...waitsForOwner, status: 'BLOCKED' })
    const standing = { status: 'BLOCKED', statusReasons: [] }
    expect(await world.storage.approveMember(decision(world, member))).toEqual({ outcome: 'approved', standing })
  })

  test('a rejection takes a waiting member out of service, and an approval after it lets them in', async () => {
    await using world = await open()
    const member = await world.addMember(waitsForOwner)
    const standing = { ...waitsForOwner, status: 'OFFLINE' }
    const rejected = { outcome: 'rejected', standing, ended: [] }
    expect(await world.storage.rejectMember(decision(world, member))).toEqual(rejected)
    expect(await world.storage.findMember(member.id)).toMatchObject(standing)
    expect(await world.database.count('mail')).toBe(1)
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({ event: 'member.rejected' })
    expect(await world.storage.rejectMember(decision(world, member))).toEqual(rejected)
    expect(await world.database.count('mail')).toBe(1)
    expect(await world.storage.approveMember(decision(world, member))).toEqual({
      outcome: 'approved',
      standing: active,
    })
  })

  test('a rejection ends what there is and makes challenges void, in the same commit', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const link = aChallenge(world, member, 'recovery')
    const code = aChallenge(world, member, 'login_verification')
    const actor = { kind: 'system' } as const
    for (const challenge of [link, code]) {
      await world.storage.openChallenge({ ...world.asked(), challenge, mails: [], actor })
    }
    const waiting = await world.addMember(waitsForOwner)
    expect(await world.storage.rejectMember(decision(world, member))).toEqual({ outcome: 'not_waiting' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')

    const mine = aChallenge(world, waiting, 'recovery')
    const myCode = aChallenge(world, waiting, 'login_verification')
    for (const challenge of [mine, myCode]) {
      await world.storage.openChallenge({ ...world.asked(), challenge, mails: [], actor })
    }
    const [, rejected, recovered] = await Promise.all([
      world.storage.findMember(waiting.id),
      world.storage.rejectMember(decision(world, waiting)),
      world.storage.recoverMember(aRecovery(world, waiting, mine)),
    ])
    expect(rejected).toMatchObject({ outcome: 'rejected' })
    expect(recovered).toEqual({ outcome: 'void' })
    for (const { id } of [mine, myCode]) {
      expect(await world.storage.findChallenge(id)).toMatchObject({ settled: { as: 'void' } })
    }
    for (const { id } of [link, code]) expect(await world.storage.findChallenge(id)).toMatchObject({ settled: null })
  })

  test.each(['ACTIVE', 'BLOCKED', 'DELETED', 'OFFLINE'] as const)(
    'nobody who is %s is rejected, and nothing changes',
    async (status) => {
      await using world = await open()
      const member = await world.addMember({ status })
      const before = await world.database.dump()
      expect(await world.storage.rejectMember(decision(world, member))).toEqual({ outcome: 'not_waiting' })
      expect(await world.database.dump()).toBe(before)
    },
  )

  test('a member who is not there or was deleted can be neither approved nor rejected', async () => {
    await using world = await open()
    const deleted = await world.addMember({ status: 'DELETED' })
    const before = await world.database.dump()
    expect(await world.storage.approveMember(decision(world, deleted))).toEqual({ outcome: 'deleted' })
    expect(await world.storage.approveMember(decision(world, world.aMember()))).toEqual({ outcome: 'unknown' })
    expect(await world.storage.rejectMember(decision(world, world.aMember()))).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
  })

  test('a block and its end leave a member waiting for what they waited for', async () => {
    await using world = await open()
    const member = await world.addMember({
      status: 'PENDING',
      statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'],
    })
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    await world.storage.blockMember({ ...world.asked(), memberId: member.id, actor })
    const unblocked = await world.storage.unblockMember({ ...world.asked(), memberId: member.id, actor })
    expect(unblocked).toEqual({ outcome: 'unblocked', status: 'PENDING' })
  })
}

function decision(world: World, member: Member): ApprovalDecision {
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  return { ...world.asked(), memberId: member.id, actor, mails: [aMail(world, member, 'approved')] }
}
