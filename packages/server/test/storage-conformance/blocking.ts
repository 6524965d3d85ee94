import { expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import type { Member } from '../../src/domain/member.ts'
import type { MemberBlocking } from '../../src/ports/storage.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function blockingConformance(open: OpenWorld): void {
  test('S-07: a block ends every session, grant, code and ticket of the member in one commit, for good', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const member = await world.addMember()
    const first = await world.addSession(member)
    const second = await world.addSession(member)
    const ticketed = await world.addSessionWithTicket(member)
    const bystander = await world.addSession(await world.addMember())
    const grant = await world.addGrant(first, client)
    const code = await world.addCode(second)
    const batches = (await world.storage.readLogBatches(0, 100)).length

    world.clock.advance(1)
    const blocked = await world.storage.blockMember(blocking(world, member))

    expect(blocked).toEqual({
      outcome: 'blocked',
      ended: [
        { id: first.id, memberId: member.id, grants: [{ sid: grant.sid, clientId: client.id }] },
        { id: second.id, memberId: member.id, grants: [] },
        { id: ticketed.id, memberId: member.id, grants: [] },
      ],
    })
    expect(await world.storage.readLogBatches(0, 100)).toHaveLength(batches + 1)
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid: grant.sid }])
    expect(await world.storage.findMember(member.id)).toMatchObject({
      status: 'BLOCKED',
      revision: member.revision + 1,
      updatedAt: world.clock.now(),
    })
    // The status alone would refuse them too, as long as it lasts.
    await world.storage.unblockMember(blocking(world, member))
    for (const { id } of [first, second, ticketed]) expect(await world.standing({ by: 'id', id })).toBe('blocked')
    expect(await world.standing({ by: 'secret', hash: first.secret })).toBe('blocked')
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('blocked')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('blocked')
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'session_over' })
    const issue = world.anIssue({ by: 'ticket', hash: ticketed.ticket }, world.aCode())
    expect(await world.storage.issueCode(issue)).toEqual({ outcome: 'session_over' })
    expect(await world.standing({ by: 'secret', hash: bystander.secret })).toBe('live')
  })

  test('a block and its end are on record, with who blocked and why sessions ended', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const before = (await world.storage.readAudit(0, 100)).length
    const block = blocking(world, member)
    await world.storage.blockMember(block)
    const unblock = blocking(world, member)
    await world.storage.unblockMember(unblock)
    const { actor } = block
    const said = { siteId: world.site.id, memberId: member.id, actor }
    expect((await world.storage.readAudit(0, 100)).slice(before)).toMatchObject([
      { ...said, event: 'session.ended', cause: 'blocked', sessionId: session.id, requestId: block.requestId },
      { ...said, event: 'member.blocked', cause: null, sessionId: null, requestId: block.requestId, at: block.at },
      { ...said, event: 'member.unblocked', cause: null, sessionId: null, requestId: unblock.requestId },
    ])
  })

  test('nobody starts a session while they are blocked, and once unblocked they do', async () => {
    await using world = await open()
    const member = await world.addMember()
    const start = () => world.storage.startSession(world.aStart(world.aSession(member)))
    await world.storage.blockMember(blocking(world, member))
    expect(await start()).toEqual({ outcome: 'member_not_active' })
    const unblocked = await world.storage.unblockMember(blocking(world, member))
    expect(unblocked).toEqual({ outcome: 'unblocked', status: 'ACTIVE' })
    const started = await start()
    if (started.outcome !== 'started') throw new Error(`The session was not started: ${started.outcome}`)
    expect(await world.standing({ by: 'id', id: started.sessionId })).toBe('live')
  })

  test('a member who was waiting for approval waits on once unblocked', async () => {
    await using world = await open()
    const statusReasons = ['PENDING_ADMIN_APPROVAL_REQUIRED'] as const
    const member = await world.addMember({ status: 'PENDING', statusReasons })
    await world.storage.blockMember(blocking(world, member))
    expect(await world.storage.findMember(member.id)).toMatchObject({ status: 'BLOCKED', statusReasons })
    const unblocked = await world.storage.unblockMember(blocking(world, member))
    expect(unblocked).toEqual({ outcome: 'unblocked', status: 'PENDING' })
    expect(await world.storage.findMember(member.id)).toMatchObject({ status: 'PENDING', statusReasons })
  })

  test('a block that is repeated is one, and ends what may be there', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    // Blocked by other means, which ended nothing.
    await world.database.setMemberStatus(member.id, 'BLOCKED')
    const again = () => world.storage.blockMember(blocking(world, member))
    expect(await again()).toMatchObject({ outcome: 'blocked', ended: [{ id: session.id }] })
    const [records, log] = [await world.database.count('audit'), await world.storage.logHead()]
    expect(await again()).toEqual({ outcome: 'blocked', ended: [] })
    expect(await world.database.count('audit')).toBe(records)
    expect(await world.storage.logHead()).toEqual(log)
    expect(await world.storage.findMember(member.id)).toMatchObject({ status: 'BLOCKED', revision: member.revision })
    const events = (await world.storage.readAudit(0, 100)).map(({ event }) => event)
    expect(events).not.toContain('member.blocked')
  })

  for (const status of ['ACTIVE', 'PENDING', 'OFFLINE'] as const) {
    test(`unblocking a member who is ${status} changes nothing`, async () => {
      await using world = await open()
      const member = await world.addMember({ status })
      const before = await world.database.dump()
      const unblocked = await world.storage.unblockMember(blocking(world, member))
      expect(unblocked).toEqual({ outcome: 'unblocked', status })
      expect(await world.database.dump()).toBe(before)
    })
  }

  test('a member who was deleted is neither blocked nor unblocked, and nobody is who is not there', async () => {
    await using world = await open()
    const deleted = await world.addMember({ status: 'DELETED' })
    const before = await world.database.dump()
    for (const [id, outcome] of [
      [deleted.id, 'deleted'],
      [world.randomness.guid() as MemberId, 'unknown'],
    ] as const) {
      expect(await world.storage.blockMember(blocking(world, { id }))).toEqual({ outcome })
      expect(await world.storage.unblockMember(blocking(world, { id }))).toEqual({ outcome })
    }
    expect(await world.database.dump()).toBe(before)
  })

  test('S-07: no session that is started in the same turn as a block outlives it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const start = () => world.storage.startSession(world.aStart(world.aSession(member)))
    const [before, blocked, after] = await Promise.all([
      start(),
      world.storage.blockMember(blocking(world, member)),
      start(),
    ])
    expect(before.outcome).toBe('started')
    expect(blocked).toMatchObject({ outcome: 'blocked', ended: [{ memberId: member.id }] })
    expect(after).toEqual({ outcome: 'member_not_active' })
    await world.storage.unblockMember(blocking(world, member))
    for (const id of await world.database.sessions()) expect(await world.standing({ by: 'id', id })).toBe('blocked')
  })

  test('S-07: nothing that is asked for in the same turn after a block is granted', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const ticketed = await world.addSessionWithTicket(member)
    const { refreshToken } = await world.addGrant(session, await world.addClient())
    const [code, ofTicket, ofSecret] = [await world.addCode(session), world.aCode(), world.aCode()]
    const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
    const change = { ...world.asked(), memberId: member.id, passwordHash: '$second', keep: session.id }
    const [blocked, ...refused] = await Promise.all([
      world.storage.blockMember(blocking(world, member)),
      world.storage.redeemCode(world.aRedemption(code)),
      world.storage.issueCode(world.anIssue({ by: 'ticket', hash: ticketed.ticket }, ofTicket)),
      world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, ofSecret)),
      world.storage.rotateRefreshToken(rotation),
      world.storage.changePassword({ ...change, keepSecretHash: world.aSecret() }),
    ])
    expect(blocked).toMatchObject({ outcome: 'blocked', ended: [{ id: session.id }, { id: ticketed.id }] })
    expect(refused).toEqual(refused.map(() => ({ outcome: 'session_over' })))
    await world.storage.unblockMember(blocking(world, member))
    expect(await world.refreshStanding(refreshToken)).toBe('blocked')
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: '$first' })
  })

  test('S-07: a code that is exchanged in the same turn before a block gives a grant that ends with it', async () => {
    await using world = await open()
    const member = await world.addMember()
    const redemption = world.aRedemption(await world.addCode(await world.addSession(member)))
    const [redeemed, blocked] = await Promise.all([
      world.storage.redeemCode(redemption),
      world.storage.blockMember(blocking(world, member)),
    ])
    expect(redeemed).toMatchObject({ outcome: 'granted' })
    expect(blocked).toMatchObject({ ended: [{ grants: [{ sid: redemption.sid }] }] })
    await world.storage.unblockMember(blocking(world, member))
    expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe('blocked')
  })

  test('who is blocked, unblocked and logs in within one turn is logged in, and nothing of before is', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const [, unblocked, started] = await Promise.all([
      world.storage.blockMember(blocking(world, member)),
      world.storage.unblockMember(blocking(world, member)),
      world.storage.startSession(world.aStart(world.aSession(member))),
    ])
    expect(unblocked).toEqual({ outcome: 'unblocked', status: 'ACTIVE' })
    if (started.outcome !== 'started') throw new Error(`The session was not started: ${started.outcome}`)
    expect(await world.standing({ by: 'id', id: started.sessionId })).toBe('live')
    expect(await world.standing({ by: 'id', id: session.id })).toBe('blocked')
  })

  test('of two blocks in one turn one ends the sessions, and both are told that the member is blocked', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const answers = await Promise.all([1, 2].map(() => world.storage.blockMember(blocking(world, member))))
    expect(answers).toMatchObject([
      { outcome: 'blocked', ended: [{ id: session.id }] },
      { outcome: 'blocked', ended: [] },
    ])
    const events = (await world.storage.readAudit(0, 100)).map(({ event }) => event)
    expect(events.filter((event) => event === 'member.blocked' || event === 'session.ended')).toHaveLength(2)
  })
}

function blocking(world: World, { id }: Pick<Member, 'id'>): MemberBlocking {
  return { ...world.asked(), memberId: id, actor: { kind: 'administrator', id: world.administratorKey.id } }
}
