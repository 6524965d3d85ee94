/** A hundred failures in a row lock an account where mail can bring the way back, for everybody but its own networks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { throttlesOfAccount } from '../../src/operations/limit-login.ts'
import { refusalOf } from '../support/answers.ts'
import {
  addressOf,
  logInByFormFrom,
  logInFrom,
  retryAfterOf,
  sendFrom,
  startProxiedServer,
} from '../support/from-address.ts'
import { day, minute } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, password, registerMember, signedInMember } from '../support/members.ts'
import type { TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startProxiedServer()
})
afterAll(() => server.close())

const wrong = 'not the passphrase'
const home = '203.0.113.20'
/** Another address of the same network. */
const alsoHome = '203.0.113.201'

/** Fails as often as it is told to, from 500 addresses in turn, with as much patience as it takes. */
async function attack(on: TestServer, email: string, times: number): Promise<void> {
  for (let failures = 0; failures < times; ) {
    const answer = await logInFrom(addressOf(failures % 500), on, email, wrong)
    if (answer.status === 429) on.clock.advance(retryAfterOf(answer) * 1000)
    else failures += 1
  }
}

/** A member who registered at home, with a session. */
async function memberAtHome(on: TestServer) {
  const member = await signedInMember(on)
  expect((await logInFrom(home, on, member.email)).status).toBe(200)
  return member
}

test('P-08: after a hundred failures from 500 addresses the right password is refused, at home it is not, and sessions live', async () => {
  const member = await memberAtHome(server)
  await attack(server, member.email, 99)
  server.clock.advance(15 * minute)
  const hundredth = await logInFrom(addressOf(600), server, member.email, wrong)
  expect(refusalOf(hundredth)).toBe('401 -19976')
  server.clock.advance(15 * minute)
  for (const go of [logInFrom, logInByFormFrom]) {
    const refused = await go(addressOf(601), server, member.email)
    expect(refused.status).toBe(go === logInFrom ? 401 : 403)
    expect(refused.setCookies).toEqual([])
  }
  expect(refusalOf(await logInFrom(addressOf(601), server, member.email))).toBe('401 -19973')
  expect((await logInFrom(home, server, member.email)).status).toBe(200)
  expect((await logInFrom(alsoHome, server, member.email)).status).toBe(200)
  expect(await acceptedOf(server, { refreshToken: member.refreshToken })).not.toEqual([])
  expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([])
  // What is locked stays so, whatever time passes and whoever logs in at home.
  server.clock.advance(100 * day)
  expect((await logInFrom(home, server, member.email)).status).toBe(200)
  await server.reapNow()
  expect(refusalOf(await logInFrom(addressOf(602), server, member.email))).toBe('401 -19973')
})

test('P-08: a lock is lifted by whoever has recovered the account', async () => {
  const { email } = await memberAtHome(server)
  await attack(server, email, 100)
  server.clock.advance(15 * minute)
  expect(refusalOf(await logInFrom(addressOf(700), server, email))).toBe('401 -19973')
  const { storage } = server.service
  await storage.forgetThrottles(throttlesOfAccount(server.service, email))
  expect((await logInFrom(addressOf(700), server, email)).status).toBe(200)
})

test('P-07, P-08: an address that nobody has is locked like one that somebody has', async () => {
  const email = 'nobody.at.all@shop.example'
  await attack(server, email, 100)
  server.clock.advance(15 * minute)
  expect(refusalOf(await logInFrom(addressOf(701), server, email))).toBe('401 -19973')
})

test('P-08: strangers delay nobody at home, and who fails there is delayed there and locked out after a hundred', async () => {
  const { email } = await memberAtHome(server)
  await attack(server, email, 12)
  expect((await logInFrom(addressOf(800), server, email)).status).toBe(429)
  expect((await logInFrom(alsoHome, server, email)).status).toBe(200)
  for (let failures = 0; failures < 100; ) {
    const answer = await logInFrom(home, server, email, wrong)
    if (answer.status === 429) server.clock.advance(retryAfterOf(answer) * 1000)
    else failures += 1
  }
  server.clock.advance(15 * minute)
  expect(refusalOf(await logInFrom(alsoHome, server, email))).toBe('401 -19973')
})

test('a network is familiar for half a year after its last use', async () => {
  const { email } = await memberAtHome(server)
  server.clock.advance(180 * day - 15 * minute)
  await attack(server, email, 10)
  expect((await logInFrom(alsoHome, server, email, wrong)).status).toBe(401)
  server.clock.advance(15 * minute)
  await server.reapNow()
  await attack(server, email, 1)
  expect((await logInFrom(home, server, email)).status).toBe(429)
})

test('P-08: where no mail is sent nothing locks an account, and the waits are as long as they get', async () => {
  await using alone = await startProxiedServer({
    decorateService: async (service) => ({ ...service, mailer: null, locksAccounts: false }),
  })
  const { email } = await registerMember(alone)
  await attack(alone, email, 105)
  const refused = await logInFrom(addressOf(1), alone, email)
  expect([refusalOf(refused), retryAfterOf(refused)]).toEqual(['429 THROTTLED_FEATURE', 900])
  alone.clock.advance(15 * minute)
  expect((await logInFrom(addressOf(1), alone, email)).status).toBe(200)
})

test('L-17, H-06: who is locked out where they are logs out there all the same', async () => {
  const member = await signedInMember(server)
  expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
  await attack(server, member.email, 100)
  const away = addressOf(900)
  const login = () => sendFrom(away, `${server.url}/v2/login`, { json: { loginId: { email: member.email }, password } })
  expect((await login()).status).toBeGreaterThanOrEqual(400)
  const { accessToken, refreshToken, cookie } = member
  const answer = await sendFrom(away, `${server.url}/v1/logout`, {
    method: 'POST',
    headers: { authorization: accessToken },
  })
  expect(answer.status).toBe(200)
  expect(await acceptedOf(server, { refreshToken, cookie })).toEqual([])
})
