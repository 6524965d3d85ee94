/** Members who wait for the owner: approving and rejecting them. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addAdministrator, administer, block } from '../support/administer.ts'
import { auditOf, refusalOf } from '../support/answers.ts'
import { headingOf } from '../support/logout.ts'
import { authorizeQuery, password, registerMember } from '../support/members.ts'
import { askForLink, becauseOf, mailsTo, recover } from '../support/proofs.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const ownerEmail = 'owner@shop.example'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ siteSettings: { requireOwnerApproval: true, ownerEmail } })
})
afterAll(() => server.close())

const logIn = (email: string) => send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })
const approve = (id: string, key?: string) => administer(server, 'POST', `/members/${id}/approve`, undefined, key)
const reject = (id: string, key?: string) => administer(server, 'POST', `/members/${id}/reject`, undefined, key)
const waiting = () => registerMember(server)

test('a new member waits, the owner is written to, and an approval lets the member in', async () => {
  const email = `${randomUUID()}@shop.example`
  const answer = await send(`${server.url}/v2/register`, { json: { loginId: { email }, password } })
  expect([answer.status, answer.json()['state']]).toEqual([200, 'REQUIRE_OWNER_APPROVAL'])
  expect((await logIn(email)).json()['state']).toBe('REQUIRE_OWNER_APPROVAL')
  const asked = (await mailsTo(server, ownerEmail)).filter(({ parameters }) => parameters['email'] === email)
  expect(asked).toMatchObject([{ kind: 'approval_wanted', language: 'en' }])
  const { id } = answer.json<{ identity: { id: string } }>().identity
  const approved = await approve(id)
  expect([approved.status, approved.json()]).toEqual([200, { id, status: 'ACTIVE', reasons: [] }])
  expect((await logIn(email)).json()['state']).toBe('SUCCESS')
  expect(await mailsTo(server, email)).toMatchObject([{ kind: 'approved' }])
})

test('approving again, or somebody who waits for nothing, is a success and told nobody', async () => {
  const { email, memberId } = await waiting()
  await approve(memberId)
  expect((await approve(memberId.toUpperCase())).json()).toEqual({ id: memberId, status: 'ACTIVE', reasons: [] })
  expect(await mailsTo(server, email)).toHaveLength(1)
})

test('a rejected member cannot log in, cannot register again, and is told', async () => {
  const { email, memberId } = await waiting()
  const token = await askForLink(server, email)
  const rejected = await reject(memberId)
  expect([rejected.status, rejected.json()]).toEqual([200, { id: memberId, status: 'OFFLINE', endedSessions: [] }])
  const answer = await logIn(email)
  expect(refusalOf(answer)).toBe('403 IDENTITY_NOT_ACTIVE')
  expect(answer.json()).toMatchObject({ details: { applicationError: { data: { status: 'OFFLINE' } } } })
  const again = await send(`${server.url}/v2/register`, { json: { loginId: { email }, password } })
  expect(refusalOf(again)).toBe('409 -19995')
  expect(refusalOf(await recover(server, token, 'another long passphrase'))).toMatch(/INVALID_RECOVERY_TOKEN/)
  expect(becauseOf(await recover(server, token, 'another long passphrase'))).toMatch(/ void$/)
  expect((await reject(memberId)).status).toBe(200)
  expect((await mailsTo(server, email, 'rejected')).length).toBe(1)
  await approve(memberId)
  expect((await logIn(email)).json()['state']).toBe('SUCCESS')
})

test('somebody who waits for nothing is not rejected', async () => {
  const { email, memberId } = await waiting()
  await approve(memberId)
  expect(refusalOf(await reject(memberId))).toBe('409 MEMBER_NOT_WAITING')
  expect((await logIn(email)).json()['state']).toBe('SUCCESS')
  const blocked = await waiting()
  await block(server, blocked.memberId)
  expect(refusalOf(await reject(blocked.memberId))).toBe('409 MEMBER_NOT_WAITING')
  const lifted = await approve(blocked.memberId)
  expect(lifted.json()).toMatchObject({ status: 'BLOCKED', reasons: [] })
})

test('nobody who is not there, or was deleted, is decided about', async () => {
  const { memberId } = await waiting()
  await administer(server, 'DELETE', `/members/${memberId}`)
  expect(refusalOf(await approve(memberId))).toBe('409 MEMBER_DELETED')
  expect(refusalOf(await reject(memberId))).toBe('409 MEMBER_NOT_WAITING')
  expect(refusalOf(await approve(randomUUID()))).toBe('404 NOT_FOUND')
  expect(refusalOf(await reject(randomUUID()))).toBe('404 NOT_FOUND')
})

test('whoever helps members may decide, and whoever only looks may not', async () => {
  const { memberId } = await waiting()
  const looks = await addAdministrator(server, 'read_only')
  const helps = await addAdministrator(server, 'support')
  for (const decide of [approve, reject]) {
    expect(refusalOf(await decide(memberId, looks.key))).toBe('403 PERMISSION_DENIED')
    expect(refusalOf(await decide(memberId, 'adj_admin_nobody'))).toBe('401 UNAUTHENTICATED')
  }
  const before = (await auditOf(server)).length
  expect((await reject(memberId, helps.key)).status).toBe(200)
  expect((await approve(memberId, helps.key)).status).toBe(200)
  const actor = { kind: 'administrator', id: helps.id }
  expect((await auditOf(server)).slice(before)).toMatchObject([
    { event: 'member.rejected', memberId, actor },
    { event: 'member.approved', memberId, actor },
  ])
})

test('our own login page refuses a member who waits, and says so', async () => {
  const { email } = await waiting()
  const answer = await send(`${server.url}/oauth2/authorize`, {
    headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    form: {
      ...Object.fromEntries(new URLSearchParams(authorizeQuery(server.client, { prompt: 'login' }))),
      email,
      password,
    },
  })
  expect(answer.status).toBe(403)
  expect(headingOf(answer)).toBe('Your registration waits for approval')
  expect(answer.setCookies).toEqual([])
})
