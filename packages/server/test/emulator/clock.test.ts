import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { codeLifetimeMs } from '../../src/domain/authorization-code.ts'
import { violationOf } from '../support/answers.ts'
import { isAccepted, logoutLink } from '../support/logout.ts'
import { day, hour, minute, second } from '../support/manual-clock.ts'
import { acceptedOf, authorizeWithCookie, registerMember, signedInMember } from '../support/members.ts'
import { authorize } from '../support/oauth-requests.ts'
import { askToExchange, askToRefresh } from '../support/requests.ts'
import { send } from '../support/send.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'

let emulator: TestEmulator
const christmas = '2026-12-24T18:00:00.000Z'

beforeAll(async () => {
  emulator = await startTestEmulator()
})
beforeEach(() => emulator.tell('reset'))
afterAll(() => emulator.close())

test('after the start the clock shows the time of the machine and runs with it', async () => {
  const at = (ms: number) => ({ now: new Date(ms).toISOString(), fixed: false })
  expect(await emulator.look('clock')).toEqual(at(emulator.machine.now()))
  emulator.machine.advance(hour)
  expect(await emulator.look('clock')).toEqual(at(emulator.machine.now()))
})

test('a fixed clock stands still, a step moves it, and it runs on from there', async () => {
  expect(await emulator.tell('clock', { fixAt: christmas })).toEqual({ now: christmas, fixed: true })
  emulator.machine.advance(hour)
  expect(await emulator.look('clock')).toEqual({ now: christmas, fixed: true })
  expect(await emulator.tell('clock', { stepMs: 1500 })).toEqual({ now: '2026-12-24T18:00:01.500Z', fixed: true })
  expect(await emulator.tell('clock', { run: true })).toEqual({ now: '2026-12-24T18:00:01.500Z', fixed: false })
  emulator.machine.advance(second)
  expect(await emulator.look('clock')).toEqual({ now: '2026-12-24T18:00:02.500Z', fixed: false })
})

test('a clock that runs is ahead by a step, and runs on', async () => {
  const before = emulator.machine.now()
  await emulator.tell('clock', { stepMs: hour })
  emulator.machine.advance(minute)
  expect(await emulator.look('clock')).toEqual({ now: new Date(before + hour + minute).toISOString(), fixed: false })
})

test('a moment is read in the offset that it is written with', async () => {
  expect(await emulator.tell('clock', { fixAt: '2028-02-29T23:30:00+01:00' })).toEqual({
    now: '2028-02-29T22:30:00.000Z',
    fixed: true,
  })
})

test('members sign in and out at any moment at which the clock may be fixed', async () => {
  for (const fixAt of ['1970-01-01T00:00:00Z', '2999-12-31T23:59:59.999Z']) {
    await emulator.tell('clock', { fixAt })
    const member = await signedInMember(emulator)
    expect((await acceptedOf(emulator, member)).length, fixAt).toBeGreaterThan(0)
    await send(`${emulator.url}/v1/logout`, { headers: { authorization: member.accessToken } })
    expect(await acceptedOf(emulator, member), fixAt).toEqual([])
  }
})

test('a millisecond before the idle limit a session is alive', async () => {
  const { cookie } = await signedInMember(emulator)
  await emulator.tell('clock', { stepMs: 30 * day - 1 })
  expect(await isAccepted(emulator, { cookie })).toBe(true)
})

test('a step to the idle limit ends a session, and nothing that it handed out is accepted', async () => {
  const { refreshToken, cookie } = await signedInMember(emulator)
  await emulator.tell('clock', { stepMs: 30 * day })
  expect(await acceptedOf(emulator, { refreshToken, cookie })).toEqual([])
})

test('what a step has ended stays ended when the clock goes back', async () => {
  const member = await signedInMember(emulator)
  const { now } = await emulator.look('clock')
  await emulator.tell('clock', { stepMs: 30 * day })
  await emulator.tell('clock', { fixAt: now })
  expect(await acceptedOf(emulator, member)).toEqual([])
})

test('an access token is refused once a step has brought it to its end, and its session lives on', async () => {
  const { accessToken, refreshToken } = await signedInMember(emulator)
  // Five minutes, and the minute by which clocks may differ.
  await emulator.tell('clock', { stepMs: 6 * minute - 1 })
  expect(await isAccepted(emulator, { accessToken })).toBe(true)
  await emulator.tell('clock', { stepMs: 1 })
  expect(await isAccepted(emulator, { accessToken })).toBe(false)
  expect((await askToRefresh(emulator, refreshToken)).status).toBe(200)
})

test('an authorization code is refused once a step has brought it to its end', async () => {
  const { cookie } = await signedInMember(emulator)
  const early = await authorizeWithCookie(emulator, cookie)
  const late = await authorizeWithCookie(emulator, cookie)
  await emulator.tell('clock', { stepMs: codeLifetimeMs - 1 })
  expect((await askToExchange(emulator, early)).status).toBe(200)
  await emulator.tell('clock', { stepMs: 1 })
  expect((await askToExchange(emulator, late)).status).toBe(400)
})

test('a session ticket and a logout ticket are refused once a step has brought them to their end', async () => {
  const { accessToken, cookie } = await signedInMember(emulator)
  const { sessionToken } = await registerMember(emulator)
  const { url } = await logoutLink(emulator, accessToken)
  await emulator.tell('clock', { stepMs: 10 * minute })
  const authorized = await authorize(emulator, { sessionToken })
  expect(new URL(String(authorized.headers['location'])).searchParams.has('code')).toBe(false)
  await send(url)
  expect(await isAccepted(emulator, { cookie })).toBe(true)
})

const refused: readonly (readonly [json: unknown, violation: string])[] = [
  [{}, '400 fixAt OTHER'],
  [{ fixAt: null }, '400 fixAt OTHER'],
  [{ fixAt: christmas, stepMs: 1 }, '400 stepMs OTHER'],
  [{ stepMs: 1, run: true }, '400 run OTHER'],
  [{ fixAt: '' }, '400 fixAt FORMAT'],
  [{ fixAt: 'tomorrow' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-12-24' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-12-24T18:00:00' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-02-30T18:00:00Z' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-13-01T18:00:00Z' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-12-00T18:00:00Z' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-12-24T25:00:00Z' }, '400 fixAt FORMAT'],
  [{ fixAt: '2026-12-24T18:00:00Z ' }, '400 fixAt FORMAT'],
  [{ fixAt: '1969-12-31T23:59:59Z' }, '400 fixAt FORMAT'],
  [{ fixAt: '3000-01-01T00:00:00Z' }, '400 fixAt FORMAT'],
  [{ fixAt: Date.UTC(2026, 11, 24) }, '400 fixAt TYPE'],
  [{ stepMs: 0 }, '400 stepMs OTHER'],
  [{ stepMs: -1 }, '400 stepMs OTHER'],
  [{ stepMs: 1.5 }, '400 stepMs TYPE'],
  [{ stepMs: '60000' }, '400 stepMs TYPE'],
  [{ stepMs: Date.UTC(3000, 0, 1) }, '400 stepMs OTHER'],
  [{ stepMs: 1e300 }, '400 stepMs OTHER'],
  [{ run: false }, '400 run OTHER'],
  [{ step: 5 }, '400 step OTHER UNKNOWN_FIELD'],
  [{ stepMs: 5, unit: 'days' }, '400 unit OTHER UNKNOWN_FIELD'],
]

test('a move of the clock that is not understood is refused by its field and moves nothing', async () => {
  await emulator.tell('clock', { fixAt: christmas })
  for (const [json, violation] of refused) {
    expect(violationOf(await emulator.ask('clock', json)), JSON.stringify(json)).toBe(violation)
  }
  expect(await emulator.look('clock')).toEqual({ now: christmas, fixed: true })
})
