import { expect } from 'vitest'
import type { NoticeId } from '../../src/domain/ids.ts'
import type { Storage } from '../../src/ports/storage.ts'
import { minute } from '../support/manual-clock.ts'
import { aCreation } from './api-keys.ts'
import { aChallenge, aRecovery } from './challenges.ts'
import { aSignOn } from './sign-ons.ts'
import { problemOfLog, readWholeLog } from './verify-log.ts'
import type { World } from './world.ts'

/**
 * Does one of everything that the port has, and expects the answers of a good day; then asks `elsewhere`, which is another
 * node where there is one, and the same where there is not, whether what ended is over.
 */
export async function expectOneOfEverything(world: World, elsewhere: Storage = world.storage): Promise<void> {
  const { storage, clock } = world
  const asked = () => world.asked()
  await storage.ping()
  expect(await storage.findSite()).toMatchObject({ id: world.site.id })
  expect(await storage.createSite(world.first)).toBe('exists')
  const { settings } = world.site
  const administrator = { kind: 'administrator', id: world.administratorKey.id } as const
  const replacement = { ...asked(), siteId: world.site.id, from: settings, to: settings, actor: administrator }
  expect(await storage.replaceSettings(replacement)).toEqual({ outcome: 'replaced' })
  expect(await storage.findClient(world.client.id)).toEqual(world.client)
  expect(await storage.listClients()).toContainEqual(world.client)
  expect(await storage.findAdministratorKey(world.administratorKey.hash)).toMatchObject({
    id: world.administratorKey.id,
  })

  const member = await world.addMember()
  expect(await storage.findMember(member.id)).toEqual(member)
  expect(await storage.findMemberByEmail(member.siteId, member.emailKey)).toEqual(member)
  const rehash = { memberId: member.id, from: '$first', to: '$again' }
  expect(await storage.rehashPassword(rehash)).toEqual({ outcome: 'replaced' })

  const ticketed = await world.addSessionWithTicket(member)
  const cookie = { secretHash: world.aSecret(), replaces: null, device: null }
  const issue = world.anIssue({ by: 'ticket', hash: ticketed.ticket }, world.aCode(), cookie)
  expect(await storage.issueCode(issue)).toEqual({ outcome: 'issued', sessionId: ticketed.id })
  const redemption = world.aRedemption(issue.code)
  expect(await storage.redeemCode(redemption)).toMatchObject({ outcome: 'granted', refreshable: true })
  expect(await storage.redeemCode(redemption)).toMatchObject({ outcome: 'replayed' })
  const successorHash = world.aSecret()
  const rotation = { ...asked(), hash: redemption.refreshTokenHash, successorHash }
  expect(await storage.rotateRefreshToken(rotation)).toEqual({ outcome: 'rotated' })
  clock.advance(minute)
  await storage.touchSession(ticketed.id, clock.now())
  expect(await storage.check({ by: 'secret', hash: cookie.secretHash })).toMatchObject({
    session: { id: ticketed.id, usedAt: clock.now() },
  })

  const other = await world.addSession(member)
  const keepSecretHash = world.aSecret()
  const change = { ...asked(), memberId: member.id, passwordHash: '$new', keep: ticketed.id, keepSecretHash }
  const changed = await storage.changePassword(change)
  expect(changed).toMatchObject({ outcome: 'changed', ended: [{ id: other.id }] })

  const logoutTicket = {
    hash: world.aSecret(),
    names: { session: ticketed.id },
    clientId: world.client.id,
    createdAt: clock.now(),
    expiresAt: clock.now() + minute,
  }
  await storage.issueLogoutTicket(logoutTicket)
  expect(await storage.findTicket('logout', logoutTicket.hash)).toMatchObject({ spent: false })
  const kept = {
    hash: world.aSecret(),
    parameters: { state: 'some-state' },
    createdAt: clock.now(),
    expiresAt: clock.now() + minute,
  }
  await storage.keepRedirectSession(kept)
  expect(await storage.findRedirectSession(kept.hash)).toEqual(kept)
  expect(await storage.listKeys()).toEqual([])

  const { sid } = await world.addGrant({ id: ticketed.id, member, secret: keepSecretHash }, await world.addClient())
  expect(await world.endGrant(sid)).toEqual({ outcome: 'ended' })
  expect(await world.end({ by: 'logout_ticket', hash: logoutTicket.hash })).toMatchObject({ outcome: 'ended' })
  const visitorId = world.aVisitor()
  const until = clock.now() + minute
  expect(await world.end({ by: 'visitor', siteId: world.site.id, visitorId, until })).toMatchObject({
    outcome: 'ended',
  })
  await storage.findOverdueSessions(clock.now(), 10)
  await storage.prune(clock.now(), 10)
  expect(await storage.pruneAudit(0, 10)).toBe(0)
  const everyNotice = { state: null, clientId: null, memberId: null, cursor: null, limit: 10 }
  await storage.listNotices(everyNotice)
  const nobodys = { ...asked(), id: 999_999 as NoticeId, actor: { kind: 'system' } } as const
  expect(await storage.retryNotice(nobodys)).toEqual({ outcome: 'unknown' })
  const actor = { kind: 'administrator', id: world.administratorKey.id } as const
  const blocked = await world.addSession(await world.addMember())
  const blocking = { memberId: blocked.member.id, actor }
  const list = { memberId: blocked.member.id, before: null, limit: 10 }
  expect(await storage.listSessions(list)).toMatchObject([{ facts: { session: { id: blocked.id } }, clientIds: [] }])
  const mails = [world.aMail(blocked.member)]
  expect(await storage.blockMember({ ...asked(), ...blocking, mails })).toMatchObject({ ended: [{ id: blocked.id }] })
  expect(await elsewhere.listSessions(list)).toEqual([])
  expect(await storage.unblockMember({ ...asked(), ...blocking })).toEqual({ outcome: 'unblocked', status: 'ACTIVE' })

  const recovered = await world.addSession(await world.addMember())
  const system = { kind: 'system' } as const
  const link = aChallenge(world, recovered.member, 'recovery')
  const code = aChallenge(world, recovered.member, 'address_verification')
  for (const challenge of [link, code]) {
    const opening = { ...asked(), challenge, mails: [], actor: system }
    expect(await storage.openChallenge(opening)).toEqual({ outcome: 'opened' })
  }
  expect(await elsewhere.findChallenge(code.id)).toEqual(code)
  const answered = { ...asked(), id: code.id, memberId: recovered.member.id, session: null, approvalMails: [] }
  expect(await storage.sendAnotherCode({ ...answered, after: 1, mails: [] })).toEqual({ outcome: 'sent' })
  expect(await storage.tryCode({ ...answered, codesSent: 2, isRight: true })).toMatchObject({ outcome: 'right' })
  expect(await storage.recoverMember(aRecovery(world, recovered.member, link))).toMatchObject({
    outcome: 'recovered',
    ended: [{ id: recovered.id }],
  })
  const statusReasons = ['PENDING_ADMIN_APPROVAL_REQUIRED'] as const
  const waiting = await world.addMember({ status: 'PENDING', statusReasons })
  const decision = { ...asked(), memberId: waiting.id, actor, mails: [] }
  expect(await storage.rejectMember(decision)).toMatchObject({ outcome: 'rejected' })
  expect(await storage.approveMember(decision)).toMatchObject({ outcome: 'approved', standing: { status: 'ACTIVE' } })
  const added = world.aClient()
  await storage.createClient({ ...asked(), client: added, actor })
  const act = { clientId: added.id, actor }
  const held = await world.addGrant(await world.addSession(await world.addMember()), added)
  expect(await storage.changeClient({ ...asked(), ...act, fields: { name: 'Renamed' } })).toMatchObject({
    client: { name: 'Renamed' },
  })
  const secret = { secretHash: world.aSecret(), replaces: false }
  expect(await storage.setClientSecret({ ...asked(), ...act, ...secret })).toMatchObject({ outcome: 'changed' })
  expect(await storage.disableClient({ ...asked(), ...act })).toMatchObject({ client: { generation: 1 } })
  expect(await elsewhere.check({ by: 'sid', sid: held.sid })).toMatchObject({ grant: { clientGenerationNow: 1 } })
  expect(await storage.enableClient({ ...asked(), ...act })).toMatchObject({ client: { disabledAt: null } })
  expect(await storage.deleteClient({ ...asked(), ...act })).toEqual({ outcome: 'deleted' })
  expect(await elsewhere.findClient(added.id)).toBeUndefined()
  const owed = await elsewhere.findGrantsToEnd(10_000)
  expect(owed).toMatchObject({ clientId: added.id, sids: [held.sid] })
  if (owed !== undefined) await storage.noteGrantsEnded(owed)
  const [mail] = await elsewhere.leaseMails({ at: clock.now(), until: clock.now() + minute, limit: 10 })
  if (mail === undefined) throw new Error('Cannot go on as no mail was handed out')
  const { id, leasedUntil } = mail
  await elsewhere.settleMails([{ id, leasedUntil, at: clock.now(), outcome: 'failed', failure: '550 5.1.1' }])
  expect(await storage.findMail(id)).toMatchObject({ state: 'failed', lastFailure: '550 5.1.1' })
  expect(await storage.retryMail({ ...asked(), id, actor })).toEqual({ outcome: 'pending' })
  const listed = await elsewhere.listMails({ state: 'pending', before: null, limit: 10 })
  expect(listed).toMatchObject([{ id, memberId: blocked.member.id }])
  await storage.settleMails([{ id, leasedUntil, at: clock.now(), outcome: 'sent' }])
  await storage.countAttempts([{ key: 'a key', kind: 'login_account', at: clock.now() }])
  const look = { keys: ['a key'], familiar: null }
  expect((await elsewhere.findThrottles(look)).throttles.get('a key')).toMatchObject({ attempts: 1 })
  await storage.forgetThrottles(['a key'])
  expect((await elsewhere.findThrottles(look)).throttles.size).toBe(0)
  const addition = { members: [world.aMember()], event: 'member.created', actor } as const
  expect(await storage.addMembers({ ...asked(), ...addition })).toEqual([{ outcome: 'added' }])
  const [{ id: memberId, revision }] = addition.members
  const update = { memberId, actor, revision, profile: { set: { firstName: 'Ada' }, remove: [] } }
  expect(await storage.updateMember({ ...asked(), ...update })).toMatchObject({ outcome: 'updated' })
  const address = { email: 'other@member.example', emailKey: 'other@member.example', emailVerified: true, mails: [] }
  const readdress = { memberId, actor, revision: revision + 1, ...address }
  expect(await storage.changeEmail({ ...asked(), ...readdress })).toMatchObject({ outcome: 'changed' })
  const newest = { siteId: world.site.id, limit: 1, by: 'address', prefix: 'other@', after: null } as const
  expect(await storage.listMembers(newest)).toMatchObject([{ id: memberId }])
  expect(await storage.findMemberRecord(memberId)).toMatchObject({ member: { id: memberId }, sessions: [] })
  expect(await storage.deleteMember({ ...asked(), memberId, actor })).toEqual({ outcome: 'deleted', ended: [] })
  expect(await elsewhere.findMember(memberId)).toMatchObject({ status: 'DELETED', email: '' })
  await storage.recordAct({ ...asked(), siteId: world.site.id, event: 'backup.ordered', actor })

  const keyCreation = aCreation(world)
  await storage.createApiKey(keyCreation)
  expect(await elsewhere.findApiKey(keyCreation.hash)).toEqual(keyCreation.key)
  const keyRemoval = { ...asked(), siteId: world.site.id, id: keyCreation.key.id, actor }
  expect(await storage.revokeApiKey(keyRemoval)).toEqual({ outcome: 'revoked' })
  expect(await elsewhere.findApiKey(keyCreation.hash)).toBeUndefined()
  expect(await storage.removeAdministratorKey({ ...keyRemoval, id: world.administratorKey.id })).toEqual({
    outcome: 'last_owner',
  })
  const signOn = aSignOn(world)
  expect(await storage.signOn(signOn)).toEqual({ outcome: 'signed_on', member: signOn.member })
  expect(await elsewhere.findMember(signOn.member.id)).toEqual(signOn.member)
  const ofKey = { memberId: signOn.member.id, clientId: world.client.id, apiKeyId: keyCreation.key.id }
  expect(await elsewhere.findSessionOfKey(ofKey)).toBeUndefined()

  // What ended here is over there, whatever it is asked by.
  for (const credential of [
    { by: 'id', id: ticketed.id },
    { by: 'secret', hash: keepSecretHash },
    { by: 'sid', sid: redemption.sid },
    { by: 'id', id: other.id },
    { by: 'id', id: blocked.id },
    { by: 'id', id: recovered.id },
  ] as const) {
    expect(await elsewhere.check(credential)).toMatchObject({ ended: expect.any(String) })
  }
  expect(await elsewhere.findRefreshToken(successorHash)).toMatchObject({ facts: { ended: 'logout' } })
  expect(await elsewhere.checkVisitor(world.site.id, visitorId)).toMatchObject({ ended: true })
  const refresh = { ...asked(), hash: successorHash, successorHash: world.aSecret() }
  expect(await elsewhere.rotateRefreshToken(refresh)).toEqual({ outcome: 'session_over' })
  expect(problemOfLog(await readWholeLog(elsewhere))).toBeUndefined()
  expect((await elsewhere.readAudit(0, 1_000)).length).toBeGreaterThan(0)
  const found = await elsewhere.queryAudit({ order: 'newest', cursor: null, limit: 1, memberId: blocked.member.id })
  expect(found.records).toMatchObject([{ event: 'mail.retried' }])
}
