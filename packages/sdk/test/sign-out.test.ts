import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { day } from '../../server/test/support/manual-clock.ts'
import {
  administratorKey,
  callbackUri,
  startTestServer,
  type TestServer,
} from '../../server/test/support/test-server.ts'
import { memoryTokens, RefusedError, SignedOutError, type SignedOutEvent, UnavailableError } from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'
import { replaceGlobals } from './page.ts'
import { password, type SiteClient, sharedTokens, signInNewMember, siteClient, watchedFetch } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const isAlive = async (accessToken: string) => {
  const answer = await fetch(`${server.url}/v1/sessions/current`, { headers: { authorization: accessToken } })
  return answer.status === 200
}

test('signing out ends the session on the server, removes the tokens and tells once', async () => {
  const told: SignedOutEvent[] = []
  const client = siteClient(server, { onSignedOut: (event) => told.push(event) })
  await signInNewMember(client)
  const { accessToken = '' } = (await client.auth.tokens()) ?? {}
  expect([await client.auth.isSignedIn(), await isAlive(accessToken)]).toEqual([true, true])
  expect(await client.auth.signOut()).toBe(true)
  expect([await client.auth.isSignedIn(), await client.auth.tokens(), await isAlive(accessToken)]).toEqual([
    false,
    null,
    false,
  ])
  expect(told).toEqual([{ cause: 'sign_out', because: null }])
  expect(await client.auth.signOut()).toBe(false)
  expect(told).toHaveLength(1)
  client.auth.close()
})

test('a visitor has nothing to sign out of, and nobody is asked', async () => {
  const watch = watchedFetch()
  const client = siteClient(server, { fetch: watch.fetch })
  expect(await client.auth.signOut()).toBe(false)
  await client.auth.authorization()
  expect(await client.auth.signOut()).toBe(false)
  expect(watch.count('/v1/logout')).toBe(0)
})

test('an access token that is too old for anything else still signs out', async () => {
  const tokens = memoryTokens()
  const client = siteClient(server, { tokens })
  await signInNewMember(client)
  const held = await client.auth.tokens()
  server.clock.advance(361_000)
  expect(await isAlive(held?.accessToken ?? '')).toBe(false)
  expect(await client.auth.signOut()).toBe(true)
  // And it was the session that ended, not only what this client knows of it.
  const other = siteClient(server, { tokens: memoryTokens(held) })
  await expect(other.auth.signOut({ everywhere: true })).rejects.toBeInstanceOf(SignedOutError)
})

test('to sign out everywhere a token that is too old is renewed first', async () => {
  const client = siteClient(server)
  await signInNewMember(client)
  server.clock.advance(361_000)
  expect(await client.auth.signOut({ everywhere: true })).toBe(true)
})

test('a token whose key is no more is renewed first, and it is the session that ends', async () => {
  const administrator = { authorization: `Bearer ${administratorKey}`, 'content-type': 'application/json' }
  const client = siteClient(server, { now: server.clock.now })
  await signInNewMember(client)
  const { refreshToken } = (await client.auth.tokens()) ?? {}
  const refresh = { clientId: server.client.id, grantType: 'refresh_token', refreshToken }
  for (const _key of ['the next', 'the one after it']) {
    const rotated = await fetch(`${server.url}/admin/v1/keys/rotate`, {
      method: 'POST',
      headers: administrator,
      body: '{}',
    })
    expect(rotated.status).toBe(200)
    server.clock.advance(day)
  }
  expect(await client.auth.signOut()).toBe(true)
  const answer = await fetch(`${server.url}/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(refresh),
  })
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant', because: 'logout' }])
})

test('where no new token is to be had, an old one signs nobody out', async () => {
  let isDown = false
  const onSignedOut = vi.fn()
  const { fetch } = watchedFetch((path) => (isDown && path === '/oauth2/token' ? new TypeError('down') : undefined))
  const client = siteClient(server, { fetch, onSignedOut, now: server.clock.now })
  await signInNewMember(client)
  server.clock.advance(361_000)
  isDown = true
  await expect(client.auth.signOut()).rejects.toBeInstanceOf(UnavailableError)
  expect([await client.auth.isSignedIn(), onSignedOut.mock.calls]).toEqual([true, []])
})

test('a session that is over already is signed out of, and told once', async () => {
  const told: SignedOutEvent[] = []
  const client = siteClient(server, { onSignedOut: (event) => told.push(event), now: server.clock.now })
  await signInNewMember(client)
  await siteClient(server, { tokens: memoryTokens(await client.auth.tokens()) }).auth.signOut()
  server.clock.advance(361_000)
  expect(await client.auth.signOut()).toBe(true)
  expect([await client.auth.tokens(), told]).toEqual([null, [{ cause: 'session_ended', because: 'logout' }]])
})

describe('a success that is not in the form of the server’s is none', () => {
  const forms = [
    ['nothing', new Response('')],
    ['{}', new Response('{}')],
    ['{"ok":true}', new Response('{"ok":true}')],
    ['a page', new Response('<!doctype html>')],
  ] as const
  const ways: readonly [string, (client: SiteClient) => Promise<unknown>][] = [
    ['signing out', (client) => client.auth.signOut()],
    ['signing out everywhere', (client) => client.auth.signOut({ everywhere: true })],
    ['logout of the module', (client) => client.authentication.logout()],
  ]
  describe.each(ways)('of %s', (_way, signOut) => {
    test.each(forms)('%s', async (_form, answer) => {
      let isStranger = false
      const onSignedOut = vi.fn()
      const { fetch } = watchedFetch(() => (isStranger ? answer.clone() : undefined))
      const client = siteClient(server, { fetch, onSignedOut })
      await signInNewMember(client)
      const held = await client.auth.tokens()
      isStranger = true
      await expect(signOut(client)).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'unknown', status: 200 })
      expect([await client.auth.tokens(), onSignedOut.mock.calls]).toEqual([held, []])
    })
  })
})

test('a client that was closed still signs out, and tells its own page', async () => {
  const told: SignedOutEvent[] = []
  const client = siteClient(server, { tokens: sharedTokens(), onSignedOut: (event) => told.push(event) })
  await signInNewMember(client)
  const { accessToken = '' } = (await client.auth.tokens()) ?? {}
  client.auth.close()
  expect(await client.auth.signOut()).toBe(true)
  expect([await isAlive(accessToken), told]).toEqual([false, [{ cause: 'sign_out', because: null }]])
})

describe('what onSignedOut fails with', () => {
  const fault = new Error('A fault of the site’s')
  const fail = () => {
    throw fault
  }

  test('is reported, and is none of the call’s', async () => {
    const reportError = vi.fn()
    onTestFinished(replaceGlobals({ reportError }))
    const client = siteClient(server, { onSignedOut: fail })
    await signInNewMember(client)
    expect(await client.auth.signOut()).toBe(true)
    expect([await client.auth.isSignedIn(), reportError.mock.calls]).toEqual([false, [[fault]]])
  })

  test('is reported where another tab has signed out, too', async () => {
    const reported = Promise.withResolvers<unknown>()
    onTestFinished(replaceGlobals({ reportError: reported.resolve }))
    const tokens = sharedTokens()
    const [first, second] = [siteClient(server, { tokens }), siteClient(server, { tokens, onSignedOut: fail })]
    await signInNewMember(first)
    expect(await second.auth.isSignedIn()).toBe(true)
    await first.auth.signOut()
    expect(await reported.promise).toBe(fault)
  })
})

test('everywhere ends every session of the member', async () => {
  const first = siteClient(server)
  const { email } = await signInNewMember(first)
  const second = siteClient(server)
  const signOn = await second.auth.checkPassword({ email, password: 'a long passphrase of ada' })
  expect(signOn.state).toBe('SUCCESS')
  const { accessToken = '' } = (await first.auth.tokens()) ?? {}
  await first.auth.signOut({ everywhere: true })
  expect(await isAlive(accessToken)).toBe(false)
})

describe('nobody is told that they are signed out when it is not certain', () => {
  test.each<[string, Response | Error, UnavailableError['outcome'], number | null]>([
    ['the server cannot be reached', new TypeError('fetch failed'), 'unknown', null],
    ['a proxy answers for it', new Response('<html>502</html>', { status: 502 }), 'unknown', 502],
    [
      'it says that it is not confirmed',
      Response.json({ message: 'not confirmed', details: {} }, { status: 503 }),
      'unknown',
      503,
    ],
    [
      'it says that nothing was changed',
      Response.json(
        {
          message: 'x',
          details: { applicationError: { code: 'SERVICE_UNAVAILABLE', data: { outcome: 'nothing_happened' } } },
        },
        { status: 503 },
      ),
      'nothing_happened',
      503,
    ],
    ['its answer is no message', new Response('ok'), 'unknown', 200],
  ])('%s', async (_what, answer, outcome, status) => {
    const onSignedOut = vi.fn()
    let down = false
    const { fetch } = watchedFetch((path) => (down && path === '/v1/logout' ? answer : undefined))
    const client = siteClient(server, { fetch, onSignedOut })
    await signInNewMember(client)
    const before = await client.auth.tokens()
    down = true
    await expect(client.auth.signOut()).rejects.toMatchObject({ name: 'UnavailableError', outcome, status })
    expect(await client.auth.tokens()).toEqual(before)
    expect(onSignedOut).not.toHaveBeenCalled()
    down = false
    expect(await client.auth.signOut()).toBe(true)
    expect(onSignedOut).toHaveBeenCalledOnce()
  })

  test('a refresh that finds no server leaves everybody signed in', async () => {
    const onSignedOut = vi.fn()
    let down = false
    const { fetch } = watchedFetch((path) => (down && path === '/oauth2/token' ? new TypeError('down') : undefined))
    const tokens = memoryTokens()
    const client = siteClient(server, { fetch, onSignedOut, tokens })
    await signInNewMember(client)
    tokens.write({
      ...((await client.auth.tokens()) as NonNullable<Awaited<ReturnType<typeof client.auth.tokens>>>),
      expiresAt: 0,
    })
    down = true
    await expect(client.auth.authorization()).rejects.toBeInstanceOf(UnavailableError)
    expect([await client.auth.isSignedIn(), onSignedOut.mock.calls]).toEqual([true, []])
    down = false
    expect(await isAlive((await client.auth.authorization()) ?? '')).toBe(true)
  })
})

describe('a session that has ended elsewhere', () => {
  async function endedElsewhere(onSignedOut: (event: SignedOutEvent) => void) {
    const client = siteClient(server, { onSignedOut })
    await signInNewMember(client)
    const { accessToken = '' } = (await client.auth.tokens()) ?? {}
    await fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: accessToken } })
    return client
  }

  test('is an error and an event at the next call, and never a visitor unnoticed', async () => {
    const told: SignedOutEvent[] = []
    const client = await endedElsewhere((event) => told.push(event))
    await expect(
      client.authentication.changePassword({ newPassword: 'another long passphrase' }),
    ).rejects.toBeInstanceOf(SignedOutError)
    expect(told).toEqual([{ cause: 'session_ended', because: 'logout' }])
    expect(await client.auth.tokens()).toBeNull()
    // Who was told may go on as a visitor.
    const answer = await client.authentication.validateEmail({ email: 'ada@shop.example' })
    expect(answer.valid).toBe(true)
    expect((await client.auth.tokens())?.role).toBe('visitor')
  })

  test('is no refusal of the call', async () => {
    const client = await endedElsewhere(() => {})
    const error = await client.authentication.changePassword({ newPassword: 'x' }).catch((reason: unknown) => reason)
    expect(error).not.toBeInstanceOf(RefusedError)
  })
})

test('another tab that shares the tokens learns of it at once', async () => {
  const tokens = sharedTokens()
  const first = siteClient(server, { tokens })
  await signInNewMember(first)
  const told = Promise.withResolvers<SignedOutEvent>()
  const second = siteClient(server, { tokens, onSignedOut: told.resolve })
  expect(await second.auth.isSignedIn()).toBe(true)
  await first.auth.signOut()
  expect(await told.promise).toEqual({ cause: 'another_tab', because: null })
  expect(await second.auth.isSignedIn()).toBe(false)
  first.auth.close()
  second.auth.close()
})

test('a tab with a session of its own stays signed in, unless it is the same member everywhere', async () => {
  const ownTab = () => ({ tokens: sharedTokens(null, 'tabs with tokens of their own') })
  const [first, second] = [siteClient(server, ownTab()), siteClient(server, ownTab())]
  const { email } = await signInNewMember(first)
  await signInNewMember(second)
  await first.auth.signOut()
  await second.authentication.changePassword({ newPassword: 'another long passphrase' })

  const told = Promise.withResolvers<SignedOutEvent>()
  const third = siteClient(server, { ...ownTab(), onSignedOut: told.resolve })
  for (const each of [first, third]) {
    const signOn = await each.auth.checkPassword({ email, password })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    await signInOnServer(each, signOn.sessionToken, { redirectUri: callbackUri })
  }
  await first.auth.signOut({ everywhere: true })
  expect(await told.promise).toEqual({ cause: 'another_tab', because: null })
})
