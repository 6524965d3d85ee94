import { expect, test } from 'vitest'
import type { ClientId } from '../../src/domain/ids.ts'
import { minute } from '../support/manual-clock.ts'
import type { OpenWorld } from './world.ts'

export function codeConformance(open: OpenWorld): void {
  test('a ticket becomes a code, and its session is claimed', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    world.clock.advance(10 * minute - 1)
    const issued = await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode()))
    expect(issued).toEqual({ outcome: 'issued', sessionId: session.id })
    world.clock.advance(minute)
    expect(await world.storage.check({ by: 'id', id: session.id })).toMatchObject({ session: { claimBy: null } })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
    expect(await world.storage.findTicket('session', session.ticket)).toMatchObject({ spent: true })
  })

  test('a ticket is good once', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    const issue = () => world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode()))
    expect(await issue()).toMatchObject({ outcome: 'issued' })
    expect(await issue()).toEqual({ outcome: 'ticket_spent' })
    expect(await world.database.count('authorization_code')).toBe(1)
  })

  test('of many calls with one ticket in one turn exactly one issues a code', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    const issued = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode())),
      ),
    )
    expect(issued.filter(({ outcome }) => outcome === 'issued')).toHaveLength(1)
    expect(issued.filter(({ outcome }) => outcome === 'ticket_spent')).toHaveLength(19)
    expect(await world.database.count('authorization_code')).toBe(1)
  })

  test('a ticket that is unknown, of another kind or past its time issues no code', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSessionWithTicket(member, 5 * minute)
    const logoutTicket = world.aSecret()
    await world.storage.issueLogoutTicket({
      hash: logoutTicket,
      names: { session: session.id },
      clientId: world.client.id,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + minute,
    })
    const issue = async (hash: typeof logoutTicket) =>
      (await world.storage.issueCode(world.anIssue({ by: 'ticket', hash }, world.aCode()))).outcome
    expect(await issue(world.aSecret())).toBe('ticket_unknown')
    expect(await issue(logoutTicket)).toBe('ticket_unknown')
    world.clock.advance(5 * minute)
    expect(await issue(session.ticket)).toBe('ticket_expired')
    expect(await world.database.count('authorization_code')).toBe(0)
  })

  test('S-12: a session that is over issues no code, and its ticket is not spent by asking', async () => {
    await using world = await open()
    const member = await world.addMember()
    const withTicket = await world.addSessionWithTicket(member)
    const withSecret = await world.addSession(member)
    await world.end({ by: 'member', memberId: member.id })
    const before = await world.database.dump()
    for (const authority of [
      { by: 'ticket', hash: withTicket.ticket },
      { by: 'secret', hash: withSecret.secret },
      { by: 'secret', hash: world.aSecret() },
    ] as const) {
      expect(await world.storage.issueCode(world.anIssue(authority, world.aCode()))).toEqual({
        outcome: 'session_over',
      })
    }
    expect(await world.database.dump()).toBe(before)
  })

  test('the browser gets a secret for a session that had none', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    const cookie = { secretHash: world.aSecret(), replaces: null, device: null }
    await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode(), cookie))
    expect(await world.storage.check({ by: 'secret', hash: cookie.secretHash })).toMatchObject({
      session: { id: session.id },
    })
  })

  test('a session gets the device of the browser that takes it, keeps its own where that has none, and then for good', async () => {
    await using world = await open()
    const member = await world.addMember()
    const devices = async () => {
      const list = { memberId: member.id, before: null, limit: 10 }
      return (await world.storage.listSessions(list)).map(({ device }) => device)
    }
    const take = async (device: string | null) => {
      const session = await world.addSessionWithTicket(member, 60_000, { device: 'The app' })
      const cookie = { secretHash: world.aSecret(), replaces: null, device }
      await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode(), cookie))
      return cookie.secretHash
    }
    const secret = await take('The browser')
    expect(await devices()).toEqual(['The browser'])
    await take(null)
    expect(await devices()).toEqual(['The app', 'The browser'])
    const again = { secretHash: world.aSecret(), replaces: null, device: 'Another browser' }
    await world.storage.issueCode(world.anIssue({ by: 'secret', hash: secret }, world.aCode(), again))
    expect(await devices()).toEqual(['The app', 'The browser'])
  })

  test('a session that has a secret keeps it', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const cookie = { secretHash: world.aSecret(), replaces: null, device: null }
    await world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, world.aCode(), cookie))
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
    expect(await world.standing({ by: 'secret', hash: cookie.secretHash })).toBe('unknown')
  })

  test('the session that the browser held before ends as replaced', async () => {
    await using world = await open()
    const member = await world.addMember()
    const before = await world.addSession(member)
    const session = await world.addSessionWithTicket(member)
    const cookie = { secretHash: world.aSecret(), replaces: before.secret, device: null }
    await world.storage.issueCode(world.anIssue({ by: 'ticket', hash: session.ticket }, world.aCode(), cookie))
    expect(await world.standing({ by: 'secret', hash: before.secret })).toBe('replaced')
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  })

  test('a session does not replace itself', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = world.aCode()
    const cookie = { secretHash: world.aSecret(), replaces: session.secret, device: null }
    const issued = await world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, code, cookie))
    expect(issued.outcome).toBe('issued')
    expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('live')
    expect(await world.storage.redeemCode(world.aRedemption(code))).toMatchObject({ outcome: 'granted' })
  })

  test('a code becomes a grant of its client with a refresh token', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const redemption = world.aRedemption(await world.addCode(session))
    const redeemed = await world.storage.redeemCode(redemption)
    const facts = await world.storage.check({ by: 'sid', sid: redemption.sid })
    expect(redeemed).toMatchObject({
      outcome: 'granted',
      grant: {
        sid: redemption.sid,
        sessionId: session.id,
        clientId: world.client.id,
        scope: 'openid offline_access',
        createdAt: world.clock.now(),
      },
      refreshable: true,
    })
    expect(redeemed).toMatchObject({ facts })
    expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe('live')
  })

  test('a code whose scope asks for no refresh token brings none', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const redemption = world.aRedemption(await world.addCode(session, { scope: 'openid' }))
    expect(await world.storage.redeemCode(redemption)).toMatchObject({ outcome: 'granted', refreshable: false })
    expect(await world.storage.findRefreshToken(redemption.refreshTokenHash)).toBeUndefined()
  })

  test('O-06: a presentation that does not fit is refused by name, and leaves the code to its client', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    const { presented } = world.aRedemption(code)
    const before = await world.database.dump()
    for (const [outcome, wrong] of [
      ['other_client', { clientId: world.randomness.guid() as ClientId }],
      ['other_redirect_uri', { redirectUri: 'https://client.example/other' }],
      ['other_redirect_uri', { redirectUri: null }],
      ['wrong_verifier', { challenge: 'another' }],
    ] as const) {
      const redemption = world.aRedemption(code, { presented: { ...presented, ...wrong } })
      expect(await world.storage.redeemCode(redemption)).toEqual({ outcome })
    }
    expect(await world.storage.redeemCode(world.aRedemption(world.aCode()))).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
    expect(await world.storage.redeemCode(world.aRedemption(code))).toMatchObject({ outcome: 'granted' })
  })

  test('O-06: a code is refused at exactly its time', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    world.clock.set(code.expiresAt)
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'expired' })
    expect(await world.database.count('client_grant')).toBe(0)
  })

  test('O-07: a code that is presented again names the grant that it became', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    const first = world.aRedemption(code)
    await world.storage.redeemCode(first)
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'replayed', sid: first.sid })
    expect(await world.database.count('client_grant')).toBe(1)
    expect(await world.database.count('refresh_token')).toBe(1)
  })

  test('O-07: a spent code names no grant to somebody who cannot present it rightly', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    await world.storage.redeemCode(world.aRedemption(code))
    const guess = world.aRedemption({ ...code, challenge: 'a guess' })
    expect(await world.storage.redeemCode(guess)).toEqual({ outcome: 'spent' })
    world.clock.advance(minute)
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'spent' })
  })

  test('O-06: of many exchanges of one code in one turn exactly one is granted', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    const redeemed = await Promise.all(
      Array.from({ length: 20 }, () => world.storage.redeemCode(world.aRedemption(code))),
    )
    const granted = redeemed.flatMap((answer) => (answer.outcome === 'granted' ? [answer.grant.sid] : []))
    const replayed = redeemed.flatMap((answer) => (answer.outcome === 'replayed' ? [answer.sid] : []))
    expect(granted).toHaveLength(1)
    expect(replayed).toEqual(Array.from({ length: 19 }, () => granted[0]))
    expect(await world.database.count('client_grant')).toBe(1)
    expect(await world.database.count('refresh_token')).toBe(1)
  })

  test('S-12: a code of a session that has ended is worth nothing', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const code = await world.addCode(session)
    await world.end({ by: 'id', id: session.id })
    const before = await world.database.dump()
    expect(await world.storage.redeemCode(world.aRedemption(code))).toEqual({ outcome: 'session_over' })
    expect(await world.database.dump()).toBe(before)
  })

  test('D-09: of an exchange and an end in one turn, whatever is granted is over', async () => {
    await using world = await open()
    const member = await world.addMember()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    for (const order of ['exchange first', 'end first'] as const) {
      const session = await world.addSession(member)
      const redemption = world.aRedemption(await world.addCode(session, { clientId: client.id }))
      const redeem = () => world.storage.redeemCode(redemption)
      const end = () => world.end({ by: 'id', id: session.id })
      const owedBefore = (await world.database.notices()).length
      const [first, second] = await Promise.all(
        order === 'exchange first' ? ([redeem(), end()] as const) : ([end(), redeem()] as const),
      )
      const granted = first.outcome === 'granted' || second.outcome === 'granted'
      expect([first.outcome, second.outcome]).toContain('ended')
      expect(await world.standing({ by: 'sid', sid: redemption.sid })).toBe(granted ? 'logout' : 'unknown')
      expect(await world.refreshStanding(redemption.refreshTokenHash)).toBe(granted ? 'logout' : 'unknown')
      expect((await world.database.notices()).length - owedBefore).toBe(granted ? 1 : 0)
    }
  })

  test('D-10: of an issue and an end in one turn, whatever code is issued is worth nothing', async () => {
    await using world = await open()
    const member = await world.addMember()
    for (const order of ['issue first', 'end first'] as const) {
      const session = await world.addSession(member)
      const code = world.aCode()
      const issue = () => world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, code))
      const end = () => world.end({ by: 'id', id: session.id })
      await Promise.all(order === 'issue first' ? [issue(), end()] : [end(), issue()])
      const redeemed = await world.storage.redeemCode(world.aRedemption(code))
      expect(['session_over', 'unknown']).toContain(redeemed.outcome)
    }
    expect(await world.database.count('client_grant')).toBe(0)
  })
}
