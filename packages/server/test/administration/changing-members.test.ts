import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf, violationsOf } from '../support/answers.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { acceptedOf, everythingAccepted, password, registerMember, signedInMember } from '../support/members.ts'
import { logIn } from '../support/oauth-requests.ts'
import type { Received } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

interface ToldMember {
  readonly id: string
  readonly revision: string
  readonly email: { readonly address: string; readonly isVerified: boolean }
  readonly identityProfile: Readonly<Record<string, unknown>>
}

const create = (message: Readonly<Record<string, unknown>>) => administer(server, 'POST', '/members', message)
const update = (id: string, message: unknown) => administer(server, 'PATCH', `/members/${id}`, message)
const changeEmail = (id: string, message: unknown) => administer(server, 'POST', `/members/${id}/email`, message)
const memberIn = (answer: Received) => answer.json<{ member: ToldMember }>().member
const freshAddress = () => `${randomUUID()}@shop.example`
const stored = async (id: string) => memberIn(await administer(server, 'GET', `/members/${id}`))
const mailsTo = (id: string) =>
  server.database
    .prepare('SELECT kind, recipient, language FROM mail WHERE member_id = ? ORDER BY id')
    .all(id)
    .map((row) => ({ ...row }))

test('a member who is created with a password logs in with it, whatever the site asks of those who register', async () => {
  await using strict = await startTestServer({
    siteSettings: { requireOwnerApproval: true, requireEmailVerification: true, registration: 'closed' },
  })
  const email = 'Ada@Shop.example'
  const created = await administer(strict, 'POST', '/members', {
    email,
    emailVerified: true,
    password,
    profile: { firstName: 'Ada', customFields: { size: 'M' } },
  })
  expect(created.status).toBe(200)
  expect(created.headers['cache-control']).toBe('no-store')
  expect(memberIn(created)).toMatchObject({
    email: { address: email, isVerified: true },
    status: { name: 'ACTIVE', reasons: [] },
    identityProfile: { firstName: 'Ada', customFields: [{ name: 'size', value: { strValue: 'M' } }] },
  })
  expect(created.text).not.toContain('argon2')
  const login = await logIn(strict, { loginId: { email: email.toLowerCase() }, password })
  expect(login.json()).toMatchObject({ state: 'SUCCESS', identity: { id: memberIn(created).id } })
  expect((await auditOf(strict)).find(({ event }) => event === 'member.created')).toMatchObject({
    memberId: memberIn(created).id,
    actor: { kind: 'administrator' },
    requestId: created.headers['x-wix-request-id'],
  })
})

test('a member who is created without a password cannot log in with any', async () => {
  const email = freshAddress()
  expect((await create({ email })).status).toBe(200)
  for (const given of [password, '']) {
    const login = await logIn(server, { loginId: { email }, password: given })
    expect(login.status).toBe(401)
  }
})

test('P-01, P-04: the rules for passwords hold for a member who is created too', async () => {
  const email = freshAddress()
  const before = await server.contents.dump()
  expect(violationOf(await create({ email, password: 'short' }))).toBe('400 password MIN_LENGTH')
  expect(violationOf(await create({ email, password: '' }))).toBe('400 password MIN_LENGTH')
  expect(violationOf(await create({ email, password: 'password123' }))).toBe('400 password OTHER PASSWORD_COMMON')
  expect(violationOf(await create({ email, password: email }))).toBe('400 password OTHER PASSWORD_CONTEXT')
  expect(await server.contents.dump()).toBe(before)
})

test('a member is not created with an address that somebody has, is none, or with a profile that is wrong', async () => {
  const { email } = await registerMember(server)
  const before = await server.contents.dump()
  expect(refusalOf(await create({ email: email.toUpperCase(), password }))).toBe('409 -19995')
  expect(violationOf(await create({ email: 'ada', password }))).toBe('400 email FORMAT')
  expect(violationOf(await create({ password }))).toBe('400 email REQUIRED_FIELD')
  expect(violationsOf(await create({ email: freshAddress(), profile: { firstName: 7 } }))).toMatchObject([
    { field: 'profile.firstName', violatedRule: 'TYPE' },
  ])
  expect(await server.contents.dump()).toBe(before)
})

test('of many who create a member with one address at once exactly one does', async () => {
  const email = freshAddress()
  const answers = await Promise.all(Array.from({ length: 10 }, () => create({ email })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
})

test('a change of a profile leaves what is not named, removes what is null, and ends no session', async () => {
  const member = await signedInMember(server)
  const first = await update(member.memberId, { profile: { firstName: 'Ada', lastName: 'King', company: 'x' } })
  expect(first.status).toBe(200)
  const second = await update(member.memberId.toUpperCase(), {
    profile: { lastName: 'Lovelace', company: null, unknown: 'dropped' },
    revision: memberIn(first).revision,
  })
  const expected = { firstName: 'Ada', lastName: 'Lovelace' }
  expect(memberIn(second).identityProfile).toMatchObject(expected)
  expect(memberIn(second).identityProfile).not.toHaveProperty('company')
  expect(memberIn(second).identityProfile).not.toHaveProperty('unknown')
  expect(Number(memberIn(second).revision)).toBe(Number(memberIn(first).revision) + 1)
  expect(await stored(member.memberId)).toEqual(memberIn(second))
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect((await auditOf(server)).at(-1)).toMatchObject({ event: 'member.updated', memberId: member.memberId })
})

test('a change by a revision of before is refused, and so is the later of two of the same', async () => {
  const { memberId } = await registerMember(server)
  const { revision } = await stored(memberId)
  const answers = await Promise.all(
    ['one', 'two', 'three'].map((nickname) => update(memberId, { profile: { nickname }, revision })),
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
  const refused = answers.find(({ status }) => status === 409)
  expect(refused === undefined ? '' : refusalOf(refused)).toBe('409 MEMBER_CHANGED')
  expect(refusalOf(await changeEmail(memberId, { email: freshAddress(), revision }))).toBe('409 MEMBER_CHANGED')
})

test.each([
  [{}, '400 profile REQUIRED_FIELD'],
  [{ profile: null }, '400 profile TYPE'],
  [{ profile: 'x' }, '400 profile TYPE'],
  [{ profile: {}, revision: '-1' }, '400 revision FORMAT'],
  [{ profile: {}, revision: '01' }, '400 revision FORMAT'],
  [{ profile: {}, revision: 1 }, '400 revision TYPE'],
  [{ profile: { language: 'english' } }, '400 profile.language FORMAT'],
  [{ profile: { firstName: 'x'.repeat(101) } }, '400 profile.firstName MAX_LENGTH'],
])('a change with the message %j is answered %s, and nothing changes', async (message, expected) => {
  const { memberId } = await registerMember(server)
  const before = await stored(memberId)
  expect(violationOf(await update(memberId, message))).toBe(expected)
  expect(await stored(memberId)).toEqual(before)
})

test('a member logs in with the new address and no more with the former, and their sessions live on', async () => {
  const member = await signedInMember(server)
  const email = `New-${freshAddress()}`
  const changed = await changeEmail(member.memberId, { email })
  expect(changed.status).toBe(200)
  expect(memberIn(changed).email).toEqual({ address: email, isVerified: false })
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect(refusalOf(await logIn(server, { loginId: { email: member.email }, password }))).toBe('404 -19999')
  expect((await logIn(server, { loginId: { email: email.toLowerCase() }, password })).status).toBe(200)
  expect(
    (await auditOf(server)).find(({ requestId }) => requestId === changed.headers['x-wix-request-id']),
  ).toMatchObject({ event: 'member.email_changed', memberId: member.memberId, actor: { kind: 'administrator' } })
})

test('A-08: both addresses are told of a change, in the language of the member', async () => {
  const { memberId, email } = await registerMember(server)
  await update(memberId, { profile: { language: 'DE' } })
  const next = freshAddress()
  await changeEmail(memberId, { email: next })
  const told = { kind: 'email_changed', language: 'de' }
  expect(mailsTo(memberId)).toEqual([
    { ...told, recipient: email },
    { ...told, recipient: next },
  ])
})

test('an address is verified where the administrator says so, and stays so where only its case changes', async () => {
  const { memberId, email } = await registerMember(server)
  expect(memberIn(await changeEmail(memberId, { email, emailVerified: true })).email.isVerified).toBe(true)
  expect(memberIn(await changeEmail(memberId, { email: email.toUpperCase() })).email).toEqual({
    address: email.toUpperCase(),
    isVerified: true,
  })
  expect(mailsTo(memberId)).toEqual([])
  const next = freshAddress()
  expect(memberIn(await changeEmail(memberId, { email: next, emailVerified: true })).email.isVerified).toBe(true)
  expect(memberIn(await changeEmail(memberId, { email: freshAddress() })).email.isVerified).toBe(false)
})

test('an address that is the member’s already changes nothing', async () => {
  const { memberId, email } = await registerMember(server)
  const before = await server.contents.dump()
  expect((await changeEmail(memberId, { email })).status).toBe(200)
  expect(await server.contents.dump()).toBe(before)
})

test('an address that another member has, or that is none, is refused and nobody is told', async () => {
  const { memberId } = await registerMember(server)
  const other = await registerMember(server)
  const before = await server.contents.dump()
  expect(refusalOf(await changeEmail(memberId, { email: other.email.toUpperCase() }))).toBe('409 -19995')
  expect(violationOf(await changeEmail(memberId, { email: 'ada@shop' }))).toBe('400 email FORMAT')
  expect(violationOf(await changeEmail(memberId, {}))).toBe('400 email REQUIRED_FIELD')
  expect(await server.contents.dump()).toBe(before)
})

test('of two members who are given one address at once exactly one has it', async () => {
  const members = [await registerMember(server), await registerMember(server)]
  const email = freshAddress()
  const answers = await Promise.all(members.map(({ memberId }) => changeEmail(memberId, { email })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
})

test('a change without a revision is made also when somebody else’s came between, and its mails go to the right address', async () => {
  const { memberId } = await registerMember(server)
  const between = freshAddress()
  let isFirst = true
  storage.replace('changeEmail', async (call, ...given) => {
    if (!isFirst) return call(...given)
    isFirst = false
    await changeEmail(memberId, { email: between })
    return call(...given)
  })
  const email = freshAddress()
  expect(memberIn(await changeEmail(memberId, { email })).email.address).toBe(email)
  expect(mailsTo(memberId).slice(2)).toMatchObject([{ recipient: between }, { recipient: email }])
})

test('who is not there is not changed, nor who was deleted', async () => {
  const { memberId } = await registerMember(server)
  await administer(server, 'DELETE', `/members/${memberId}`)
  const before = await server.contents.dump()
  for (const [id, expected] of [
    [randomUUID(), '404 NOT_FOUND'],
    [memberId, '409 MEMBER_DELETED'],
  ] as const) {
    expect(refusalOf(await update(id, { profile: {} }))).toBe(expected)
    expect(refusalOf(await changeEmail(id, { email: freshAddress() }))).toBe(expected)
  }
  expect(violationOf(await update('x', { profile: {} }))).toBe('400 id FORMAT')
  expect(violationOf(await changeEmail('x', { email: freshAddress() }))).toBe('400 id FORMAT')
  expect(await server.contents.dump()).toBe(before)
})

test.each(['nothing_happened', 'unknown'] as const)(
  'what is answered "%s" is told as 503 and never as done',
  async (outcome) => {
    const { memberId } = await registerMember(server)
    storage.reject(outcome, 'addMembers', 'updateMember', 'changeEmail', 'listMembers')
    for (const answer of [
      await create({ email: freshAddress() }),
      await update(memberId, { profile: {} }),
      await changeEmail(memberId, { email: freshAddress() }),
      await administer(server, 'GET', '/members'),
    ]) {
      expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
      expect(answer.text).toMatch(outcome === 'unknown' ? /not confirmed/ : /nothing was changed/)
    }
  },
)
