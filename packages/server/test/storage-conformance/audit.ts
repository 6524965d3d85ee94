import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/ports/storage.ts'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld, World } from './world.ts'

export function auditConformance(open: OpenWorld): void {
  test('A-01: every step of a session’s life has its record, in order', async () => {
    await using world = await open()
    const member = world.aMember()
    await world.storage.registerMember({ ...world.asked(), member, session: world.aSession(member) })
    const session = await world.addSessionWithTicket(member)
    const code = world.aCode()
    await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, code))
    await world.storage.redeemCode(world.aRedemption(code))
    await world.storage.changePassword({
      ...world.asked(),
      memberId: member.id,
      passwordHash: '$second',
      keep: session.id,
      keepSecretHash: null,
    })
    await world.end({ by: 'id', id: session.id })
    const records = await world.storage.readAudit(0, 100)
    expect(records.map(({ event }) => event)).toEqual([
      'site.created',
      'member.registered',
      'session.started',
      'session.started',
      'session.claimed',
      'grant.opened',
      'session.ended',
      'member.password_changed',
      'session.secret_rotated',
      'session.ended',
    ])
    expect(records.map(({ n }) => n)).toEqual(records.map((_, index) => index + 1))
    expect(records.slice(1).every(({ memberId }) => memberId === member.id)).toBe(true)
    expect(records.map(({ cause }) => cause).filter((cause) => cause !== null)).toEqual(['password_changed', 'logout'])
  })

  test('A-02: the record of an end tells when, by whom, why and how much ended and is owed', async () => {
    await using world = await open()
    const client = await world.addClient({
      backchannelLogoutUri: 'https://client.example/logout',
      logoutUrl: 'https://client.example/bye',
    })
    const session = await world.addSession(await world.addMember())
    const grant = await world.addGrant(session, client)
    await world.addGrant(session)
    await world.addGrant(session)
    const rotation = { ...world.asked(), hash: grant.refreshToken, successorHash: world.aSecret() }
    await world.storage.rotateRefreshToken(rotation)
    world.clock.advance(1)
    const asked = { at: world.clock.now(), requestId: 'a request\nwith a line of its own' }
    const actor = { kind: 'client', id: client.id } as const
    await world.storage.endSessions([{ ...asked, what: { by: 'id', id: session.id }, cause: 'signal', actor }])
    expect(await lastRecord(world)).toEqual({
      n: expect.any(Number),
      ...asked,
      siteId: world.site.id,
      event: 'session.ended',
      cause: 'signal',
      actor,
      memberId: session.member.id,
      sessionId: session.id,
      clientId: null,
      grantsEnded: 2,
      // The successor of the one, and the two of the grant that was taken up again; the spent one had ended before.
      refreshTokensEnded: 3,
      noticesOwed: 2,
      keyId: null,
    })
  })

  test('A-02: the record of a grant’s end tells of that grant alone', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const session = await world.addSession(await world.addMember())
    await world.addGrant(session)
    const { sid } = await world.addGrant(session, client)
    await world.endGrant(sid, 'reuse_detected')
    expect(await lastRecord(world)).toMatchObject({
      event: 'grant.ended',
      cause: 'reuse_detected',
      actor: { kind: 'member', id: session.member.id },
      sessionId: session.id,
      clientId: client.id,
      grantsEnded: 1,
      refreshTokensEnded: 1,
      noticesOwed: 1,
      keyId: null,
    })
  })

  test('A-01: a login that replaces another is recorded with its end', async () => {
    await using world = await open()
    const before = await world.addSession(await world.addMember())
    const start = world.aStart(world.aSession(before.member), { replaces: before.secret })
    await world.storage.startSession(start)
    const records = (await world.storage.readAudit(0, 100)).slice(-2)
    expect(records).toMatchObject([
      { event: 'session.ended', cause: 'replaced', sessionId: before.id, requestId: start.requestId },
      { event: 'session.started', cause: null, requestId: start.requestId },
    ])
  })

  test('an end of everyone and an end of a visitor are recorded', async () => {
    await using world = await open()
    const until = world.clock.now() + minute
    await world.end({ by: 'visitor', siteId: world.site.id, visitorId: world.aVisitor(), until })
    expect(await lastRecord(world)).toMatchObject({ event: 'visitor.ended', cause: 'logout', sessionId: null })
    await world.end({ by: 'everyone', siteId: world.site.id }, 'admin')
    expect(await lastRecord(world)).toMatchObject({ event: 'site.generation_raised', cause: 'admin' })
  })

  test('an act that changes nothing else is recorded by itself, with who did it', async () => {
    await using world = await open()
    const log = await world.storage.logHead()
    const act = { ...world.asked(), siteId: world.site.id, event: 'backup.ordered' } as const
    const actor = { kind: 'administrator', id: world.administratorKey.id } as const
    const before = await world.storage.readAudit(0, 100)
    await Promise.all([world.storage.recordAct({ ...act, actor }), world.storage.recordAct({ ...act, actor })])
    const recorded = { ...act, actor, cause: null, memberId: null, sessionId: null, clientId: null }
    const numbered = [1, 2].map((further) => ({ n: before.length + further }))
    expect((await world.storage.readAudit(0, 100)).slice(before.length)).toMatchObject(
      numbered.map(({ n }) => ({ ...recorded, n, grantsEnded: 0 })),
    )
    expect(await world.storage.logHead()).toEqual(log)
  })

  test('what was refused is not recorded as done', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    await world.end({ by: 'id', id: session.id })
    const count = await world.database.count('audit')
    await world.end({ by: 'id', id: session.id })
    await world.storage.redeemCode(world.aRedemption(world.aCode()))
    await world.storage.startSession(world.aStart(world.aSession(session.member), { passwordHash: '$wrong' }))
    await world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, world.aCode()))
    expect(await world.database.count('audit')).toBe(count)
  })

  test('the audit is read in pages', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (let count = 0; count < 8; count += 1) await world.addSession(member)
    const all = await world.storage.readAudit(0, 100)
    expect(all).toHaveLength(10)
    expect(await world.storage.readAudit(0, 4)).toEqual(all.slice(0, 4))
    expect(await world.storage.readAudit(4, 4)).toEqual(all.slice(4, 8))
    expect(await world.storage.readAudit(10, 4)).toEqual([])
  })
}

async function lastRecord(world: World): Promise<AuditRecord | undefined> {
  return (await world.storage.readAudit(0, 1000)).at(-1)
}
