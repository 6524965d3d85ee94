import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { memoryTokens, RefusedError, SignedOutError, type SignedOutEvent, UnavailableError } from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'
import { password, signInNewMember, siteClient, watchedFetch } from './site.ts'

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

test('everywhere ends every session of the member', async () => {
  const first = siteClient(server)
  const { email } = await signInNewMember(first)
  const second = siteClient(server)
  const signOn = await second.auth.logIn({ email, password: 'a long passphrase of ada' })
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
  const tokens = memoryTokens()
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
  const [first, second] = [siteClient(server), siteClient(server)]
  const { email } = await signInNewMember(first)
  await signInNewMember(second)
  await first.auth.signOut()
  await second.authentication.changePassword({ newPassword: 'another long passphrase' })

  const told = Promise.withResolvers<SignedOutEvent>()
  const third = siteClient(server, { onSignedOut: told.resolve })
  for (const each of [first, third]) {
    const signOn = await each.auth.logIn({ email, password })
    if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
    await signInOnServer(each, signOn.sessionToken, { redirectUri: callbackUri })
  }
  await first.auth.signOut({ everywhere: true })
  expect(await told.promise).toEqual({ cause: 'another_tab', because: null })
})
