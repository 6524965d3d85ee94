import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { violationOf } from '../support/answers.ts'
import { isAccepted, logoutLink, navigation } from '../support/logout.ts'
import { day } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, password, signedInMember, visitorTokens } from '../support/members.ts'
import { type Sent, send } from '../support/send.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'

let emulator: TestEmulator

beforeAll(async () => {
  emulator = await startTestEmulator()
})
beforeEach(() => emulator.tell('reset'))
afterAll(() => emulator.close())

type Member = Awaited<ReturnType<typeof signedInMember>>

const logouts: Readonly<Record<string, (member: Member) => Promise<readonly [path: string, sent: Sent]>>> = {
  'by token': async ({ accessToken }) => ['/v1/logout', { headers: { authorization: accessToken } }],
  'by cookie': async ({ cookie }) => ['/v1/logout', { headers: { cookie }, json: {} }],
  'of a person': async ({ cookie }) => ['/v1/logout', { headers: navigation('same-origin', cookie) }],
  'by ticket': async ({ accessToken, cookie }) => {
    const { url } = await logoutLink(emulator, accessToken)
    return [url.slice(emulator.url.length), { headers: navigation('cross-site', cookie) }]
  },
  'of the current session': async ({ accessToken }) => [
    '/v1/sessions/current',
    { method: 'DELETE', headers: { authorization: accessToken } },
  ],
  everywhere: async ({ accessToken }) => [
    '/v1/sessions',
    { method: 'DELETE', headers: { authorization: accessToken } },
  ],
}

for (const [name, make] of Object.entries(logouts)) {
  test(`a logout ${name} while the database is down is answered 503, removes no cookie, and afterwards the session is alive`, async () => {
    const member = await signedInMember(emulator)
    const [path, sent] = await make(member)
    await emulator.tell('faults', { database: 'down' })
    const answer = await send(`${emulator.url}${path}`, sent)
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.setCookies).toEqual([])
    expect(answer.headers['location']).toBeUndefined()
    await emulator.tell('faults', { database: 'up' })
    expect(await acceptedOf(emulator, member)).toEqual(everythingAccepted)

    expect((await send(`${emulator.url}${path}`, sent)).status).toBeLessThan(400)
    expect(await acceptedOf(emulator, member)).toEqual([])
  })
}

test('a program is told that nothing was changed', async () => {
  const { accessToken } = await signedInMember(emulator)
  await emulator.tell('faults', { database: 'down' })
  const answer = await send(`${emulator.url}/v1/logout`, { headers: { authorization: accessToken } })
  expect(answer.text).toContain('nothing was changed')
})

test('while the database is down nobody is signed out: everything that needs it is answered 503', async () => {
  const { email, accessToken, refreshToken, cookie } = await signedInMember(emulator)
  const visitor = await visitorTokens(emulator)
  await emulator.tell('faults', { database: 'down' })
  const refresh = (token: string) => ({
    json: { clientId: emulator.client.id, grantType: 'refresh_token', refreshToken: token },
  })
  const asked: readonly (readonly [path: string, sent: Sent])[] = [
    ['/v1/sessions/current', { headers: { authorization: accessToken } }],
    ['/v1/sessions/current', { headers: { cookie } }],
    ['/oauth2/token-info', { json: { token: accessToken } }],
    ['/oauth2/user-info', { headers: { authorization: accessToken } }],
    ['/oauth2/token', refresh(refreshToken)],
    ['/oauth2/token', refresh(visitor.refreshToken)],
    ['/v2/login', { json: { loginId: { email }, password } }],
    ['/v2/register', { json: { loginId: { email: 'new@shop.example' }, password } }],
    ['/readyz', {}],
  ]
  for (const [path, sent] of asked) {
    const answer = await send(`${emulator.url}${path}`, sent)
    expect(answer.status, `${path} ${JSON.stringify(sent)}`).toBe(503)
    expect(answer.headers['www-authenticate'], path).toBeUndefined()
  }
})

test('while the database is down the emulator itself can be asked and told everything', async () => {
  await emulator.tell('faults', { database: 'down' })
  expect((await send(`${emulator.url}/healthz`)).status).toBe(200)
  expect(await emulator.look('faults')).toEqual({ database: 'down', commitDelayMs: 0, mail: 'up', waitingCommits: 0 })
  expect(await emulator.tell('clock', { stepMs: 1 })).toMatchObject({ fixed: false })
  await emulator.tell('reset')
  expect(await emulator.look('faults')).toEqual({ database: 'up', commitDelayMs: 0, mail: 'up', waitingCommits: 0 })
})

test('a session whose limit passes while the database is down is over once it is back', async () => {
  const { cookie } = await signedInMember(emulator)
  await emulator.tell('faults', { database: 'down' })
  await emulator.tell('clock', { stepMs: 30 * day })
  await emulator.tell('faults', { database: 'up' })
  expect(await isAccepted(emulator, { cookie })).toBe(false)
})

test('until a slow commit is done a logout is not answered and the session is alive, and then it is over', async () => {
  const { accessToken, cookie } = await signedInMember(emulator)
  await emulator.tell('faults', { commitDelayMs: 60_000 })
  let isAnswered = false
  const logout = send(`${emulator.url}/v1/logout`, { headers: { authorization: accessToken } }).finally(() => {
    isAnswered = true
  })
  await emulator.commitsWait(1)
  expect(await isAccepted(emulator, { cookie })).toBe(true)
  expect(isAnswered).toBe(false)
  await emulator.tell('faults', { commitDelayMs: 0 })
  expect((await logout).status).toBe(200)
  expect(await isAccepted(emulator, { cookie })).toBe(false)
})

test('a delay passes by itself', async () => {
  const { accessToken, cookie } = await signedInMember(emulator)
  await emulator.tell('faults', { commitDelayMs: 1 })
  expect((await send(`${emulator.url}/v1/logout`, { headers: { authorization: accessToken } })).status).toBe(200)
  expect(await isAccepted(emulator, { cookie })).toBe(false)
})

test('a database that goes down under a slow commit has not taken it', async () => {
  const member = await signedInMember(emulator)
  await emulator.tell('faults', { commitDelayMs: 60_000 })
  const logout = send(`${emulator.url}/v1/logout`, { headers: { authorization: member.accessToken } })
  await emulator.commitsWait(1)
  await emulator.tell('faults', { database: 'down' })
  expect((await logout).status).toBe(503)
  await emulator.tell('faults', { database: 'up', commitDelayMs: 0 })
  expect(await acceptedOf(emulator, member)).toEqual(everythingAccepted)
})

test('a fault that is left out stays as it is', async () => {
  await emulator.tell('faults', { commitDelayMs: 5 })
  await emulator.tell('faults', { database: 'down' })
  await emulator.tell('faults', {})
  expect(await emulator.look('faults')).toEqual({ database: 'down', commitDelayMs: 5, mail: 'up', waitingCommits: 0 })
})

const refused: readonly (readonly [json: unknown, violation: string])[] = [
  [{ database: 'sideways' }, '400 database OTHER'],
  [{ database: 'DOWN' }, '400 database OTHER'],
  [{ commitDelayMs: -1 }, '400 commitDelayMs OTHER'],
  [{ commitDelayMs: 60_001 }, '400 commitDelayMs OTHER'],
  [{ commitDelayMs: 0.5 }, '400 commitDelayMs TYPE'],
  [{ commitDelayMs: '5' }, '400 commitDelayMs TYPE'],
  [{ mail: 'slow' }, '400 mail OTHER'],
  [{ mails: 'down' }, '400 mails OTHER UNKNOWN_FIELD'],
  [{ database: 'down', commitDelay: 5 }, '400 commitDelay OTHER UNKNOWN_FIELD'],
]

test('a fault that is not understood is refused by its field, and nothing is wrong with the database', async () => {
  for (const [json, violation] of refused) {
    expect(violationOf(await emulator.ask('faults', json)), JSON.stringify(json)).toBe(violation)
  }
  expect(await emulator.look('faults')).toEqual({ database: 'up', commitDelayMs: 0, mail: 'up', waitingCommits: 0 })
})
