import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  cookieOf,
  everythingAccepted,
  exchange,
  loginByForm,
  loginTicket,
  password,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { authorize, changePassword, logIn, presentRefreshToken } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const newPassword = 'quite another passphrase'
const changeIn = (accessToken: string, cookie: string) =>
  send(`${server.url}/v2/change-password`, { headers: { authorization: accessToken, cookie }, json: { newPassword } })

/** Another device of the same member. */
async function anotherDevice(email: string) {
  const { code, cookie = '' } = await authorizeWithTicket(server, await loginTicket(server, email))
  return { ...(await exchange(server, code)), cookie }
}

test('S-05: of three sessions, the one that changes the password stays with a new cookie, the others end', async () => {
  const asking = await signedInMember(server)
  const others = [await anotherDevice(asking.email), await anotherDevice(asking.email)]
  const stranger = await signedInMember(server)

  const answer = await changeIn(asking.accessToken, asking.cookie)
  expect([answer.status, answer.json()]).toEqual([200, {}])
  const cookie = cookieOf(answer.setCookies) ?? ''
  expect(cookie).not.toBe(asking.cookie)
  expect(await acceptedOf(server, { ...asking, cookie })).toEqual(everythingAccepted)
  for (const other of others) expect(await acceptedOf(server, other)).toEqual([])
  expect(await acceptedOf(server, stranger)).toEqual(everythingAccepted)
  const ended = (await auditOf(server)).filter(({ cause }) => cause === 'password_changed')
  expect(ended).toMatchObject(
    Array(2).fill({ event: 'session.ended', memberId: asking.memberId, grantsEnded: 1, refreshTokensEnded: 1 }),
  )
})

test('S-02: the old cookie secret is dead the moment the password has changed', async () => {
  const member = await signedInMember(server)
  await changeIn(member.accessToken, member.cookie)
  expect(await acceptedOf(server, { cookie: member.cookie })).toEqual([])
})

test('S-02: a change without the cookie leaves the old secret dead and sets none', async () => {
  const member = await signedInMember(server)
  const answer = await changePassword(server, member.accessToken, newPassword)
  expect(answer.setCookies).toEqual([])
  expect(await acceptedOf(server, { cookie: member.cookie })).toEqual([])
  expect(await acceptedOf(server, { refreshToken: member.refreshToken })).not.toEqual([])
})

test('S-02: the cookie of another session is not replaced, and a planted one is not adopted', async () => {
  const stranger = await signedInMember(server)
  for (const cookie of [stranger.cookie, `adjourn_session=adj_session_${'A'.repeat(43)}`]) {
    const member = await signedInMember(server)
    const answer = await changeIn(member.accessToken, cookie)
    expect([answer.status, answer.setCookies]).toEqual([200, []])
  }
  expect(await acceptedOf(server, stranger)).toEqual(everythingAccepted)
})

test('a member who stays signed in keeps doing so after the change', async () => {
  const { email } = await signedInMember(server)
  const cookie = await loginByForm(server, email, { remember: true })
  const silent = await authorize(server, {}, { headers: { cookie } })
  const code = new URL(String(silent.headers['location'])).searchParams.get('code') ?? ''
  const { accessToken } = await exchange(server, code)
  server.clock.advance(60_000)
  const answer = await changeIn(accessToken, cookie)
  expect(answer.setCookies[0]).toContain(`Max-Age=${180 * 24 * 3600 - 60};`)
})

test('after the change the new password is right and the old one wrong, and open tickets are void', async () => {
  const member = await signedInMember(server)
  const ticket = await loginTicket(server, member.email)
  await changePassword(server, member.accessToken, newPassword)
  const loginId = { email: member.email }
  expect(refusalOf(await logIn(server, { loginId, password }))).toBe('401 -19976')
  expect((await logIn(server, { loginId, password: newPassword })).status).toBe(200)
  await expect(authorizeWithTicket(server, ticket)).rejects.toThrow('login_required')
})

test('a visitor may not, and nobody may not', async () => {
  const { accessToken } = await visitorTokens(server)
  expect(refusalOf(await changePassword(server, accessToken, newPassword))).toBe('403 PERMISSION_DENIED')
  expect(refusalOf(await changePassword(server, '', newPassword))).toBe('401 UNAUTHENTICATED')
})

test('a cookie alone may not', async () => {
  const { cookie } = await signedInMember(server)
  const answer = await changeIn('', cookie)
  expect(refusalOf(answer)).toBe('401 UNAUTHENTICATED')
  expect(answer.setCookies).toEqual([])
})

test('a session that has ended may not', async () => {
  const member = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(refusalOf(await changePassword(server, member.accessToken, newPassword))).toBe('401 UNAUTHENTICATED')
  expect((await logIn(server, { loginId: { email: member.email }, password })).status).toBe(200)
})

test.each([
  ['none', {}, '400 newPassword REQUIRED_FIELD'],
  ['null', { newPassword: null }, '400 newPassword TYPE'],
  ['a number', { newPassword: 12345678 }, '400 newPassword TYPE'],
  ['an empty one', { newPassword: '' }, '400 newPassword MIN_LENGTH'],
])('a new password that is %s is refused, and nothing changes', async (_what, json, expected) => {
  const member = await signedInMember(server)
  const answer = await send(`${server.url}/v2/change-password`, {
    headers: { authorization: member.accessToken, cookie: member.cookie },
    json,
  })
  expect(violationOf(answer)).toBe(expected)
  expect(answer.setCookies).toEqual([])
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  expect((await presentRefreshToken(server, member.refreshToken)).status).toBe(200)
})

test('A-01: a change of password writes the change, the new secret and the ends, with one request id', async () => {
  const member = await signedInMember(server)
  await anotherDevice(member.email)
  const before = (await auditOf(server)).length
  const answer = await changeIn(member.accessToken, member.cookie)
  const records = (await auditOf(server)).slice(before)
  expect(records.map(({ event, cause }) => `${event} ${cause}`).sort()).toEqual([
    'member.password_changed null',
    'session.ended password_changed',
    'session.secret_rotated null',
  ])
  for (const record of records) {
    expect(record).toMatchObject({ memberId: member.memberId, requestId: answer.headers['x-wix-request-id'] })
  }
})

test('P-13: where the site wants it, only somebody who has logged in lately may change the password', async () => {
  await using strict = await startTestServer({ siteSettings: { passwordChangeWithinSeconds: 900 } })
  const change = ({ accessToken }: { readonly accessToken: string }, given: string) =>
    send(`${strict.url}/v2/change-password`, { headers: { authorization: accessToken }, json: { newPassword: given } })
  const member = await signedInMember(strict)
  const { refreshToken } = member
  await strict.quiet()
  strict.clock.advance(900_000)
  // Using the session, or renewing its tokens, is no login.
  const renewed = await send(`${strict.url}/oauth2/token`, {
    json: { clientId: strict.client.id, grantType: 'refresh_token', refreshToken },
  })
  const accessToken = renewed.json<{ access_token: string }>().access_token
  expect(refusalOf(await change({ accessToken }, newPassword))).toBe('403 RECENT_LOGIN_REQUIRED')
  expect(refusalOf(await change({ accessToken }, 'short'))).toBe('403 RECENT_LOGIN_REQUIRED')
  const { code } = await authorizeWithTicket(strict, await loginTicket(strict, member.email))
  const again = await exchange(strict, code)
  await strict.quiet()
  strict.clock.advance(290_000)
  expect((await change(again, newPassword)).status).toBe(200)
})
