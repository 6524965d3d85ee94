import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { administer } from '../support/administer.ts'
import { refusalOf, violationOf } from '../support/answers.ts'
import { registerMember } from '../support/members.ts'
import { register } from '../support/oauth-requests.ts'
import type { Received } from '../support/send.ts'
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

test('members are listed newest first, page by page, and each once', async () => {
  await using own = await startTestServer()
  const ids: string[] = []
  for (let index = 0; index < 203; index += 1) {
    const answer = await administer(own, 'POST', '/members', { email: `member-${index}@shop.example` })
    ids.unshift(answer.json<{ member: { id: string } }>().member.id)
    own.clock.advance(1)
  }
  const listed: string[] = []
  const sizes: number[] = []
  let cursor = ''
  do {
    const answer = await administer(own, 'GET', `/members?${cursor === '' ? '' : `cursor=${cursor}`}`)
    const page = answer.json<{ members: { id: string }[]; nextCursor?: string }>()
    sizes.push(page.members.length)
    listed.push(...page.members.map(({ id }) => id))
    cursor = page.nextCursor ?? ''
  } while (cursor !== '')
  expect(sizes).toEqual([100, 100, 3])
  expect(listed).toEqual(ids)

  const byAddress = await administer(own, 'GET', '/members?emailPrefix=MEMBER-10')
  expect(addressesIn(byAddress)).toEqual(
    [
      'member-10@shop.example',
      ...Array.from({ length: 10 }, (_, index) => `member-10${index}@shop.example`),
    ].toSorted(),
  )
  const first = await administer(own, 'GET', '/members?emailPrefix=member')
  const { nextCursor } = first.json<{ nextCursor: string }>()
  const second = await administer(own, 'GET', `/members?emailPrefix=member&cursor=${nextCursor}`)
  expect([...addressesIn(first), ...addressesIn(second)]).toEqual(
    Array.from({ length: 203 }, (_, index) => `member-${index}@shop.example`)
      .toSorted()
      .slice(0, 200),
  )
})

test('members are listed by their status', async () => {
  const { memberId } = await registerMember(server)
  await server.contents.setMemberStatus(memberId as MemberId, 'OFFLINE')
  const offline = await administer(server, 'GET', '/members?status=OFFLINE')
  expect(offline.json()).toMatchObject({ members: [{ id: memberId, status: { name: 'OFFLINE' } }] })
  expect((await administer(server, 'GET', '/members?status=BLOCKED')).json()).toEqual({ members: [] })
})

test.each([
  ['status=blocked', '400 status OTHER'],
  ['status=', '400 status OTHER'],
  ['emailPrefix=', '400 emailPrefix FORMAT'],
  ['emailPrefix=a%20b', '400 emailPrefix FORMAT'],
  ['emailPrefix=a@b@c', '400 emailPrefix FORMAT'],
  ['emailPrefix=%25', '200'],
  [`emailPrefix=${'x'.repeat(1001)}`, '400 emailPrefix MAX_LENGTH'],
  ['email=a@b.example&status=ACTIVE', '400 status OTHER ONE_FILTER'],
  ['email=a@b.example&emailPrefix=a', '400 emailPrefix OTHER ONE_FILTER'],
  ['e-mail=a@b.example', '400 e-mail OTHER UNKNOWN_PARAMETER'],
  ['cursor=', '400 cursor FORMAT'],
  ['cursor=7', '400 cursor FORMAT'],
  [`cursor=${cursorOf(['ada@shop.example'])}`, '400 cursor FORMAT'],
  [`cursor=${cursorOf([1, 'x', 2])}`, '400 cursor FORMAT'],
  [`cursor=${cursorOf([1.5, 'x'])}`, '400 cursor FORMAT'],
  [`cursor=${cursorOf({})}`, '400 cursor FORMAT'],
  [`emailPrefix=a&cursor=${cursorOf([1, 'x'])}`, '400 cursor FORMAT'],
  [`emailPrefix=a&cursor=${cursorOf(null)}`, '400 cursor FORMAT'],
])('a list that is asked for with %s is answered %s', async (query, expected) => {
  const answer = await administer(server, 'GET', `/members?${query}`)
  expect(answer.status === 200 ? '200' : violationOf(answer)).toBe(expected)
})

test('a member who is not there is answered 404', async () => {
  expect(refusalOf(await administer(server, 'GET', `/members/${randomUUID()}`))).toBe('404 NOT_FOUND')
})

function cursorOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function addressesIn(answer: Received): readonly string[] {
  return answer.json<{ members: { email: { address: string } }[] }>().members.map(({ email }) => email.address)
}

const malformed = ['x', '7', '%00', randomUUID().slice(1), `${randomUUID()}0`, `{${randomUUID()}}`, '..%2f', '%2A']
const methods = [
  ['GET', ''],
  ['DELETE', ''],
  ['GET', '/export'],
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
