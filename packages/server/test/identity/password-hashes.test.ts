import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PasswordHasher } from '../../src/ports/password-hasher.ts'
import { refusalOf } from '../support/answers.ts'
import { acceptedOf, password, registerMember, signedInMember } from '../support/members.ts'
import { authorize, changePassword, logIn, register, submitLogin } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

/** What was computed since the last look. */
let computed: string[] = []
function counting(hasher: PasswordHasher): PasswordHasher {
  const counted =
    <Arguments extends unknown[], Result>(name: string, compute: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      computed.push(name)
      return compute(...given)
    }
  return {
    hash: counted('hash', hasher.hash),
    verify: counted('verify', hasher.verify),
    verifyDummy: counted('verify', hasher.verifyDummy),
    needsRehash: hasher.needsRehash,
    problemOfForeign: hasher.problemOfForeign,
  }
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateHasher: counting })
})
afterAll(() => server.close())

async function computedBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  computed = []
  await work()
  return computed
}

const storedHash = (memberId: string) =>
  String(server.database.prepare('SELECT password_hash FROM member WHERE id = ?').get(memberId)?.['password_hash'])
const strongEnough = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

async function weaken(memberId: string): Promise<string> {
  const weak = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
  server.database.prepare('UPDATE member SET password_hash = ? WHERE id = ?').run(weak, memberId)
  return weak
}

test('P-05: stored hashes are argon2id at the floor or above, each with a salt of its own', async () => {
  const first = await registerMember(server)
  const second = await signedInMember(server)
  await changePassword(server, second.accessToken, 'quite another passphrase')
  const third = await registerMember(server)
  const hashes = [first, second, third].map(({ memberId }) => storedHash(memberId))
  for (const stored of hashes) expect(stored).toMatch(strongEnough)
  expect(new Set(hashes.map((stored) => stored.split('$')[4])).size).toBe(3)
})

test.each([
  ['by the API', (email: string) => logIn(server, { loginId: { email }, password }), 200],
  ['by the login page', (email: string) => submitLogin(server, { email }), 303],
])('P-05: a hash of lower cost is replaced at the next login (%s), once', async (_how, login, status) => {
  const { email, memberId } = await registerMember(server)
  await weaken(memberId)
  expect((await login(email)).status).toBe(status)
  const replaced = storedHash(memberId)
  expect(replaced).toMatch(strongEnough)
  expect((await login(email)).status).toBe(status)
  expect(storedHash(memberId)).toBe(replaced)
})

test('P-05: a failed login replaces no hash', async () => {
  const { email, memberId } = await registerMember(server)
  const weak = await weaken(memberId)
  expect(refusalOf(await logIn(server, { loginId: { email }, password: 'not the passphrase' }))).toBe('401 -19976')
  await submitLogin(server, { email, password: 'not the passphrase' })
  expect(storedHash(memberId)).toBe(weak)
})

test('P-05: a replaced hash ends no session', async () => {
  const member = await signedInMember(server)
  await weaken(member.memberId)
  await logIn(server, { loginId: { email: member.email }, password })
  expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([])
})

test('P-07: a login computes one hash, whether the address is known, unknown, or none', async () => {
  const { email, memberId } = await registerMember(server)
  const noPassword = await registerMember(server)
  server.database.prepare('UPDATE member SET password_hash = NULL WHERE id = ?').run(noPassword.memberId)
  const blocked = await registerMember(server)
  server.database.prepare(`UPDATE member SET status = 'BLOCKED' WHERE id = ?`).run(blocked.memberId)
  expect(storedHash(memberId)).toMatch(strongEnough)
  for (const address of [email, noPassword.email, blocked.email, 'nobody@shop.example', 'x', '']) {
    for (const given of ['not the passphrase', '', 'x'.repeat(5000)]) {
      expect(await computedBy(() => logIn(server, { loginId: { email: address }, password: given }))).toEqual([
        'verify',
      ])
      expect(await computedBy(() => submitLogin(server, { email: address, password: given }))).toEqual(['verify'])
    }
  }
})

test('P-07: a registration computes one hash, whether the address is taken or free', async () => {
  const { email } = await registerMember(server)
  for (const address of [email, 'free@shop.example', email.toUpperCase()]) {
    expect(await computedBy(() => register(server, { loginId: { email: address }, password }))).toEqual(['hash'])
  }
})

test('P-07: the login page is the same for a known and an unknown address, in status, headers and body', async () => {
  const known = 'known-address@shop.example'
  const unknown = 'other-address@shop.example'
  await registerMember(server, known)
  const answers = await Promise.all(
    [known, unknown].map((email) => submitLogin(server, { email, password: 'not the passphrase' })),
  )
  const [first, second] = answers.map(({ status, headers, text }) => ({
    status,
    text: text.replaceAll(known, 'address').replaceAll(unknown, 'address'),
    headers: { ...headers, date: '', 'x-wix-request-id': '' },
  }))
  expect(first?.status).toBe(401)
  expect(second).toEqual(first)
})

test('P-06: beyond the bound logins are answered 503 with Retry-After, and logout works meanwhile', async () => {
  await using server = await startTestServer({ siteSettings: { limits: 'lifted' } })
  const leaving = await signedInMember(server)
  const { email } = await registerMember(server)
  let answered = 0
  const logins = Array.from({ length: 160 }, async (_, index) => {
    const loginId = { email: index % 2 === 0 ? email : 'nobody@shop.example' }
    const answer = await logIn(server, { loginId, password: 'not the passphrase' })
    answered += 1
    return answer
  })
  const page = submitLogin(server, { email })
  const registration = register(server, { loginId: { email: 'crowd@shop.example' }, password })
  const logout = await send(`${server.url}/v1/logout`, { headers: { authorization: leaving.accessToken } })
  const answeredBefore = answered
  expect(logout.status).toBe(200)
  expect(await acceptedOf(server, leaving)).toEqual([])

  const answers = await Promise.all(logins)
  expect(answeredBefore).toBeLessThan(answers.length)
  const refused = answers.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThan(0)
  for (const answer of refused) {
    expect(refusalOf(answer)).toBe('503 SERVICE_UNAVAILABLE')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(answer.headers['cache-control']).toBe('no-store')
  }
  // Nobody was told that a right password is wrong, or the other way round.
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 404, 503]))
  for (const { status, headers } of [await page, await registration]) {
    if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
  }
  expect((await logIn(server, { loginId: { email }, password })).status).toBe(200)
})

test('P-06: an overloaded hasher is told as such by the page and by every method, and starts nothing', async () => {
  const { HashingOverloaded } = await import('../../src/ports/password-hasher.ts')
  let overloaded = false
  const refuse = () => Promise.reject(new HashingOverloaded(7))
  await using crowded = await startTestServer({
    decorateHasher: (hasher) => ({
      hash: (given) => (overloaded ? refuse() : hasher.hash(given)),
      verify: (given, encoded) => (overloaded ? refuse() : hasher.verify(given, encoded)),
      verifyDummy: (given) => (overloaded ? refuse() : hasher.verifyDummy(given)),
      needsRehash: (encoded) => hasher.needsRehash(encoded),
      problemOfForeign: (encoded) => hasher.problemOfForeign(encoded),
    }),
  })
  const member = await signedInMember(crowded)
  const sessions = () => crowded.database.prepare('SELECT count(*) AS n FROM session').get()?.['n']
  const before = sessions()
  overloaded = true
  const loginId = { email: member.email }
  const answers = [
    await logIn(crowded, { loginId, password }),
    await logIn(crowded, { loginId: { email: 'nobody@shop.example' }, password }),
    await register(crowded, { loginId: { email: 'new@shop.example' }, password }),
    await changePassword(crowded, member.accessToken, 'quite another passphrase'),
    await submitLogin(crowded, { email: member.email }),
  ]
  for (const { status, headers } of answers) expect([status, headers['retry-after']]).toEqual([503, '7'])
  expect(answers.at(-1)?.headers['content-type']).toContain('text/html')
  expect(sessions()).toBe(before)
  // What needs no password goes on.
  expect(await acceptedOf(crowded, member)).not.toEqual([])
  expect((await authorize(crowded, {}, { headers: { cookie: member.cookie } })).status).toBe(302)
  await send(`${crowded.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  expect(await acceptedOf(crowded, member)).toEqual([])
})
