/** Logging out needs no good standing, no password and no free place in a queue. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PasswordHasher } from '../../src/ports/password-hasher.ts'
import { endsOnRecord, headingOf, logoutLink, navigation, sendLogout } from '../support/logout.ts'
import { acceptedOf, everythingAccepted, loginByForm, registerMember, signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

type Member = Awaited<ReturnType<typeof signedInMember>>

const ways: readonly (readonly [name: string, go: (member: Member, link: string) => Promise<Received>])[] = [
  ['access token', ({ accessToken }) => sendLogout(server, {}, { headers: { authorization: accessToken } })],
  ['cookie', ({ cookie }) => sendLogout(server, {}, { headers: navigation('same-origin', cookie) })],
  [
    'cookie, sent here by another site',
    ({ cookie }) => sendLogout(server, {}, { headers: navigation('cross-site', cookie) }),
  ],
  ['logout link', (_member, link) => send(link, { headers: navigation('cross-site') })],
  [
    'DELETE /v1/sessions/current',
    ({ accessToken }) =>
      send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers: { authorization: accessToken } }),
  ],
  [
    'DELETE /v1/sessions by token',
    ({ accessToken }) =>
      send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: accessToken } }),
  ],
  [
    'DELETE /v1/sessions by cookie',
    ({ cookie }) =>
      send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'same-origin' } }),
  ],
]

describe.each(['BLOCKED', 'PENDING', 'OFFLINE', 'DELETED'])('L-17: a member who is %s while signed in', (status) => {
  test.each(ways)('can log out by %s, for good', async (_name, go) => {
    const member = await signedInMember(server)
    const { url } = await logoutLink(server, member.accessToken)
    const setStatus = server.database.prepare('UPDATE member SET status = ? WHERE id = ?')
    setStatus.run(status, member.memberId)
    const before = (await endsOnRecord(server)).length
    const answer = await go(member, url)
    expect([200, 204]).toContain(answer.status)
    if (answer.status === 200 && answer.text.startsWith('<')) expect(headingOf(answer)).toBe('You are signed out')
    expect(await endsOnRecord(server)).toHaveLength(before + 1)
    // Whatever becomes of the member, the session does not come back.
    setStatus.run('ACTIVE', member.memberId)
    expect(await acceptedOf(server, member)).toEqual([])
  })
})

test('a member who may not act still has only what the credential names: others stay signed in', async () => {
  const [blocked, other] = [await signedInMember(server), await signedInMember(server)]
  server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(blocked.memberId)
  await send(`${server.url}/v1/sessions`, { method: 'DELETE', headers: { authorization: blocked.accessToken } })
  expect(await acceptedOf(server, other)).toEqual(everythingAccepted)
})

describe('L-17, P-06: while passwords are being checked', () => {
  /** Holds every verification until it is let go, in front of the real hasher and its bounds. */
  function heldBack(): {
    decorate: (hasher: PasswordHasher) => PasswordHasher
    waiting: () => number
    release: () => void
  } {
    const gate = Promise.withResolvers<void>()
    let waiting = 0
    let closed = false
    const hold = async () => {
      if (!closed) return
      waiting += 1
      await gate.promise
    }
    return {
      decorate: (hasher) => ({
        ...hasher,
        hash: (password) => hasher.hash(password),
        needsRehash: (encoded) => hasher.needsRehash(encoded),
        problemOfForeign: (encoded) => hasher.problemOfForeign(encoded),
        verify: async (password, encoded) => {
          closed = true
          await hold()
          return hasher.verify(password, encoded)
        },
        verifyDummy: async (password) => {
          closed = true
          await hold()
          return hasher.verifyDummy(password)
        },
      }),
      waiting: () => waiting,
      release: () => gate.resolve(),
    }
  }

  test('and none comes to an end, every way out works', async () => {
    const held = heldBack()
    await using busy = await startTestServer({ decorateHasher: held.decorate })
    const members = [await signedInMember(busy), await signedInMember(busy), await signedInMember(busy)]
    const [byToken, byCookie, byLink] = members
    if (byToken === undefined || byCookie === undefined || byLink === undefined) throw new Error('Nobody registered')
    const { url } = await logoutLink(busy, byLink.accessToken)
    const login = () => send(`${busy.url}/v2/login`, { json: { loginId: { email: byToken.email }, password: 'wrong' } })
    const logins = Array.from({ length: 100 }, login)
    while (held.waiting() < logins.length) await new Promise((resolve) => setImmediate(resolve))

    expect((await sendLogout(busy, {}, { headers: { authorization: byToken.accessToken } })).status).toBe(200)
    const page = await sendLogout(busy, {}, { headers: navigation('same-origin', byCookie.cookie) })
    expect(headingOf(page)).toBe('You are signed out')
    expect(headingOf(await send(url, { headers: navigation('cross-site') }))).toBe('You are signed out')
    for (const { accessToken } of members) expect(await acceptedOf(busy, { accessToken })).toEqual([])

    held.release()
    const statuses = new Set((await Promise.all(logins)).map(({ status }) => status))
    // Some were too many for the hasher: it really was saturated.
    expect([...statuses].toSorted()).toEqual([401, 503])
  })

  test('and many failed, the member who is signed in logs out as ever', async () => {
    const { email } = await registerMember(server)
    const cookie = await loginByForm(server, email)
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await send(`${server.url}/v2/login`, { json: { loginId: { email }, password: 'wrong' } })
    }
    const answer = await sendLogout(server, {}, { headers: navigation('same-origin', cookie) })
    expect(headingOf(answer)).toBe('You are signed out')
  })
})
