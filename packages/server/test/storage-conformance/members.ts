import { expect, test } from 'vitest'
import type { MemberId, SiteId } from '../../src/domain/ids.ts'
import type { PasswordChange } from '../../src/ports/storage.ts'
import { day } from '../support/manual-clock.ts'
import type { KnownSession, OpenWorld, World } from './world.ts'

export function memberConformance(open: OpenWorld): void {
  test('a member is found by id and by address, as registered', async () => {
    await using world = await open()
    const member = world.aMember({
      status: 'PENDING',
      statusReasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'],
      emailVerified: true,
      profile: { firstName: 'Ada', nested: { list: [1, 'zwei', null] } },
    })
    expect(await world.storage.registerMember({ ...world.asked(), member, session: null })).toEqual({
      outcome: 'registered',
    })
    expect(await world.storage.findMember(member.id)).toEqual(member)
    expect(await world.storage.findMemberByEmail(member.siteId, member.emailKey)).toEqual(member)
  })

  test('a member that nobody registered is missing, which is no error', async () => {
    await using world = await open()
    const member = await world.addMember()
    expect(await world.storage.findMember(world.randomness.guid() as MemberId)).toBeUndefined()
    expect(await world.storage.findMemberByEmail(world.site.id, 'nobody@member.example')).toBeUndefined()
    const otherSite = world.randomness.guid() as SiteId
    expect(await world.storage.findMemberByEmail(otherSite, member.emailKey)).toBeUndefined()
  })

  test('of many registrations of one address in one turn exactly one registers', async () => {
    await using world = await open()
    const emailKey = 'ada@member.example'
    const members = Array.from({ length: 20 }, () => world.aMember({ emailKey }))
    const answers = await Promise.all(
      members.map((member) =>
        world.storage.registerMember({ ...world.asked(), member, session: world.aSession(member) }),
      ),
    )
    expect(answers.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1)
    expect(answers.filter(({ outcome }) => outcome === 'email_taken')).toHaveLength(19)
    expect(await world.database.count('member')).toBe(1)
    expect(await world.database.count('session')).toBe(1)
  })

  test('a registration with a session starts it', async () => {
    await using world = await open()
    const member = world.aMember()
    const secretHash = world.aSecret()
    const session = world.aSession(member, { secretHash })
    await world.storage.registerMember({ ...world.asked(), member, session })
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('live')
  })

  test('a hash is replaced by one of the same password', async () => {
    await using world = await open()
    const member = await world.addMember({ passwordHash: '$old' })
    const rehash = { memberId: member.id, from: '$old', to: '$new' }
    expect(await world.storage.rehashPassword(rehash)).toEqual({ outcome: 'replaced' })
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: '$new' })
  })

  test('a hash that is not the stored one any more is not replaced', async () => {
    await using world = await open()
    const member = await world.addMember({ passwordHash: '$changed meanwhile' })
    const rehash = { memberId: member.id, from: '$old', to: '$new' }
    expect(await world.storage.rehashPassword(rehash)).toEqual({ outcome: 'changed' })
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: '$changed meanwhile' })
  })

  test('a secret that was replaced still names its session to whoever ends it, however often it was replaced', async () => {
    await using world = await open()
    const keep = await world.addSession(await world.addMember())
    await world.storage.changePassword(change(world, keep, { keepSecretHash: world.aSecret() }))
    await world.storage.changePassword(change(world, keep, { keepSecretHash: null }))
    expect(await world.standing({ by: 'secret', hash: keep.secret })).toBe('unknown')
    expect(await world.end({ by: 'secret', hash: keep.secret })).toMatchObject({ outcome: 'ended' })
    expect(await world.standing({ by: 'id', id: keep.id })).toBe('logout')
    expect(await world.standing({ by: 'secret_or_former', hash: keep.secret })).toBe('logout')
  })

  test('so does one that was given and replaced in the same turn', async () => {
    await using world = await open()
    const keep = await world.addSession(await world.addMember())
    const [brief, last] = [world.aSecret(), world.aSecret()]
    const changes = [brief, last].map((keepSecretHash) => change(world, keep, { keepSecretHash }))
    await Promise.all(changes.map((each) => world.storage.changePassword(each)))
    expect(await world.standing({ by: 'secret', hash: last })).toBe('live')
    for (const hash of [keep.secret, brief]) {
      expect(await world.standing({ by: 'secret', hash })).toBe('unknown')
      expect(await world.standing({ by: 'secret_or_former', hash })).toBe('live')
    }
  })

  test('S-05: a password change gives the asking session a new secret and ends all others', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const member = await world.addMember()
    const other = await world.addMember()
    const keep = await world.addSession(member)
    const first = await world.addSession(member)
    const second = await world.addSession(member)
    const foreign = await world.addSession(other)
    const grant = await world.addGrant(first, client)
    const kept = await world.addGrant(keep, client)
    const keepSecretHash = world.aSecret()

    world.clock.advance(1)
    const changed = await world.storage.changePassword(change(world, keep, { keepSecretHash }))

    expect(changed).toEqual({
      outcome: 'changed',
      ended: [
        { id: first.id, memberId: member.id, grants: [{ sid: grant.sid, clientId: client.id }] },
        { id: second.id, memberId: member.id, grants: [] },
      ],
    })
    expect(await world.standing({ by: 'secret', hash: keep.secret })).toBe('unknown')
    expect(await world.standing({ by: 'secret', hash: keepSecretHash })).toBe('live')
    expect(await world.standing({ by: 'secret_or_former', hash: keep.secret })).toBe('live')
    expect(await world.standing({ by: 'sid', sid: kept.sid })).toBe('live')
    expect(await world.standing({ by: 'secret', hash: first.secret })).toBe('password_changed')
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('password_changed')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('password_changed')
    expect(await world.standing({ by: 'secret', hash: second.secret })).toBe('password_changed')
    expect(await world.standing({ by: 'secret', hash: foreign.secret })).toBe('live')
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid: grant.sid }])
    expect(await world.storage.findMember(member.id)).toMatchObject({
      passwordHash: '$second',
      revision: member.revision + 1,
      updatedAt: world.clock.now(),
    })
  })

  test('a password change can leave the asking session without a secret', async () => {
    await using world = await open()
    const keep = await world.addSession(await world.addMember())
    expect(await world.storage.changePassword(change(world, keep))).toEqual({ outcome: 'changed', ended: [] })
    expect(await world.standing({ by: 'secret', hash: keep.secret })).toBe('unknown')
    expect(await world.standing({ by: 'id', id: keep.id })).toBe('live')
  })

  const over: readonly (readonly [string, (world: World, session: KnownSession) => unknown])[] = [
    ['has ended', (world, { id }) => world.end({ by: 'id', id })],
    ['has passed its limit', (world) => world.clock.advance(200 * day)],
    ['is over with everyone’s', (world) => world.end({ by: 'everyone', siteId: world.site.id })],
    ['is of a member who was blocked', (world, { member }) => world.database.setMemberStatus(member.id, 'BLOCKED')],
  ]
  for (const [sentence, happens] of over) {
    test(`a session that ${sentence} cannot change the password`, async () => {
      await using world = await open()
      const keep = await world.addSession(await world.addMember())
      const other = await world.addSession(keep.member)
      await happens(world, keep)
      const before = await world.database.dump()
      expect(await world.storage.changePassword(change(world, keep))).toEqual({ outcome: 'session_over' })
      expect(await world.database.dump()).toBe(before)
      expect(await world.storage.check({ by: 'id', id: other.id })).toMatchObject({ ended: null })
    })
  }

  test('nobody changes a password by another member’s session', async () => {
    await using world = await open()
    const victim = await world.addSession(await world.addMember())
    const keep = await world.addSession(await world.addMember())
    const answer = await world.storage.changePassword(change(world, keep, { memberId: victim.member.id }))
    expect(answer).toEqual({ outcome: 'session_over' })
    expect(await world.storage.findMember(victim.member.id)).toMatchObject({ passwordHash: '$first' })
    expect(await world.standing({ by: 'secret', hash: victim.secret })).toBe('live')
  })

  test('D-08: a session that is ended in the same turn does not change the password after its end', async () => {
    await using world = await open()
    const keep = await world.addSession(await world.addMember())
    const keepSecretHash = world.aSecret()
    const [ended, changed] = await Promise.all([
      world.end({ by: 'id', id: keep.id }),
      world.storage.changePassword(change(world, keep, { keepSecretHash })),
    ])
    expect(ended.outcome).toBe('ended')
    // Whichever came first, the session is over, and its new secret is worth nothing.
    expect(await world.standing({ by: 'id', id: keep.id })).toBe('logout')
    const member = await world.storage.findMember(keep.member.id)
    expect(member?.passwordHash).toBe(changed.outcome === 'changed' ? '$second' : '$first')
    expect(await world.standing({ by: 'secret', hash: keepSecretHash })).toBe(
      changed.outcome === 'changed' ? 'logout' : 'unknown',
    )
  })

  test('of two sessions that change the password in one turn exactly one does', async () => {
    await using world = await open()
    const member = await world.addMember()
    const one = await world.addSession(member)
    const two = await world.addSession(member)
    const outcomes = await Promise.all(
      [one, two].map(async (keep) => (await world.storage.changePassword(change(world, keep))).outcome),
    )
    expect(outcomes.toSorted()).toEqual(['changed', 'session_over'])
    const standings = await Promise.all([one, two].map(({ id }) => world.standing({ by: 'id', id })))
    expect(standings.toSorted()).toEqual(['live', 'password_changed'])
  })

  test('D-13: no login with the old password outlives a password change in the same turn', async () => {
    await using world = await open()
    const keep = await world.addSession(await world.addMember())
    const start = () =>
      world.storage.startSession(world.aStart(world.aSession(keep.member), { passwordHash: '$first' }))
    const [before, , after] = await Promise.all([start(), world.storage.changePassword(change(world, keep)), start()])
    for (const started of [before, after]) {
      if (started.outcome !== 'started') expect(started.outcome).toBe('password_changed')
      else expect(await world.standing({ by: 'id', id: started.sessionId })).toBe('password_changed')
    }
    expect(await start()).toEqual({ outcome: 'password_changed' })
  })
}

function change(world: World, keep: KnownSession, overrides: Partial<PasswordChange> = {}): PasswordChange {
  return {
    ...world.asked(),
    memberId: keep.member.id,
    passwordHash: '$second',
    keep: keep.id,
    keepSecretHash: null,
    ...overrides,
  }
}
