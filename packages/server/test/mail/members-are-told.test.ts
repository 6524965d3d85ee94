import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer, block, unblock } from '../support/administer.ts'
import { auditOf } from '../support/answers.ts'
import { hour, minute } from '../support/manual-clock.ts'
import { loginTicket, password, registerMember, signedInMember } from '../support/members.ts'
import { changePassword } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** The mails that are owed to a member, the first one first. */
async function mailsTo({ email }: { readonly email: string }) {
  const mails = await server.service.storage.listMails({ state: null, before: null, limit: 1_000 })
  return mails.filter(({ recipient }) => recipient === email.toLowerCase()).toReversed()
}

const end = async (path: string) => (await administer(server, 'DELETE', `/members/${path}`)).status

test('A-08: a member is told of a changed password, with the time', async () => {
  const member = await signedInMember(server)
  server.clock.advance(minute)
  await changePassword(server, member.accessToken, 'another long passphrase')
  const told = { kind: 'password_changed', parameters: { by: 'member' }, createdAt: server.clock.now() }
  expect(await mailsTo(member)).toMatchObject([told])
})

test('a member is told of no password change that was refused', async () => {
  const member = await signedInMember(server)
  expect((await changePassword(server, member.accessToken, 'short')).status).toBe(400)
  expect((await changePassword(server, 'nothing', 'another long passphrase')).status).toBe(401)
  expect(await mailsTo(member)).toEqual([])
})

test('A-08: a member is told once that an administrator ended their sessions, with the time and why', async () => {
  const member = await signedInMember(server)
  server.clock.advance(hour)
  expect(await end(`${member.memberId}/sessions`)).toBe(200)
  const told = { kind: 'sessions_ended', parameters: { cause: 'admin' }, createdAt: server.clock.now() }
  expect(await mailsTo(member)).toMatchObject([told])
  server.clock.advance(hour)
  expect(await end(`${member.memberId}/sessions`)).toBe(200)
  expect(await mailsTo(member)).toHaveLength(1)
})

test('A-08: a member is told once that an administrator ended one session', async () => {
  const member = await signedInMember(server)
  const ofMember = (await auditOf(server)).filter(({ memberId }) => memberId === member.memberId)
  const session = ofMember.find(({ event }) => event === 'session.started')?.sessionId
  for (const _ of [1, 2]) expect(await end(`${member.memberId}/sessions/${session}`)).toBe(200)
  expect(await mailsTo(member)).toMatchObject([{ kind: 'sessions_ended', parameters: { cause: 'admin' } }])
})

test('A-08: a member is told once that they were blocked, also where no session ended by it', async () => {
  for (const member of [await signedInMember(server), await registerMember(server)]) {
    await block(server, member.memberId)
    await block(server, member.memberId)
    expect(await mailsTo(member)).toMatchObject([{ kind: 'sessions_ended', parameters: { cause: 'blocked' } }])
    await unblock(server, member.memberId)
    expect(await mailsTo(member)).toHaveLength(1)
  }
})

test('nobody is told where an administrator names a member or a session that is not there', async () => {
  const before = await server.contents.count('mail')
  const [member, other] = [await signedInMember(server), await registerMember(server)]
  const session = (await auditOf(server)).find(
    ({ event, memberId }) => event === 'session.started' && memberId === member.memberId,
  )?.sessionId
  expect(await end(`${other.memberId}/sessions/${session}`)).toBe(404)
  expect(await end('00000000-0000-4000-8000-000000000000/sessions')).toBe(404)
  expect(await server.contents.count('mail')).toBe(before)
})

test('A-08: what could not be done is told to nobody, and what the mail cannot be kept with is not done', async () => {
  const member = await signedInMember(server)
  await loginTicket(server, member.email)
  const acts = [
    () => changePassword(server, member.accessToken, 'another long passphrase'),
    () => administer(server, 'DELETE', `/members/${member.memberId}/sessions`),
    () => administer(server, 'POST', `/members/${member.memberId}/block`),
  ]
  for (const table of ['mail', 'revocation_log', 'audit'] as const) {
    const before = await server.contents.dump()
    await server.contents.breakWrites(table)
    for (const act of acts) expect((await act()).status).toBe(503)
    await server.contents.mend()
    expect(await server.contents.dump()).toBe(before)
  }
})

test('a mail is in the language of the member, else in that of the site', async () => {
  const email = `${randomUUID()}@shop.example`
  const registration = { loginId: { email }, password, profile: { language: 'DE' } }
  const answer = await send(`${server.url}/v2/register`, { json: registration })
  const own = { email, memberId: answer.json<{ identity: { id: string } }>().identity.id }
  const none = await registerMember(server)
  for (const member of [own, none]) await block(server, member.memberId)
  expect(await mailsTo(own)).toMatchObject([{ language: 'de' }])
  expect(await mailsTo(none)).toMatchObject([{ language: 'en' }])
})
