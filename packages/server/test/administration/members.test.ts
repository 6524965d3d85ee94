import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { administer } from '../support/administer.ts'
import { refusalOf, violationOf } from '../support/answers.ts'
import { registerMember } from '../support/members.ts'
import { register } from '../support/oauth-requests.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const find = (email: string) => administer(server, 'GET', `/members?email=${encodeURIComponent(email)}`)

test('a member is found by id and by address, as the identity API told them, with status and reasons', async () => {
  const email = `${randomUUID()}@shop.example`
  const profile = { firstName: 'Ada', customFields: [{ name: 'size', value: { strValue: 'M' } }] }
  const registered = await register(server, { loginId: { email }, password: 'a long passphrase of ada', profile })
  const { identity } = registered.json<{ identity: { id: string } }>()
  expect(identity).toMatchObject({ status: { name: 'ACTIVE', reasons: [] } })

  const byId = await administer(server, 'GET', `/members/${identity.id}`)
  expect([byId.status, byId.json()]).toEqual([200, { member: identity }])
  expect(byId.headers['cache-control']).toBe('no-store')
  const byEmail = await find(email)
  expect([byEmail.status, byEmail.json()]).toEqual([200, { members: [identity] }])
})

test('the status that a member has by now is told, with its reasons', async () => {
  const { memberId } = await registerMember(server)
  server.database
    .prepare(
      `UPDATE member SET status = 'PENDING', status_reasons = '["PENDING_ADMIN_APPROVAL_REQUIRED"]' WHERE id = ?`,
    )
    .run(memberId)
  expect((await administer(server, 'GET', `/members/${memberId}`)).json()).toMatchObject({
    member: { status: { name: 'PENDING', reasons: ['PENDING_ADMIN_APPROVAL_REQUIRED'] } },
  })
})

test('a member who was deleted is still found by id', async () => {
  const { memberId } = await registerMember(server)
  await server.contents.setMemberStatus(memberId as MemberId, 'DELETED')
  expect((await administer(server, 'GET', `/members/${memberId}`)).json()).toMatchObject({
    member: { id: memberId, status: { name: 'DELETED' } },
  })
})

test('nothing of a password is told', async () => {
  const { memberId, email } = await registerMember(server)
  for (const answer of [await administer(server, 'GET', `/members/${memberId}`), await find(email)]) {
    expect(answer.text).not.toMatch(/argon2|passwordHash|password_hash|generation/)
  }
})

test('case counts neither in an id nor in an address', async () => {
  const { memberId, email } = await registerMember(server)
  const byId = await administer(server, 'GET', `/members/${memberId.toUpperCase()}`)
  expect(byId.json()).toMatchObject({ member: { id: memberId } })
  expect((await find(email.toUpperCase())).json()).toMatchObject({ members: [{ id: memberId }] })
})

test('an address that nobody has finds nobody, nor does a part of one', async () => {
  const { email } = await registerMember(server)
  for (const other of ['nobody@shop.example', email.slice(1), `x${email}`, `${email}.example`]) {
    const answer = await find(other)
    expect([answer.status, answer.json()]).toEqual([200, { members: [] }])
  }
})

test.each([
  ['', '400 email FORMAT'],
  ['ada', '400 email FORMAT'],
  ['%', '400 email FORMAT'],
  ['*@shop.example', '200'],
  ['ada@shop.example ', '400 email FORMAT'],
  ['x'.repeat(1001), '400 email MAX_LENGTH'],
])('asked for the address %j, it is answered %s', async (email, expected) => {
  const answer = await find(email)
  if (answer.status === 200) expect([expected, answer.json()]).toEqual(['200', { members: [] }])
  else expect(violationOf(answer)).toBe(expected)
})

test('without an address nobody is listed', async () => {
  expect(violationOf(await administer(server, 'GET', '/members'))).toBe('400 email REQUIRED_FIELD')
})

test('a member who is not there is answered 404', async () => {
  expect(refusalOf(await administer(server, 'GET', `/members/${randomUUID()}`))).toBe('404 NOT_FOUND')
})

const malformed = ['x', '7', '%00', randomUUID().slice(1), `${randomUUID()}0`, `{${randomUUID()}}`, '..%2f', '%2A']
const methods = [
  ['GET', ''],
  ['GET', '/sessions'],
  ['DELETE', '/sessions'],
  ['DELETE', '/sessions/1'],
  ['POST', '/block'],
  ['POST', '/unblock'],
] as const

test.each(methods)('%s …%s is refused for an id that is no GUID, with the field and the rule', async (method, more) => {
  for (const id of malformed) {
    expect([id, violationOf(await administer(server, method, `/members/${id}${more}`))]).toEqual([id, '400 id FORMAT'])
  }
})

test.each(methods)('%s …%s is refused for an id of any length', async (method, more) => {
  for (const length of [101, 1000]) {
    const answer = await administer(server, method, `/members/${'a'.repeat(length)}${more}`)
    expect(refusalOf(answer)).toBe('414 URI_TOO_LONG')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  }
})
