import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { cookieTokens, localStorageTokens, memoryTokens, RefusedError, type Tokens } from '../src/index.ts'
import { requestTokens } from '../src/server.ts'
import { signInNewMember, siteClient, watchedFetch } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const some: Tokens = { accessToken: 'a', expiresAt: 1, refreshToken: 'r', role: 'member' }

test('a visitor gets tokens at the first call, once for many calls', async () => {
  const watch = watchedFetch()
  const client = siteClient(server, { fetch: watch.fetch })
  expect(await client.auth.tokens()).toBeNull()
  const all = await Promise.all(Array.from({ length: 10 }, () => client.auth.authorization()))
  expect(new Set(all).size).toBe(1)
  expect(watch.count('/oauth2/token')).toBe(1)
  expect(await client.auth.tokens()).toMatchObject({ role: 'visitor', accessToken: all[0] })
})

test('tokens are renewed before they expire, once for all clients that share them', async () => {
  const tokens = memoryTokens()
  const watch = watchedFetch()
  const client = siteClient(server, { tokens, fetch: watch.fetch })
  await signInNewMember(client)
  const before = (await tokens.read()) as Tokens
  await tokens.write({ ...before, expiresAt: Date.now() + 1_000 })
  const asked = watch.count('/oauth2/token')
  const others = [
    client,
    siteClient(server, { tokens, fetch: watch.fetch }),
    siteClient(server, { tokens, fetch: watch.fetch }),
  ]
  const all = await Promise.all(others.flatMap((each) => [each.auth.authorization(), each.auth.authorization()]))
  expect(new Set(all).size).toBe(1)
  expect(watch.count('/oauth2/token') - asked).toBe(1)
  expect(await tokens.read()).toMatchObject({ role: 'member', refreshToken: before.refreshToken })
})

test('a token that the server refuses is renewed, and the call made again', async () => {
  const tokens = memoryTokens()
  const client = siteClient(server, { tokens })
  await signInNewMember(client)
  server.clock.advance(361_000)
  // By the page's own clock, which stands still here, the token is good.
  expect((await tokens.read())?.expiresAt).toBeGreaterThan(Date.now())
  const before = (await tokens.read())?.accessToken
  await client.authentication.changePassword({ newPassword: 'another long passphrase' })
  expect((await tokens.read())?.accessToken).not.toBe(before)
})

test('a refusal of the call itself is given to the caller, with the fields and the rule', async () => {
  const client = siteClient(server)
  await signInNewMember(client)
  const error = await client.authentication.changePassword({ newPassword: 'short' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RefusedError)
  expect(error).toMatchObject({
    status: 400,
    violations: [{ field: 'newPassword', violatedRule: 'MIN_LENGTH' }],
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

test('localStorage keeps tokens under its key, and what is not tokens any more is none', async () => {
  const kept = new Map<string, string>()
  const stub = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  Object.defineProperty(globalThis, 'localStorage', { value: stub, configurable: true })
  try {
    const storage = localStorageTokens('key')
    storage.write(some)
    expect([storage.read(), [...kept.keys()]]).toEqual([some, ['key']])
    for (const broken of ['', 'x', 'null', '[]', '{"accessToken":1}', '{"accessToken":"a","expiresAt":1,"role":"x"}']) {
      kept.set('key', broken)
      expect(storage.read()).toBeNull()
    }
    storage.write(null)
    expect(kept.size).toBe(0)
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'localStorage')
    else Object.defineProperty(globalThis, 'localStorage', before)
  }
})

test('a cookie of the page needs a page', () => {
  expect(() => cookieTokens()).toThrow('there is no document here')
})

test('a server keeps the tokens of a request in a cookie that no script reads', () => {
  const set: string[] = []
  const storage = requestTokens({ cookie: 'other=1', setCookie: (value) => set.push(value) })
  expect(storage.read()).toBeNull()
  storage.write(some)
  expect(set[0]).toMatch(/^__Host-adjourn_tokens=%7B.*%7D; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const cookie = `other=1; ${set[0]?.split(';')[0]}`
  const next = requestTokens({ cookie, setCookie: (value) => set.push(value) }, { days: 14 })
  expect(next.read()).toEqual(some)
  next.write(some)
  expect(set).toHaveLength(1)
  next.write({ ...some, expiresAt: 2 })
  expect(set[1]).toMatch(/; Max-Age=1209600$/)
  next.write(null)
  expect(set[2]).toBe('__Host-adjourn_tokens=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0')
  for (const broken of ['__Host-adjourn_tokens=%', '__Host-adjourn_tokens=', 'x__Host-adjourn_tokens=%7B%7D']) {
    expect(requestTokens({ cookie: broken, setCookie: () => {} }).read()).toBeNull()
  }
})
