import { expect, test } from 'vitest'
import {
  type Challenge,
  type ChallengeKind,
  codeLifetimeMs,
  codesSentMax,
  codeTriesMax,
  newChallenge,
} from '../../src/domain/challenge.ts'
import type { ChallengeId } from '../../src/domain/ids.ts'
import type { Member } from '../../src/domain/member.ts'
import type { CodeAttempt, MemberRecovery, NewMail } from '../../src/ports/storage.ts'
import { day, minute } from '../support/manual-clock.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { OpenWorld, World } from './world.ts'

export function challengeConformance(open: OpenWorld): void {
  test('a challenge is found as it was opened, and is kept in one commit with its mail', async () => {
    await using world = await open()
    const member = await world.addMember()
    const challenge = aChallenge(world, member, 'recovery', {
      clientId: world.client.id,
      redirectUri: 'https://client.example/in',
    })
    expect(await openChallenge(world, challenge)).toEqual({ outcome: 'opened' })
    expect(await world.storage.findChallenge(challenge.id)).toEqual(challenge)
    expect(await world.database.count('mail')).toBe(1)
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({
      event: 'challenge.opened',
      memberId: member.id,
      clientId: world.client.id,
    })
  })

  test('a challenge that nobody opened is missing, and one for a member who is not there cannot be answered', async () => {
    await using world = await open()
    const nobody = world.aMember()
    const challenge = aChallenge(world, nobody, 'recovery')
    expect(await world.storage.findChallenge(challenge.id)).toBeUndefined()
    expect(await openChallenge(world, challenge)).toEqual({ outcome: 'unknown' })
    expect(await world.database.count('mail')).toBe(0)
    expect((await world.storage.readAudit(0, 100)).at(-1)).toMatchObject({ event: 'challenge.opened', memberId: null })
    const id = challenge.id
    expect(await world.storage.recoverMember(aRecovery(world, nobody, challenge))).toEqual({ outcome: 'unknown' })
    expect(await world.storage.tryCode(anAttempt(world, nobody, { id }))).toEqual({ outcome: 'unknown' })
    const sending = { ...world.asked(), id, memberId: nobody.id, after: 1, mails: [] }
    expect(await world.storage.sendAnotherCode(sending)).toEqual({ outcome: 'unknown' })
  })

  test('P-09: a newer link makes the older links of the member void, and nothing else', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [first, invited, code] = await opened(world, member, 'recovery', 'activation', 'login_verification')
    const [others] = await opened(world, await world.addMember(), 'recovery')
    const [second] = await opened(world, member, 'recovery')
    expect(await settledAs(world, first)).toBe('void')
    expect(await settledAs(world, invited)).toBe('void')
    for (const each of [code, others, second]) expect(await settledAs(world, each)).toBeUndefined()
    expect(await world.storage.recoverMember(aRecovery(world, member, first))).toEqual({ outcome: 'void' })
  })

  test('P-09: of links that are asked for in the same instant, one is good', async () => {
    await using world = await open()
    const member = await world.addMember()
    const links = [1, 2, 3].map(() => aChallenge(world, member, 'recovery'))
    await Promise.all(links.map((link) => openChallenge(world, link)))
    const settled = await Promise.all(links.map((link) => settledAs(world, link)))
    expect(settled.filter((as) => as === undefined)).toHaveLength(1)
  })

  test('S-05: a recovery sets the password, proves the address, ends every session and starts one, in one commit', async () => {
    await using world = await open()
    const client = await world.addClient({ backchannelLogoutUri: 'https://client.example/logout' })
    const member = await world.addMember()
    const first = await world.addSession(member)
    const grant = await world.addGrant(first, client)
    const ticketed = await world.addSessionWithTicket(member)
    const bystander = await world.addSession(await world.addMember())
    const [link] = await opened(world, member, 'recovery')
    const mails = await world.database.count('mail')
    world.clock.advance(1)
    const secretHash = world.aSecret()
    const session = world.aSession(member, { secretHash })
    const recovery = aRecovery(world, member, link, { session, mails: [aMail(world, member, 'password_reset')] })

    expect(await world.storage.recoverMember(recovery)).toEqual({
      outcome: 'recovered',
      standing: { status: 'ACTIVE', statusReasons: [] },
      ended: [
        { id: first.id, memberId: member.id, grants: [{ sid: grant.sid, clientId: client.id }] },
        { id: ticketed.id, memberId: member.id, grants: [] },
      ],
    })
    expect(problemOfLog(await readWholeLog(world.storage))).toBeUndefined()
    expect(await world.database.notices()).toMatchObject([{ clientId: client.id, sid: grant.sid }])
    const after = await world.storage.findMember(member.id)
    expect(after).toMatchObject({ passwordHash: '$recovered', emailVerified: true, updatedAt: world.clock.now() })
    expect(after?.revision).toBe(member.revision + 1)
    expect(await settledAs(world, link)).toBe('used')
    expect(await world.database.count('mail')).toBe(mails + 1)
    for (const { id } of [first, ticketed]) expect(await world.standing({ by: 'id', id })).toBe('password_reset')
    expect(await world.refreshStanding(grant.refreshToken)).toBe('password_reset')
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('live')
    expect(await world.standing({ by: 'secret', hash: bystander.secret })).toBe('live')
    const events = (await world.storage.readAudit(0, 100)).map(({ event }) => event)
    expect(events).toEqual(expect.arrayContaining(['member.password_reset', 'member.email_verified']))
  })

  test('S-05: a recovery that starts nothing leaves no session alive', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const [link] = await opened(world, member, 'recovery')
    expect(await world.storage.recoverMember(aRecovery(world, member, link))).toMatchObject({
      outcome: 'recovered',
      ended: [{ id: session.id }],
    })
    expect(await world.standing({ by: 'id', id: session.id })).toBe('password_reset')
  })

  test('P-09: a link is good once', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [link] = await opened(world, member, 'recovery')
    await world.storage.recoverMember(aRecovery(world, member, link))
    const before = await world.database.dump()
    const again = aRecovery(world, member, link, { passwordHash: '$second' })
    expect(await world.storage.recoverMember(again)).toEqual({ outcome: 'used' })
    expect(await world.database.dump()).toBe(before)
  })

  test('P-09: of two recoveries by one link in the same instant, one succeeds', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [link] = await opened(world, member, 'recovery')
    const outcomes = await Promise.all(
      ['$one', '$two'].map((passwordHash) =>
        world.storage.recoverMember(aRecovery(world, member, link, { passwordHash, session: world.aSession(member) })),
      ),
    )
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['recovered', 'used'])
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: '$one' })
    expect(await world.database.sessions()).toHaveLength(1)
  })

  test('P-09: a link is good until its time has come, and not a millisecond longer', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [link] = await opened(world, member, 'recovery')
    world.clock.set(link.expiresAt)
    expect(await world.storage.recoverMember(aRecovery(world, member, link))).toEqual({ outcome: 'expired' })
    const [next] = await opened(world, member, 'recovery')
    world.clock.set(next.expiresAt - 1)
    expect(await world.storage.recoverMember(aRecovery(world, member, next))).toMatchObject({ outcome: 'recovered' })
  })

  test('P-09: a password that is changed makes the links of the member void', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const [link, code] = await opened(world, member, 'recovery', 'address_verification')
    const change = {
      ...world.asked(),
      memberId: member.id,
      passwordHash: '$second',
      keep: session.id,
      keepSecretHash: null,
    }
    expect(await world.storage.changePassword(change)).toMatchObject({ outcome: 'changed' })
    expect(await settledAs(world, link)).toBe('void')
    expect(await settledAs(world, code)).toBeUndefined()
    expect(await world.storage.recoverMember(aRecovery(world, member, link))).toEqual({ outcome: 'void' })
  })

  test('P-09: of a password change and a recovery in the same instant, the second finds what the first did', async () => {
    await using world = await open()
    const member = await world.addMember()
    const session = await world.addSession(member)
    const [link] = await opened(world, member, 'recovery')
    const change = {
      ...world.asked(),
      memberId: member.id,
      passwordHash: '$second',
      keep: session.id,
      keepSecretHash: null,
    }
    const [changed, recovered] = await Promise.all([
      world.storage.changePassword(change),
      world.storage.recoverMember(aRecovery(world, member, link)),
    ])
    expect(changed).toMatchObject({ outcome: 'changed' })
    expect(recovered).toEqual({ outcome: 'void' })
    const [next] = await opened(world, member, 'recovery')
    const [first, second] = await Promise.all([
      world.storage.recoverMember(aRecovery(world, member, next)),
      world.storage.changePassword({ ...change, passwordHash: '$third' }),
    ])
    expect(first).toMatchObject({ outcome: 'recovered', ended: [{ id: session.id }] })
    expect(second).toEqual({ outcome: 'session_over' })
    expect(await world.storage.findMember(member.id)).toMatchObject({ passwordHash: '$recovered' })
  })

  test('P-09: a link to an address that is not the member’s any more is void', async () => {
    await using world = await open()
    const member = await world.addMember()
    const link = aChallenge(world, member, 'recovery', { emailKey: 'former@member.example' })
    await openChallenge(world, link)
    const before = await world.database.dump()
    expect(await world.storage.recoverMember(aRecovery(world, member, link))).toEqual({ outcome: 'void' })
    expect(await world.database.dump()).toBe(before)
  })

  test.each(['BLOCKED', 'DELETED', 'OFFLINE'] as const)(
    'a member who is %s is neither recovered nor let in, and nothing changes',
    async (status) => {
      await using world = await open()
      const member = await world.addMember()
      const [link, code] = await opened(world, member, 'recovery', 'login_verification')
      await world.database.setMemberStatus(member.id, status)
      const before = await world.database.dump()
      const session = world.aSession(member)
      const notActive = { outcome: 'not_active' }
      expect(await world.storage.recoverMember(aRecovery(world, member, link, { session }))).toEqual(notActive)
      expect(await world.storage.tryCode(anAttempt(world, member, code, { session }))).toEqual(notActive)
      const sending = { ...world.asked(), id: code.id, memberId: member.id, after: 1, mails: [] }
      expect(await world.storage.sendAnotherCode(sending)).toEqual(notActive)
      expect(await world.database.dump()).toBe(before)
    },
  )

  test('a member who waits for the owner as well is not let in by a recovery, and the owner is written to', async () => {
    await using world = await open()
    const member = await world.addMember({
      status: 'PENDING',
      statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED', 'PENDING_ADMIN_APPROVAL_REQUIRED'],
    })
    const [link] = await opened(world, member, 'recovery')
    const mails = await world.database.count('mail')
    const more = { session: world.aSession(member), approvalMails: [aMail(world, member, 'approval_wanted')] }
    const standing = { status: 'PENDING', statusReasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] }
    expect(await world.storage.recoverMember(aRecovery(world, member, link, more))).toEqual({
      outcome: 'recovered',
      standing,
      ended: [],
    })
    expect(await world.storage.findMember(member.id)).toMatchObject({ ...standing, passwordHash: '$recovered' })
    expect(await world.database.sessions()).toEqual([])
    expect(await world.database.count('mail')).toBe(mails + 1)
    // Once more, when the owner knows already.
    const [next] = await opened(world, member, 'recovery')
    await world.storage.recoverMember(aRecovery(world, member, next, more))
    expect(await world.database.count('mail')).toBe(mails + 2)
  })

  test('a right code lets in a member who waited for nothing else, in one commit', async () => {
    await using world = await open()
    const member = world.aMember({ status: 'PENDING', statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'] })
    const code = aChallenge(world, member, 'login_verification')
    const registration = { ...world.asked(), member, session: null, challenge: code }
    expect(await world.storage.registerMember(registration)).toEqual({ outcome: 'registered' })
    expect(await world.storage.findChallenge(code.id)).toEqual(code)
    const secretHash = world.aSecret()
    const attempt = anAttempt(world, member, code, { session: world.aSession(member, { secretHash }) })
    expect(await world.storage.tryCode(attempt)).toEqual({
      outcome: 'right',
      standing: { status: 'ACTIVE', statusReasons: [] },
    })
    expect(await world.storage.findMember(member.id)).toMatchObject({
      status: 'ACTIVE',
      statusReasons: [],
      emailVerified: true,
      passwordHash: '$first',
    })
    expect(await world.standing({ by: 'secret', hash: secretHash })).toBe('live')
    expect(await settledAs(world, code)).toBe('used')
  })

  test('S-02: a right code ends the session of the browser so far in the commit that starts the new one; a wrong one ends nothing', async () => {
    await using world = await open()
    const member = world.aMember({ status: 'PENDING', statusReasons: ['PENDING_EMAIL_VERIFICATION_REQUIRED'] })
    const code = aChallenge(world, member, 'login_verification')
    await world.storage.registerMember({ ...world.asked(), member, session: null, challenge: code })
    const { secret: before } = await world.addSession(await world.addMember())
    const after = world.aSecret()
    const attempt = { session: world.aSession(member, { secretHash: after }), replaces: before }
    await world.storage.tryCode(anAttempt(world, member, code, { ...attempt, isRight: false }))
    expect(await world.standing({ by: 'secret', hash: before })).toBe('live')
    const { batches } = await readWholeLog(world.storage)
    await world.storage.tryCode(anAttempt(world, member, code, attempt))
    expect(await world.standing({ by: 'secret', hash: before })).toBe('replaced')
    expect(await world.standing({ by: 'secret', hash: after })).toBe('live')
    expect((await readWholeLog(world.storage)).batches).toHaveLength(batches.length + 1)
  })

  test('a registration that is refused keeps no challenge', async () => {
    await using world = await open()
    const { email, emailKey } = await world.addMember()
    const member = world.aMember({ email, emailKey })
    const challenge = aChallenge(world, member, 'login_verification')
    const registration = {
      ...world.asked(),
      member,
      session: null,
      challenge,
      mails: [aMail(world, member, 'recovery')],
    }
    expect(await world.storage.registerMember(registration)).toEqual({ outcome: 'email_taken' })
    expect(await world.storage.findChallenge(challenge.id)).toBeUndefined()
    expect(await world.database.count('mail')).toBe(0)
  })

  test('P-12: a code is good once, also of two right tries in the same instant', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [code] = await opened(world, member, 'login_verification')
    const outcomes = await Promise.all(
      [1, 2].map(() => world.storage.tryCode(anAttempt(world, member, code, { session: world.aSession(member) }))),
    )
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['right', 'used'])
    expect(await world.storage.tryCode(anAttempt(world, member, code))).toEqual({ outcome: 'used' })
    expect(await world.database.sessions()).toHaveLength(1)
  })

  test('P-12: the sixth try of a code is refused though it is right, however many come at once', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [code] = await opened(world, member, 'login_verification')
    const wrong = await Promise.all(
      Array.from({ length: codeTriesMax }, () =>
        world.storage.tryCode(anAttempt(world, member, code, { isRight: false })),
      ),
    )
    expect(wrong).toEqual([4, 3, 2, 1, 0].map((triesLeft) => ({ outcome: 'wrong', triesLeft })))
    const before = await world.database.dump()
    expect(await world.storage.tryCode(anAttempt(world, member, code))).toEqual({ outcome: 'too_many_tries' })
    const sending = { ...world.asked(), id: code.id, memberId: member.id, after: 1, mails: [] }
    expect(await world.storage.sendAnotherCode(sending)).toEqual({ outcome: 'too_many_tries' })
    expect(await world.database.dump()).toBe(before)
  })

  test('P-12: a code is good for ten minutes, and not a millisecond longer', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [late, timely] = await opened(world, member, 'login_verification', 'login_verification')
    world.clock.advance(codeLifetimeMs - 1)
    expect(await world.storage.tryCode(anAttempt(world, member, timely))).toMatchObject({ outcome: 'right' })
    world.clock.advance(1)
    expect(await world.storage.tryCode(anAttempt(world, member, late))).toEqual({ outcome: 'code_expired' })
    world.clock.set(late.expiresAt)
    expect(await world.storage.tryCode(anAttempt(world, member, late))).toEqual({ outcome: 'expired' })
  })

  test('P-12: a newer code makes the one before worthless, and brings no new tries', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [code] = await opened(world, member, 'login_verification')
    await world.storage.tryCode(anAttempt(world, member, code, { isRight: false }))
    world.clock.advance(codeLifetimeMs)
    const mails = await world.database.count('mail')
    const sending = { ...world.asked(), id: code.id, memberId: member.id, after: 1 }
    const owed = { mails: [aMail(world, member, 'verification_code')] }
    const outcomes = await Promise.all([1, 2].map(() => world.storage.sendAnotherCode({ ...sending, ...owed })))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['sent', 'sent_meanwhile'])
    expect(await world.database.count('mail')).toBe(mails + 1)
    expect(await world.storage.findChallenge(code.id)).toEqual({
      ...code,
      tries: 1,
      codesSent: 2,
      codeExpiresAt: world.clock.now() + codeLifetimeMs,
    })
    expect(await world.storage.tryCode(anAttempt(world, member, code))).toEqual({ outcome: 'wrong', triesLeft: 3 })
    const newer = anAttempt(world, member, code, { codesSent: 2 })
    expect(await world.storage.tryCode(newer)).toMatchObject({ outcome: 'right' })
  })

  test('codes are sent a few times for one challenge, and then no more', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [code] = await opened(world, member, 'login_verification')
    const sent = []
    for (let after = 1; after <= codesSentMax; after += 1) {
      const sending = { ...world.asked(), id: code.id, memberId: member.id, after, mails: [] }
      sent.push((await world.storage.sendAnotherCode(sending)).outcome)
    }
    expect(sent).toEqual([...Array(codesSentMax - 1).fill('sent'), 'too_many_codes'])
  })

  test('codes are counted that were sent to a member since a moment, before they were let in', async () => {
    await using world = await open()
    const member = await world.addMember()
    const [, code] = await opened(world, member, 'recovery', 'login_verification', 'address_verification')
    await opened(world, await world.addMember(), 'login_verification')
    await world.storage.sendAnotherCode({ ...world.asked(), id: code.id, memberId: member.id, after: 1, mails: [] })
    world.clock.advance(1)
    await opened(world, member, 'login_verification')
    const now = world.clock.now()
    expect(await world.storage.countLoginCodes(member.id, now - 1)).toBe(3)
    expect(await world.storage.countLoginCodes(member.id, now)).toBe(1)
    expect(await world.storage.countLoginCodes(member.id, now + 1)).toBe(0)
  })

  test('a challenge is forgotten a day after it could be answered', async () => {
    await using world = await open()
    const [link] = await opened(world, await world.addMember(), 'recovery')
    world.clock.set(link.expiresAt + day - 1)
    await world.storage.prune(world.clock.now(), 100)
    expect(await world.storage.findChallenge(link.id)).toEqual(link)
    world.clock.advance(minute)
    await world.storage.prune(world.clock.now(), 100)
    expect(await world.storage.findChallenge(link.id)).toBeUndefined()
  })
}

export function aChallenge(
  world: World,
  member: Member,
  kind: ChallengeKind,
  overrides: Partial<Challenge> = {},
): Challenge {
  const { siteId, id: memberId, emailKey } = member
  const id = world.randomness.guid() as ChallengeId
  const about = { id, siteId, kind, memberId, emailKey, clientId: null, redirectUri: null }
  return { ...newChallenge(about, world.clock.now()), ...overrides }
}

export function aMail(world: World, member: Member, kind: NewMail['kind']): NewMail {
  const { siteId, id: memberId, email: recipient } = member
  return { siteId, memberId, kind, recipient, language: 'en', parameters: {}, createdAt: world.clock.now() }
}

export function aRecovery(
  world: World,
  member: Member,
  { id }: Pick<Challenge, 'id'>,
  overrides: Partial<MemberRecovery> = {},
): MemberRecovery {
  const basis = { passwordHash: '$recovered', session: null, mails: [], approvalMails: [] }
  return { ...world.asked(), id, memberId: member.id, ...basis, ...overrides }
}

function openChallenge(world: World, challenge: Challenge) {
  const actor = { kind: 'system' } as const
  const owner = { id: challenge.memberId, siteId: challenge.siteId, email: challenge.emailKey } as Member
  return world.storage.openChallenge({ ...world.asked(), challenge, mails: [aMail(world, owner, 'recovery')], actor })
}

/** Opens one challenge of each kind given. */
async function opened<Kinds extends readonly ChallengeKind[]>(world: World, member: Member, ...kinds: Kinds) {
  const challenges = []
  for (const kind of kinds) {
    const challenge = aChallenge(world, member, kind)
    await openChallenge(world, challenge)
    challenges.push(challenge)
  }
  return challenges as { readonly [Place in keyof Kinds]: Challenge }
}

function anAttempt(
  world: World,
  member: Member,
  { id }: Pick<Challenge, 'id'>,
  overrides: Partial<CodeAttempt> = {},
): CodeAttempt {
  const basis = { codesSent: 1, isRight: true, session: null, approvalMails: [] }
  return { ...world.asked(), id, memberId: member.id, ...basis, ...overrides }
}

async function settledAs(world: World, { id }: Pick<Challenge, 'id'>): Promise<string | undefined> {
  return (await world.storage.findChallenge(id))?.settled?.as
}
