import { expect, test } from 'vitest'
import type { ChallengeKind } from '../../src/domain/challenge.ts'
import type { MemberId } from '../../src/domain/ids.ts'
import type { Member } from '../../src/domain/member.ts'
import type { EmailChange, MemberList, NewMail } from '../../src/ports/storage.ts'
import { day } from '../support/manual-clock.ts'
import { aChallenge, aMail } from './challenges.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function memberAdministrationConformance(open: OpenWorld): void {
  test('members are listed newest first, page by page, each once, whatever their status', async () => {
    await using world = await open()
    const added = await addMembers(world, 7)
    const pages = await pagesOf(world, (after) => ({ by: 'age', status: null, after }))
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    const expected = added.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    expect(pages.flat()).toEqual(expected)
  })

  test('members of one status are listed alone, and so is nobody', async () => {
    await using world = await open()
    const added = await addMembers(world, 7)
    const blocked = await pagesOf(world, (after) => ({ by: 'age', status: 'BLOCKED', after }))
    expect(new Set(blocked.flat().map(({ id }) => id))).toEqual(
      new Set(added.filter(({ status }) => status === 'BLOCKED').map(({ id }) => id)),
    )
    expect((await pagesOf(world, (after) => ({ by: 'age', status: 'OFFLINE', after }))).flat()).toEqual([])
  })

  test('members are found by the beginning of their address, in the order of code points', async () => {
    await using world = await open()
    const names = ['ada', 'ada+1', 'ada_b', 'adb', 'ad', 'ad%', 'adä']
    const keys = names.map((name) => `${name}@a.example`)
    for (const emailKey of keys) await world.addMember({ email: emailKey.toUpperCase(), emailKey })
    await world.addMember({ email: '', emailKey: 'ada-deleted', status: 'DELETED' })
    const found = async (prefix: string) =>
      (await pagesOf(world, (after: Member | null) => ({ by: 'address', prefix, after: after?.emailKey ?? null })))
        .flat()
        .map(({ emailKey }) => emailKey)
    expect(await found('ada')).toEqual(['ada+1@a.example', 'ada@a.example', 'ada_b@a.example'])
    expect(await found('ad')).toEqual(keys.toSorted())
    expect(await found('ad%')).toEqual(['ad%@a.example'])
    expect(await found('ada@a.example')).toEqual(['ada@a.example'])
    expect(await found('a_')).toEqual([])
    expect(await found('z')).toEqual([])
  })

  test('members are added in one call, whoever’s address or id is taken is left out and told, and each is on record', async () => {
    await using world = await open()
    const there = await world.addMember()
    const [first, second] = [world.aMember(), world.aMember()]
    const sameAddress = world.aMember({ emailKey: there.emailKey })
    const sameId = world.aMember({ id: there.id })
    const twice = world.aMember({ emailKey: first.emailKey })
    const add = (members: readonly Member[]) =>
      world.storage.addMembers({ ...world.asked(), members, event: 'member.imported', actor: actorOf(world) })
    expect(await add([first, sameAddress, second, sameId, twice])).toEqual([
      { outcome: 'added' },
      { outcome: 'email_taken', by: there.id },
      { outcome: 'added' },
      { outcome: 'id_taken' },
      { outcome: 'email_taken', by: first.id },
    ])
    expect(await world.storage.findMember(first.id)).toEqual(first)
    expect(await world.storage.findMember(second.id)).toEqual(second)
    expect(await world.storage.findMember(there.id)).toEqual(there)
    expect(await world.database.count('member')).toBe(3)
    const told = (await world.storage.readAudit(0, 100)).filter(({ event }) => event === 'member.imported')
    expect(told).toMatchObject([first, second].map(({ id }) => ({ memberId: id, actor: actorOf(world) })))

    const before = await world.database.dump()
    const again = await add([first, second])
    expect(again).toEqual([first, second].map(({ id }) => ({ outcome: 'email_taken', by: id })))
    expect(await add([])).toEqual([])
    expect(await world.database.dump()).toBe(before)
  })

  test('of two additions of the same members in one turn each is added once', async () => {
    await using world = await open()
    const members = Array.from({ length: 20 }, () => world.aMember())
    const add = (list: readonly Member[]) =>
      world.storage.addMembers({ ...world.asked(), members: list, event: 'member.imported', actor: actorOf(world) })
    const answers = await Promise.all([add(members), add(members.toReversed())])
    expect(answers.flat().filter(({ outcome }) => outcome === 'added')).toHaveLength(20)
    expect(await world.database.count('member')).toBe(20)
  })

  test('a change of a profile leaves what is not named, and the revision grows', async () => {
    await using world = await open()
    const member = await world.addMember({ profile: { firstName: 'Ada', lastName: 'Lovelace', company: 'None' } })
    world.clock.advance(5)
    const updated = await world.storage.updateMember({
      ...world.asked(),
      memberId: member.id,
      actor: actorOf(world),
      revision: member.revision,
      profile: { set: { lastName: 'King', position: 'Countess' }, remove: ['company', 'picture'] },
    })
    const expected = {
      ...member,
      profile: { firstName: 'Ada', lastName: 'King', position: 'Countess' },
      revision: member.revision + 1,
      updatedAt: world.clock.now(),
    }
    expect(updated).toEqual({ outcome: 'updated', member: expected })
    expect(await world.storage.findMember(member.id)).toEqual(expected)
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
      event: 'member.updated',
      memberId: member.id,
      actor: actorOf(world),
    })
  })

  test('of two changes of one revision in one turn one is made', async () => {
    await using world = await open()
    const member = await world.addMember()
    const change = (name: string) =>
      world.storage.updateMember({
        ...world.asked(),
        memberId: member.id,
        actor: actorOf(world),
        revision: member.revision,
        profile: { set: { [name]: 'x' }, remove: [] },
      })
    const outcomes = (await Promise.all([change('firstName'), change('lastName')])).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['updated', 'revision_differs'])
    expect(await world.storage.findMember(member.id)).toMatchObject({ profile: { firstName: 'x' } })
  })

  test('a changed address is the member’s, and the former is anybody’s', async () => {
    await using world = await open()
    const member = await world.addMember({ emailVerified: true })
    const changed = await world.storage.changeEmail(anEmailChange(world, member, 'New@Member.example'))
    expect(changed).toMatchObject({
      outcome: 'changed',
      member: { email: 'New@Member.example', emailKey: 'new@member.example', emailVerified: false },
    })
    expect(await world.storage.findMemberByEmail(world.site.id, member.emailKey)).toBeUndefined()
    expect(await world.storage.findMemberByEmail(world.site.id, 'new@member.example')).toMatchObject({
      id: member.id,
      revision: member.revision + 1,
    })
    await world.addMember({ emailKey: member.emailKey })
    expect((await world.storage.readAudit(0, 100)).map(({ event }) => event)).toContain('member.email_changed')
  })

  test('P-09: a changed address makes every link and code void that was sent to the former, and nobody else’s', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    const opened = (of: Member, kind: ChallengeKind) => {
      const challenge = aChallenge(world, of, kind)
      return world.storage
        .openChallenge({ ...world.asked(), challenge, mails: [], actor: actorOf(world) })
        .then(() => challenge)
    }
    const own = [await opened(member, 'recovery'), await opened(member, 'login_verification')]
    const others = await opened(other, 'recovery')
    await world.storage.changeEmail(anEmailChange(world, member, 'new@member.example'))
    for (const { id } of own) expect(await world.storage.findChallenge(id)).toMatchObject({ settled: { as: 'void' } })
    expect(await world.storage.findChallenge(others.id)).toEqual(others)
  })

  test('an address that another member has is not given to a second, and no mail is owed', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    const before = await world.database.dump()
    const change = anEmailChange(world, member, other.email, [aMail(world, member, 'email_changed')])
    expect(await world.storage.changeEmail(change)).toEqual({ outcome: 'email_taken' })
    expect(await world.database.dump()).toBe(before)
    const own = anEmailChange(world, member, member.email.toUpperCase(), [aMail(world, member, 'email_changed')])
    expect(await world.storage.changeEmail({ ...own, emailKey: member.emailKey })).toMatchObject({ outcome: 'changed' })
    expect(await world.database.count('mail')).toBe(1)
  })

  test('of two members who want one address in one turn exactly one gets it, and so with one who registers', async () => {
    await using world = await open()
    const [first, second] = [await world.addMember(), await world.addMember()]
    const email = 'wanted@member.example'
    const answers = await Promise.all([
      world.storage.changeEmail(anEmailChange(world, first, email)),
      world.storage.changeEmail(anEmailChange(world, second, email)),
      world.storage.registerMember({ ...world.asked(), member: world.aMember({ emailKey: email }), session: null }),
    ])
    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'email_taken', 'email_taken'])
  })

  test('a member who was deleted or is not there is not changed, nor one who has another revision', async () => {
    await using world = await open()
    const member = await world.addMember()
    const deleted = await world.addMember({ status: 'DELETED' })
    const nobody = world.aMember()
    const before = await world.database.dump()
    for (const [who, outcome] of [
      [deleted, 'deleted'],
      [nobody, 'unknown'],
      [{ ...member, revision: member.revision + 1 }, 'revision_differs'],
    ] as const) {
      const update = { memberId: who.id, actor: actorOf(world), profile: { set: { firstName: 'x' }, remove: [] } }
      expect(await world.storage.updateMember({ ...world.asked(), ...update, revision: who.revision })).toEqual({
        outcome,
      })
      expect(await world.storage.changeEmail(anEmailChange(world, who, 'new@member.example'))).toEqual({ outcome })
    }
    expect(await world.database.dump()).toBe(before)
  })

  test('all that is stored of a member is found, and nothing of anybody else', async () => {
    await using world = await open()
    const [member, other] = [await world.addMember(), await world.addMember()]
    const first = await world.addSession(member, { device: 'A phone', persistent: true })
    const client = await world.addClient()
    await world.addGrant(first, client)
    await world.addGrant(first)
    await world.end({ by: 'id', id: first.id })
    world.clock.advance(5)
    const second = await world.addSession(member, { clientId: null })
    await world.addSession(other)
    const challenge = aChallenge(world, member, 'recovery')
    const mails = [aMail(world, member, 'recovery')]
    await world.storage.openChallenge({ ...world.asked(), challenge, mails, actor: actorOf(world) })
    await world.storage.changeEmail(anEmailChange(world, member, 'new@member.example'))
    const now = world.clock.now()
    expect(await world.storage.findMemberRecord(member.id)).toEqual({
      member: await world.storage.findMember(member.id),
      sessions: [
        {
          id: first.id,
          clientId: world.client.id,
          createdAt: now - 5,
          usedAt: now - 5,
          expiresAt: now - 5 + 180 * day,
          persistent: true,
          device: 'A phone',
          ended: 'logout',
          clientIds: [client.id, world.client.id],
        },
        {
          id: second.id,
          clientId: null,
          createdAt: now,
          usedAt: now,
          expiresAt: now + 180 * day,
          persistent: false,
          device: null,
          ended: null,
          clientIds: [],
        },
      ],
      challenges: [{ kind: 'recovery', createdAt: now, expiresAt: challenge.expiresAt, settledAt: now }],
      mails: [{ kind: 'recovery', recipient: mails[0]?.recipient, state: 'pending', createdAt: now, settledAt: null }],
      networksUsedAt: [],
    })
    expect(await world.storage.findMemberRecord(world.aMember().id)).toBeUndefined()
  })

  test('S-07: a deletion ends every session of the member in its own commit, and nobody else’s', async () => {
    await using world = await open()
    const member = await world.addMember()
    const sessions = [await world.addSession(member), await world.addSession(member)]
    const ticketed = await world.addSessionWithTicket(member)
    const client = await world.addClient({ backchannelLogoutUri: 'https://one.example/logout' })
    const grant = await world.addGrant(sessions[0] ?? raise(), client)
    const bystander = await world.addSession(await world.addMember())
    const deleted = await world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) })
    expect(deleted).toMatchObject({
      outcome: 'deleted',
      ended: [{ id: sessions[0]?.id, grants: [{ sid: grant.sid }] }, { id: sessions[1]?.id }, { id: ticketed.id }],
    })
    for (const { secret } of sessions) expect(await world.standing({ by: 'secret', hash: secret })).toBe('deleted')
    expect(await world.standing({ by: 'sid', sid: grant.sid })).toBe('deleted')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('deleted')
    expect(await world.standing({ by: 'id', id: bystander.id })).toBe('live')
    expect(await world.database.notices()).toMatchObject([{ sid: grant.sid, kind: 'backchannel_logout' }])
    const told = (await world.storage.readAudit(0, 100)).slice(-4)
    expect(told.map(({ event, cause }) => [event, cause])).toEqual([
      ['session.ended', 'deleted'],
      ['session.ended', 'deleted'],
      ['session.ended', 'deleted'],
      ['member.deleted', null],
    ])
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('A-07: of a member who was deleted nothing personal is stored, while the chain still verifies', async () => {
    await using world = await open()
    const member = await world.addMember({
      email: 'Personal@Member.example',
      emailKey: 'personal@member.example',
      emailVerified: true,
      passwordHash: '$personal-hash',
      profile: { firstName: 'personal-name', phones: ['personal-phone'] },
    })
    await world.addGrant(await world.addSession(member, { device: 'personal device' }))
    const mails = [aMail(world, member, 'email_changed')]
    await world.storage.changeEmail({ ...anEmailChange(world, member, 'Personal@Other.example'), mails })
    const challenge = aChallenge(world, { ...member, emailKey: 'personal@other.example' }, 'address_verification')
    await world.storage.openChallenge({ ...world.asked(), challenge, mails: [], actor: actorOf(world) })
    expect(await world.database.dump()).toMatch(/personal/i)

    await world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) })
    expect(await world.database.dump()).not.toMatch(/personal/i)
    expect(await world.storage.findMember(member.id)).toMatchObject({
      email: '',
      emailVerified: false,
      status: 'DELETED',
      passwordHash: null,
      profile: {},
    })
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
  })

  test('A-07: a link that was about to be sent when the member was deleted is neither kept nor mailed', async () => {
    await using world = await open()
    const member = await world.addMember()
    const challenge = aChallenge(world, member, 'recovery')
    const mails = [aMail(world, member, 'recovery')]
    const [, opened] = await Promise.all([
      world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) }),
      world.storage.openChallenge({ ...world.asked(), challenge, mails, actor: { kind: 'system' } }),
    ])
    expect(opened).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).not.toContain(member.emailKey)
  })

  test('the address of a member who was deleted can be registered again, and is another member’s then', async () => {
    await using world = await open()
    const member = await world.addMember()
    await world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) })
    expect(await world.storage.findMemberByEmail(member.siteId, member.emailKey)).toBeUndefined()
    const again = await world.addMember({ emailKey: member.emailKey })
    expect(await world.storage.findMemberByEmail(member.siteId, member.emailKey)).toEqual(again)
  })

  test('a deletion that is asked for again changes nothing, and nobody can be deleted who is not there', async () => {
    await using world = await open()
    const member = await world.addMember()
    const remove = (id: MemberId) =>
      world.storage.deleteMember({ ...world.asked(), memberId: id, actor: actorOf(world) })
    await remove(member.id)
    const before = await world.database.dump()
    expect(await remove(member.id)).toEqual({ outcome: 'deleted', ended: [] })
    expect(await remove(world.aMember().id)).toEqual({ outcome: 'unknown' })
    expect(await world.database.dump()).toBe(before)
  })

  test('a member who has the status of a deleted one and an address all the same is erased', async () => {
    await using world = await open()
    const member = await world.addMember()
    await world.database.setMemberStatus(member.id, 'DELETED')
    await world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) })
    expect(await world.storage.findMember(member.id)).toMatchObject({ email: '', passwordHash: null })
  })

  test('S-07: nothing that is asked for in the same turn after a deletion is granted', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const { refreshToken } = await world.addGrant(session, await world.addClient())
    const [code, another] = [await world.addCode(session), world.aCode()]
    const rotation = { ...world.asked(), hash: refreshToken, successorHash: world.aSecret() }
    const change = { ...world.asked(), memberId: member.id, passwordHash: '$second', keep: session.id }
    const [before, deleted, after, ...refused] = await Promise.all([
      world.storage.startSession(world.aStart(world.aSession(member))),
      world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) }),
      world.storage.startSession(world.aStart(world.aSession(member))),
      world.storage.redeemCode(world.aRedemption(code)),
      world.storage.issueCode(world.anIssue({ by: 'secret', hash: session.secret }, another)),
      world.storage.rotateRefreshToken(rotation),
      world.storage.changePassword({ ...change, keepSecretHash: world.aSecret() }),
    ])
    expect(before.outcome).toBe('started')
    expect(deleted).toMatchObject({ outcome: 'deleted', ended: [{ id: session.id }, {}] })
    expect(after).toEqual({ outcome: 'member_not_active' })
    expect(refused).toEqual(refused.map(() => ({ outcome: 'session_over' })))
    for (const id of await world.database.sessions()) expect(await world.standing({ by: 'id', id })).toBe('deleted')
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: null })
  })

  test('a hash is not replaced by a login that was under way when the member was deleted', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [, rehashed] = await Promise.all([
      world.storage.deleteMember({ ...world.asked(), memberId: member.id, actor: actorOf(world) }),
      world.storage.rehashPassword({ memberId: member.id, from: '$first', to: '$second' }),
    ])
    expect(rehashed).toEqual({ outcome: 'changed' })
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: null })
  })
}

function actorOf(world: World) {
  return { kind: 'administrator', id: world.administratorKey.id } as const
}

/** Some with the same time, and some of each of two statuses. */
async function addMembers(world: World, count: number): Promise<readonly Member[]> {
  const added: Member[] = []
  for (let index = 0; index < count; index += 1) {
    if (index % 3 === 0) world.clock.advance(1)
    added.push(await world.addMember({ status: index % 2 === 0 ? 'ACTIVE' : 'BLOCKED' }))
  }
  return added
}

/** Every page of a list, three members each. */
async function pagesOf(
  world: World,
  listAfter: (last: Member | null) => Without<MemberList, 'siteId' | 'limit'>,
): Promise<readonly (readonly Member[])[]> {
  const pages: (readonly Member[])[] = []
  let last: Member | null = null
  do {
    const page = await world.storage.listMembers({ siteId: world.site.id, limit: 3, ...listAfter(last) })
    pages.push(page)
    last = page.length < 3 ? null : (page.at(-1) ?? null)
  } while (last !== null)
  return pages
}

type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

function anEmailChange(
  world: World,
  { id, revision }: Pick<Member, 'id' | 'revision'>,
  email: string,
  mails: readonly NewMail[] = [],
): EmailChange {
  const actor = actorOf(world)
  const address = { email, emailKey: email.toLowerCase(), emailVerified: false }
  return { ...world.asked(), memberId: id, actor, revision, ...address, mails }
}

function raise(): never {
  throw new Error('Cannot go on as there is no session')
}
