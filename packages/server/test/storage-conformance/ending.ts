import { expect, test } from 'vitest'
import type { Cause } from '../../src/domain/cause.ts'
import type { MemberId, SessionId } from '../../src/domain/ids.ts'
import type { Ending } from '../../src/ports/storage.ts'
import { minute } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { KnownGrant, KnownSession, OpenWorld } from './world.ts'

export function endingConformance(open: OpenWorld): void {
  const names: readonly (readonly [string, (session: KnownSession, grant: KnownGrant) => Ending])[] = [
    ['its number', ({ id }) => ({ by: 'id', id })],
    ['its secret', ({ secret }) => ({ by: 'secret', hash: secret })],
    ['the sid of a grant', (_, { sid }) => ({ by: 'sid', sid })],
  ]
  for (const [sentence, what] of names) {
    test(`T-09: a session that is ended by ${sentence} is over for every credential of it`, async () => {
      await using world = await open()
      const other = await world.addClient()
      const session = await world.addSession(await world.addMember())
      const bystander = await world.addSession(session.member)
      const first = await world.addGrant(session)
      const second = await world.addGrant(session, other)

      expect(await world.end(what(session, first), 'device')).toEqual({
        outcome: 'ended',
        sessions: [
          {
            id: session.id,
            memberId: session.member.id,
            grants: [
              { sid: first.sid, clientId: world.client.id },
              { sid: second.sid, clientId: other.id },
            ],
          },
        ],
      })
      expect(await world.standing({ by: 'id', id: session.id })).toBe('device')
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('device')
      for (const { sid, refreshToken } of [first, second]) {
        expect(await world.standing({ by: 'sid', sid })).toBe('device')
        expect(await world.refreshStanding(refreshToken)).toBe('device')
      }
      expect(await world.standing({ by: 'id', id: bystander.id })).toBe('live')
    })

    test(`a session is not ended twice by ${sentence}`, async () => {
      await using world = await open()
      const session = await world.addSession(await world.addMember())
      const grant = await world.addGrant(session)
      await world.end({ by: 'id', id: session.id })
      const before = await world.database.dump()
      expect(await world.end(what(session, grant), 'admin')).toEqual({ outcome: 'already_ended' })
      expect(await world.database.dump()).toBe(before)
      expect(await world.standing({ by: 'id', id: session.id })).toBe('logout')
    })
  }

  test('what names nothing is unknown, and nothing is written', async () => {
    await using world = await open()
    const before = await world.database.dump()
    const stranger = world.randomness.guid() as MemberId
    const nothing: readonly Ending[] = [
      { by: 'id', id: 4711 as SessionId },
      { by: 'secret', hash: world.aSecret() },
      { by: 'sid', sid: world.aSid() },
      { by: 'logout_ticket', hash: world.aSecret() },
      { by: 'member', memberId: stranger },
      { by: 'member_except', memberId: stranger, keep: 4711 as SessionId },
    ]
    const answers = await world.storage.endSessions(nothing.map((what) => world.anEnd(what)))
    expect(answers).toEqual(nothing.map(() => ({ outcome: 'unknown' })))
    expect(await world.database.dump()).toBe(before)
  })

  test('the answers to a mixed batch stand where their requests stood', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [one, two, three] = [
      await world.addSession(member),
      await world.addSession(member),
      await world.addSession(member),
    ]
    const requests: readonly Ending[] = [
      { by: 'id', id: one.id },
      { by: 'secret', hash: world.aSecret() },
      { by: 'secret', hash: one.secret },
      { by: 'member_except', memberId: member.id, keep: two.id },
      { by: 'member_except', memberId: member.id, keep: two.id },
      { by: 'id', id: two.id },
      { by: 'member', memberId: member.id },
    ]
    const answers = await world.storage.endSessions(requests.map((what) => world.anEnd(what)))
    const ended = ({ id }: KnownSession) => ({ outcome: 'ended', sessions: [{ id, memberId: member.id, grants: [] }] })
    expect(answers).toEqual([
      ended(one),
      { outcome: 'unknown' },
      { outcome: 'already_ended' },
      ended(three),
      { outcome: 'already_ended' },
      ended(two),
      { outcome: 'already_ended' },
    ])
  })

  test('no requests get no answers', async () => {
    await using world = await open()
    expect(await world.storage.endSessions([])).toEqual([])
    expect(await world.storage.endGrants([])).toEqual([])
  })

  test('an item that cannot be done fails alone, and nothing of it takes effect', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = [
      await world.addSession(member),
      await world.addSession(member),
      await world.addSession(member),
    ] as const
    const noCause = 'no such cause' as Cause
    const answers = await world.storage.endSessions(
      sessions.map(({ id }, index) => world.anEnd({ by: 'id', id }, index === 1 ? { cause: noCause } : {})),
    )
    expect(answers).toMatchObject([
      { outcome: 'ended' },
      { outcome: 'failed', error: { name: 'StorageUnavailable', outcome: 'nothing_happened' } },
      { outcome: 'ended' },
    ])
    expect(await Promise.all(sessions.map(({ id }) => world.standing({ by: 'id', id })))).toEqual([
      'logout',
      'live',
      'logout',
    ])
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    expect(await world.end({ by: 'id', id: sessions[1].id })).toMatchObject({ outcome: 'ended' })
  })

  test('D-12: a hundred parallel ends of one session make one record and one set of notices', async () => {
    await using world = await open()
    const client = await world.addClient({
      backchannelLogoutUri: 'https://client.example/logout',
      logoutUrl: 'https://client.example/bye',
    })
    const session = await world.addSession(await world.addMember())
    const { sid } = await world.addGrant(session, client)
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        world.end(
          (
            [
              { by: 'id', id: session.id },
              { by: 'secret', hash: session.secret },
              { by: 'sid', sid },
            ] as const
          )[index % 3] ?? { by: 'id', id: session.id },
        ),
      ),
    )
    expect(answers.filter(({ outcome }) => outcome === 'ended')).toHaveLength(1)
    expect(answers.filter(({ outcome }) => outcome === 'already_ended')).toHaveLength(99)
    expect(await world.database.count('revocation_log')).toBe(1)
    expect(await world.database.notices()).toHaveLength(2)
    const audit = await world.storage.readAudit(0, 1000)
    expect(audit.filter(({ event }) => event === 'session.ended')).toHaveLength(1)
  })

  test('D-12: ends of one session that come turn by turn make one record too', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const outcomes: string[] = []
    for (let turn = 0; turn < 10; turn += 1) outcomes.push((await world.end({ by: 'id', id: session.id })).outcome)
    expect(outcomes).toEqual(['ended', ...Array.from({ length: 9 }, () => 'already_ended')])
    expect(await world.database.count('revocation_log')).toBe(1)
  })

  test('all sessions of a member end, and nobody else’s', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = [await world.addSession(member), await world.addSession(member)]
    const bystander = await world.addSession(await world.addMember())
    const answer = await world.end({ by: 'member', memberId: member.id }, 'logout_everywhere')
    expect(answer).toEqual({
      outcome: 'ended',
      sessions: sessions.map(({ id }) => ({ id, memberId: member.id, grants: [] })),
    })
    for (const { id } of sessions) expect(await world.standing({ by: 'id', id })).toBe('logout_everywhere')
    expect(await world.standing({ by: 'id', id: bystander.id })).toBe('live')
    expect(await world.end({ by: 'member', memberId: member.id })).toEqual({ outcome: 'already_ended' })
  })

  test('all sessions of a member but one end, and that one lives on', async () => {
    await using world = await open()
    const member = await world.addMember()
    const keep = await world.addSession(member)
    const gone = await world.addSession(member)
    const { refreshToken } = await world.addGrant(keep)
    const what = { by: 'member_except', memberId: member.id, keep: keep.id } as const
    expect(await world.end(what, 'logout_others')).toMatchObject({ outcome: 'ended', sessions: [{ id: gone.id }] })
    expect(await world.standing({ by: 'id', id: gone.id })).toBe('logout_others')
    expect(await world.standing({ by: 'secret', hash: keep.secret })).toBe('live')
    expect(await world.refreshStanding(refreshToken)).toBe('live')
    expect(await world.end(what, 'logout_others')).toEqual({ outcome: 'already_ended' })
  })

  test('D-13: of two logins in the same turn as an end of all of a member’s sessions, the one asked for before is over, the one after lives', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [one, , two] = await Promise.all([
      world.addSession(member),
      world.end({ by: 'member', memberId: member.id }),
      world.addSession(member),
    ])
    expect(await world.standing({ by: 'id', id: one.id })).toBe('logout')
    expect(await world.standing({ by: 'id', id: two.id })).toBe('live')
    // And so does the record tell it.
    const told = (await world.storage.readAudit(0, 100)).filter(({ event }) => event.startsWith('session.'))
    expect(told.map(({ event, sessionId }) => ({ event, sessionId }))).toEqual([
      { event: 'session.started', sessionId: one.id },
      { event: 'session.ended', sessionId: one.id },
      { event: 'session.started', sessionId: two.id },
    ])
  })

  test('D-13: an end of all of a member’s sessions misses none that is started meanwhile', async () => {
    await using world = await open()
    const random = seededRandomness('starts against ends')
    for (let round = 0; round < 40; round += 1) {
      const member = await world.addMember()
      const earlier = await world.addSession(member)
      const position = random.below(12)
      const starting: Promise<SessionId>[] = []
      let ending: Promise<readonly SessionId[]> = Promise.resolve([])
      for (let place = 0; place < 12; place += 1) {
        if (place === position) {
          ending = world
            .end({ by: 'member', memberId: member.id })
            .then((answer) => (answer.outcome === 'ended' ? answer.sessions.map(({ id }) => id) : []))
        }
        starting.push(world.addSession(member).then(({ id }) => id))
        // So that the end shares its turn with some starts and not with others.
        if (random.below(3) === 0) await new Promise(setImmediate)
      }
      const ended = await ending
      const started = await Promise.all(starting)
      const later = await world.addSession(member)
      expect(ended).toContain(earlier.id)
      expect(ended).not.toContain(later.id)
      expect(await world.standing({ by: 'id', id: later.id })).toBe('live')
      const now = await world.storage.findMember(member.id)
      for (const id of started) {
        const facts = await world.storage.check({ by: 'id', id })
        // Either the end saw it, or it was made under the generation that the end raised.
        expect(facts?.ended).toBe(ended.includes(id) ? 'logout' : null)
        if (facts?.ended === null) expect(facts.session.memberGeneration).toBe(now?.generation)
      }
    }
  })

  test('D-14: under a clock that stands still, a login after an end of all is alive and the one before stays over', async () => {
    await using world = await open()
    const member = await world.addMember()
    const before = await world.addSession(member)
    await world.end({ by: 'member', memberId: member.id })
    const after = await world.addSession(member)
    expect(await world.standing({ by: 'id', id: before.id })).toBe('logout')
    expect(await world.standing({ by: 'id', id: after.id })).toBe('live')
  })

  test('B-01: a notice is owed for each way in which the client of a grant wants to be told, and for no other', async () => {
    await using world = await open()
    const both = await world.addClient({
      backchannelLogoutUri: 'https://both.example/logout',
      logoutUrl: 'https://both.example/bye',
    })
    const backchannel = await world.addClient({ backchannelLogoutUri: 'https://backchannel.example/logout' })
    const url = await world.addClient({ logoutUrl: 'https://url.example/bye' })
    const unrelated = await world.addClient({ backchannelLogoutUri: 'https://unrelated.example/logout' })
    const session = await world.addSession(await world.addMember())
    const silent = await world.addGrant(session)
    const grants = [
      await world.addGrant(session, both),
      await world.addGrant(session, backchannel),
      await world.addGrant(session, url),
    ] as const
    await world.addGrant(await world.addSession(await world.addMember()), unrelated)

    expect(await world.end({ by: 'id', id: session.id })).toMatchObject({
      sessions: [{ grants: [{ sid: silent.sid }, ...grants.map(({ sid }) => ({ sid }))] }],
    })
    const { n } = await world.storage.logHead()
    const owed = { logN: n, memberId: session.member.id, state: 'pending' }
    expect(await world.database.notices()).toEqual([
      { ...owed, clientId: both.id, sid: grants[0].sid, kind: 'backchannel_logout' },
      { ...owed, clientId: both.id, sid: grants[0].sid, kind: 'logout_url' },
      { ...owed, clientId: backchannel.id, sid: grants[1].sid, kind: 'backchannel_logout' },
      { ...owed, clientId: url.id, sid: grants[2].sid, kind: 'logout_url' },
    ])
  })

  test('a client whose id was written in capitals is told all the same', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const session = await world.addSession(await world.addMember())
    const shouted = { ...client, id: client.id.toUpperCase() as typeof client.id }
    const { sid } = await world.addGrant(session, shouted)
    await world.end({ by: 'id', id: session.id })
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid }])
  })

  test('a logout ticket ends the session that it names, once', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const bystander = await world.addSession(session.member)
    const hash = world.aSecret()
    await world.storage.issueLogoutTicket({
      hash,
      names: { session: session.id },
      clientId: world.client.id,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + minute,
    })
    world.clock.advance(minute - 1)
    expect(await world.end({ by: 'logout_ticket', hash })).toMatchObject({
      outcome: 'ended',
      sessions: [{ id: session.id }],
    })
    expect(await world.storage.findTicket('logout', hash)).toMatchObject({ spent: true })
    expect(await world.end({ by: 'logout_ticket', hash })).toEqual({ outcome: 'already_ended' })
    expect(await world.standing({ by: 'id', id: bystander.id })).toBe('live')
    expect(await world.database.count('revocation_log')).toBe(1)
  })

  test('a logout ticket past its time ends nothing, and is not told as an end', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const hash = world.aSecret()
    await world.storage.issueLogoutTicket({
      hash,
      names: { session: session.id },
      clientId: world.client.id,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + minute,
    })
    world.clock.advance(minute)
    const before = await world.database.dump()
    expect(await world.end({ by: 'logout_ticket', hash })).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  })

  test('a logout ticket of a session that has ended by other means says so', async () => {
    await using world = await open()
    const session = await world.addSession(await world.addMember())
    const hash = world.aSecret()
    await world.storage.issueLogoutTicket({
      hash,
      names: { session: session.id },
      clientId: world.client.id,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + minute,
    })
    await world.end({ by: 'id', id: session.id }, 'admin')
    expect(await world.end({ by: 'logout_ticket', hash })).toEqual({ outcome: 'already_ended' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('admin')
  })

  for (const status of ['BLOCKED', 'DELETED', 'PENDING', 'OFFLINE'] as const) {
    test(`L-17: a member who is ${status} can still be logged out`, async () => {
      await using world = await open()
      const session = await world.addSession(await world.addMember())
      await world.database.setMemberStatus(session.member.id, status)
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('member_not_active')
      expect(await world.end({ by: 'secret', hash: session.secret })).toMatchObject({ outcome: 'ended' })
      await world.database.setMemberStatus(session.member.id, 'ACTIVE')
      expect(await world.standing({ by: 'secret', hash: session.secret })).toBe('logout')
    })
  }

  test('a session ticket is no credential for logout', async () => {
    await using world = await open()
    const session = await world.addSessionWithTicket(await world.addMember())
    expect(await world.end({ by: 'logout_ticket', hash: session.ticket })).toEqual({ outcome: 'unknown' })
    expect(await world.end({ by: 'secret', hash: session.ticket })).toEqual({ outcome: 'unknown' })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('live')
  })
}
