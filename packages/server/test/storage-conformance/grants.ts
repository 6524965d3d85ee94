import { expect, test } from 'vitest'
import type { Cause } from '../../src/domain/cause.ts'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function grantConformance(open: OpenWorld): void {
  test('a grant that is ended alone leaves the other grants and the session alive', async () => {
    await using world = await open()
    const other = await world.addClient({ backchannelLogoutUri: 'https://other.example/logout' })
    const told = await world.addClient({ backchannelLogoutUri: 'https://told.example/logout' })
    const session = await world.addSession(await world.addMember())
    const gone = await world.addGrant(session, told)
    const stays = await world.addGrant(session, other)

    expect(await world.endGrant(gone.sid, 'revoked')).toEqual({ outcome: 'ended' })
    expect(await world.standing({ by: 'sid', sid: gone.sid })).toBe('revoked')
    expect(await world.refreshStanding(gone.refreshToken)).toBe('revoked')
    expect(await world.standing({ by: 'sid', sid: stays.sid })).toBe('live')
    expect(await world.refreshStanding(stays.refreshToken)).toBe('live')
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
    expect(await world.database.notices()).toMatchObject([{ clientId: told.id, sid: gone.sid }])
    expect(await world.storage.readLog(0, 10)).toMatchObject([
      { kind: 'grant', grantId: gone.grant.id, sessionId: session.id, sids: [gone.sid], cause: 'revoked' },
    ])
  })

  test('a grant ends once, also when its session has ended', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const first = await world.addGrant(session)
    const second = await world.addGrant(session, await world.addClient())
    await world.endGrant(first.sid)
    await world.end({ by: 'id', id: session.id })
    const before = await world.database.dump()
    expect(await world.endGrant(first.sid)).toEqual({ outcome: 'already_ended' })
    expect(await world.endGrant(second.sid)).toEqual({ outcome: 'already_ended' })
    expect(await world.endGrant(world.aSid())).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
  })

  test('D-12: a hundred parallel ends of one grant make one record', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const { sid } = await world.addGrant(await world.addSession(await world.addMember()), client)
    const answers = await Promise.all(Array.from({ length: 100 }, () => world.endGrant(sid)))
    expect(answers.filter(({ outcome }) => outcome === 'ended')).toHaveLength(1)
    expect(answers.filter(({ outcome }) => outcome === 'already_ended')).toHaveLength(99)
    expect(await world.database.count('revocation_log')).toBe(1)
    expect(await world.database.notices()).toHaveLength(1)
  })

  test('the answers for grants stand where their requests stood, and one that fails does so alone', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const first = await world.addGrant(session)
    const second = await world.addGrant(session, await world.addClient())
    const request = { ...world.asked(), cause: 'revoked', actor: null } as const
    const answers = await world.storage.endGrants([
      { ...request, sid: world.aSid() },
      { ...request, sid: first.sid, cause: 'no such cause' as Cause },
      { ...request, sid: second.sid },
      { ...request, sid: second.sid },
    ])
    expect(answers).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'failed', error: { outcome: 'nothing_happened' } },
      { outcome: 'ended' },
      { outcome: 'already_ended' },
    ])
    expect(await world.standing({ by: 'sid', sid: first.sid })).toBe('live')
  })

  test('the grants of a session that ends are named and told in the order in which they were opened', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const sids: string[] = []
    for (let count = 0; count < 8; count += 1) {
      const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
      sids.push((await world.addGrant(session, client)).sid)
    }
    const answer = await world.end({ by: 'id', id: session.id })
    expect(answer.outcome === 'ended' && answer.sessions[0]?.grants.map(({ sid }) => sid)).toEqual(sids)
    expect(await world.storage.readLog(0, 10)).toMatchObject([{ sids }])
    expect((await world.database.notices()).map(({ sid }) => sid)).toEqual(sids)
  })

  test('a session that ends does not name again, or tell again, the grants that ended before it', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const session = await world.addSession(await world.addMember())
    const before = await world.addGrant(session, client)
    const stays = await world.addGrant(session)
    await world.endGrant(before.sid)
    expect(await world.end({ by: 'id', id: session.id })).toMatchObject({
      sessions: [{ grants: [{ sid: stays.sid }] }],
    })
    expect(await world.storage.readLog(1, 10)).toMatchObject([{ sids: [stays.sid] }])
    expect(await world.database.notices()).toHaveLength(1)
    expect(await world.standing({ by: 'sid', sid: before.sid })).toBe('logout')
  })

  test('a live grant is taken up again with its sid, and its scope grows', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const first = await world.addGrant(session, world.client, 'openid offline_access')
    world.clock.advance(minute)
    const second = await world.addGrant(session, world.client, 'openid email')
    expect(second.grant).toEqual({ ...first.grant, scope: 'openid offline_access email' })
    expect(await world.database.count('client_grant')).toBe(1)
    expect(await world.refreshStanding(first.refreshToken)).toBe('live')
    expect(await world.storage.check({ by: 'sid', sid: first.sid })).toMatchObject({ grant: second.grant })
  })

  test('a grant that has ended is not taken up again: the next one has a sid of its own', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const first = await world.addGrant(session)
    await world.endGrant(first.sid)
    const second = await world.addGrant(session)
    expect(second.sid).not.toBe(first.sid)
    expect(await world.standing({ by: 'sid', sid: first.sid })).toBe('revoked')
    expect(await world.refreshStanding(first.refreshToken)).toBe('revoked')
    expect(await world.standing({ by: 'sid', sid: second.sid })).toBe('live')
    expect(await world.refreshStanding(second.refreshToken)).toBe('live')
  })

  test('each client, and each session, has a grant of its own', async () => {
    await using world = await open()
    const other = await world.addClient()
    const member = await world.addMember()
    const one = await world.addSession(member)
    const two = await world.addSession(member)
    const sids = [
      (await world.addGrant(one)).sid,
      (await world.addGrant(one, other)).sid,
      (await world.addGrant(two)).sid,
    ]
    expect(new Set(sids).size).toBe(3)
  })

  test('D-09: of an exchange and an end of the grant in one turn, no token of the ended grant works', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (const order of ['exchange first', 'end first'] as const) {
      const session = await world.addSession(member)
      const first = await world.addGrant(session)
      const redemption = world.aRedemption(await world.addCode(session))
      const redeem = () => world.storage.redeemCode(redemption)
      const end = () => world.endGrant(first.sid)
      await Promise.all(order === 'exchange first' ? [redeem(), end()] : [end(), redeem()])
      expect(await world.standing({ by: 'sid', sid: first.sid })).toBe('revoked')
      expect(await world.refreshStanding(first.refreshToken)).toBe('revoked')
      const token = await world.storage.findRefreshToken(redemption.refreshTokenHash)
      // Taken up before the end, it is over with the grant; made after it, it belongs to a new one.
      expect(token?.facts.grant.ended).toBe(token?.facts.grant.sid === first.sid ? 'revoked' : null)
    }
  })
}
