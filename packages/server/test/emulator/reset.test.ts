import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { emulatorAdministratorKey, emulatorClientId } from '../../src/emulator/fixed-values.ts'
import { refusalOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  cookieOf,
  everythingAccepted,
  exchange,
  loginTicket,
  password,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { changePassword, logIn, presentRefreshToken, submitLogin } from '../support/oauth-requests.ts'
import { askToExchange, codeIn, logoutTicket } from '../support/requests.ts'
import { send } from '../support/send.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'

const ada = { email: 'ada@shop.example', password, profile: { firstName: 'Ada' } }
const asAdministrator = { headers: { authorization: `Bearer ${emulatorAdministratorKey}` } }

let emulator: TestEmulator

beforeAll(async () => {
  emulator = await startTestEmulator([ada])
})
beforeEach(() => emulator.tell('reset'))
afterAll(() => emulator.close())

/** A member of the file who signs in, with everything that a session hands out. */
async function adaSignsIn() {
  const { code, cookie = '' } = await authorizeWithTicket(emulator, await loginTicket(emulator, ada.email))
  return { ...(await exchange(emulator, code)), cookie }
}

async function idOf(accessToken: string): Promise<unknown> {
  const answer = await send(`${emulator.url}/v1/sessions/current`, { headers: { authorization: accessToken } })
  return answer.json<{ session: { memberId: string } }>().session.memberId
}

const keySet = async () => (await send(`${emulator.url}/oauth2/jwks`)).json<{ keys: readonly unknown[] }>()

test('after a reset nothing of a session from before is accepted', async () => {
  const member = await adaSignsIn()
  expect(await acceptedOf(emulator, member)).toEqual(everythingAccepted)
  await emulator.tell('reset')
  expect(await acceptedOf(emulator, member)).toEqual([])
})

test('after a reset a session that was started since is not taken for one from before, nor one of before for it', async () => {
  const before = await adaSignsIn()
  await emulator.tell('reset')
  const since = await adaSignsIn()
  await send(`${emulator.url}/v1/logout`, { headers: { authorization: before.accessToken } })
  await send(`${emulator.url}/v1/logout`, { headers: { cookie: before.cookie }, json: {} })
  expect(await acceptedOf(emulator, since)).toEqual(everythingAccepted)
  expect(await acceptedOf(emulator, before)).toEqual([])
})

test('after a reset tickets from before are good for nothing', async () => {
  const { accessToken } = await adaSignsIn()
  const ticket = await logoutTicket(emulator, accessToken)
  const { sessionToken } = await registerMember(emulator)
  await emulator.tell('reset')
  const since = await adaSignsIn()
  await send(`${emulator.url}/v1/logout?logoutTicket=${ticket}`)
  expect(await acceptedOf(emulator, since)).toEqual(everythingAccepted)
  await expect(authorizeWithTicket(emulator, sessionToken)).rejects.toThrow('No code was issued')
})

test('after a reset visitors from before are refused, also one who was signed out', async () => {
  const [visitor, signedOut] = await Promise.all([visitorTokens(emulator), visitorTokens(emulator)])
  expect((await presentRefreshToken(emulator, visitor.refreshToken)).status).toBe(200)
  await send(`${emulator.url}/v1/logout?logoutTicket=${await logoutTicket(emulator, signedOut.accessToken)}`)
  await emulator.tell('reset')
  for (const { refreshToken } of [visitor, signedOut]) {
    expect((await presentRefreshToken(emulator, refreshToken)).status).toBe(400)
  }
})

test('after a reset and an end of everyone before it, visitors of before the end are refused', async () => {
  const { refreshToken } = await visitorTokens(emulator)
  await send(`${emulator.url}/admin/v1/sessions`, { method: 'DELETE', ...asAdministrator })
  await send(`${emulator.url}/admin/v1/sessions`, { method: 'DELETE', ...asAdministrator })
  const late = await visitorTokens(emulator)
  await emulator.tell('reset')
  expect((await presentRefreshToken(emulator, refreshToken)).status).toBe(400)
  expect((await presentRefreshToken(emulator, late.refreshToken)).status).toBe(400)
})

test('after a reset the members of the file are back with their passwords and ids, and nobody else is', async () => {
  const { accessToken } = await adaSignsIn()
  const id = await idOf(accessToken)
  await signedInMember(emulator, 'grace@shop.example')
  expect((await changePassword(emulator, accessToken, 'another passphrase of ada')).status).toBe(200)
  await emulator.tell('reset')
  expect(await idOf((await adaSignsIn()).accessToken)).toBe(id)
  const grace = await logIn(emulator, { loginId: { email: 'grace@shop.example' }, password })
  expect(refusalOf(grace)).toBe('404 -19999')
  const changed = await logIn(emulator, {
    loginId: { email: ada.email },
    password: 'another passphrase of ada',
  })
  expect(refusalOf(changed)).toBe('401 -19976')
})

test('a reset leaves the address, the client, the administrator key and the key set, also where keys were rotated', async () => {
  const keys = await keySet()
  const rotated = await send(`${emulator.url}/admin/v1/keys/rotate`, { method: 'POST', ...asAdministrator })
  expect(rotated.status).toBe(200)
  expect((await keySet()).keys.length).toBeGreaterThan(keys.keys.length)
  await emulator.tell('reset')
  expect(await keySet()).toEqual(keys)
  expect(emulator.client.id).toBe(emulatorClientId)
  expect((await send(`${emulator.url}/admin/v1/keys`, asAdministrator)).status).toBe(200)
  expect((await send(`${emulator.url}/admin/v1/keys`)).status).toBe(401)
})

test('a reset lets the clock run with the machine and mends every fault', async () => {
  await emulator.tell('clock', { fixAt: '2030-01-01T00:00:00Z' })
  await emulator.tell('faults', { database: 'down', commitDelayMs: 60_000 })
  await emulator.tell('reset')
  const now = new Date(emulator.machine.now()).toISOString()
  expect(await emulator.look('clock')).toEqual({ now, fixed: false })
  expect(await emulator.look('faults')).toEqual({ database: 'up', commitDelayMs: 0, mail: 'up', waitingCommits: 0 })
})

test('requests in flight are finished, and what they do does not come about after the reset', async () => {
  const { accessToken } = await adaSignsIn()
  await emulator.tell('faults', { commitDelayMs: 60_000 })
  const registration = send(`${emulator.url}/v2/register`, {
    json: { loginId: { email: 'grace@shop.example' }, password },
  })
  const logout = send(`${emulator.url}/v1/logout`, { headers: { authorization: accessToken } })
  await emulator.commitsWait(2)
  await emulator.tell('reset')
  expect((await registration).json()).toMatchObject({ state: 'SUCCESS' })
  expect((await logout).status).toBe(200)
  const grace = await logIn(emulator, { loginId: { email: 'grace@shop.example' }, password })
  expect(refusalOf(grace)).toBe('404 -19999')
})

test('a login that began before a reset is whole in the world before it, and nobody is signed in by it', async () => {
  await emulator.tell('faults', { commitDelayMs: 60_000 })
  const login = submitLogin(emulator, { email: ada.email })
  await emulator.commitsWait(1)
  await emulator.tell('reset')
  // The session was committed after the reset, and the code for it after that.
  const answer = await login
  expect(answer.status).toBe(303)
  expect(codeIn(answer)).toMatch(/^\S{20,}$/)
  expect((await askToExchange(emulator, codeIn(answer) ?? '')).status).toBe(400)
  const cookie = cookieOf(answer.setCookies)
  expect(cookie).toMatch(/^adjourn_session=adj_session_/)
  expect(await acceptedOf(emulator, { ...(cookie === undefined ? {} : { cookie }) })).toEqual([])
})

test('resets at once come one after the other, and each is done', async () => {
  const member = await adaSignsIn()
  const answers = await Promise.all([1, 2, 3].map(() => emulator.ask('reset')))
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
  expect(await acceptedOf(emulator, member)).toEqual([])
  expect(await acceptedOf(emulator, await adaSignsIn())).toEqual(everythingAccepted)
})

test('a reset is no GET, which a page could cause by a picture', async () => {
  const member = await adaSignsIn()
  expect((await send(`${emulator.url}/dev/reset`)).status).toBe(405)
  expect(await acceptedOf(emulator, member)).toEqual(everythingAccepted)
})
