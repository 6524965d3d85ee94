/** More than one session in one place: what ends one never touches another, and nobody goes on as somebody else unnoticed. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { memoryTokens, SignedOutError, type SignedOutEvent, type Tokens } from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'
import { sessionOf } from '../src/session-of.ts'
import { password, type SiteClient, sharedTokens, signInNewMember, siteClient } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const accessTokenOf = async (client: SiteClient) => (await client.auth.tokens())?.accessToken ?? ''

async function isAlive(accessToken: string): Promise<boolean> {
  const answer = await fetch(`${server.url}/v1/sessions/current`, { headers: { authorization: accessToken } })
  return answer.status === 200
}

/** Ends a session without a word to the client. */
const endElsewhere = (accessToken: string) =>
  fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: accessToken } })

/** A session token of a new member, or of one who is there. */
async function newSessionToken(email?: string): Promise<string> {
  const { auth } = siteClient(server)
  const signOn =
    email === undefined
      ? await auth.register({ email: `${randomUUID()}@shop.example`, password })
      : await auth.checkPassword({ email, password })
  if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
  return signOn.sessionToken
}

/** A page that is told what becomes of its member. */
function watchedPage(tokens = memoryTokens(), fetch = globalThis.fetch) {
  const told: SignedOutEvent[] = []
  const client = siteClient(server, { tokens, fetch, onSignedOut: (event) => told.push(event) })
  return { client, tokens, told }
}

describe('a login that finishes while it is found out that the session before is over', () => {
  test.each([
    ['another member’s', undefined, [{ cause: 'replaced', because: null }]],
    ['the same member’s', 'same', []],
  ])('keeps its tokens: %s', async (_whose, same, expected) => {
    const [asked, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      if (String(init?.body).includes('"refresh_token"')) {
        asked.resolve()
        await letGo.promise
      }
      return answer
    }
    const { client, tokens, told } = watchedPage(memoryTokens(), slow)
    const { email } = await signInNewMember(client)
    await endElsewhere(await accessTokenOf(client))
    tokens.write({ ...((await tokens.read()) as Tokens), expiresAt: 0 })
    const late = client.authentication.changePassword({ newPassword: 'a call of the session before' })
    const outcome = expect(late).rejects.toBeInstanceOf(SignedOutError)
    await asked.promise
    // The session before may be asked for a new token once more, to end it, and that waits too.
    const sessionToken = await newSessionToken(same && email)
    const signedIn = signInOnServer(client, sessionToken, { redirectUri: callbackUri })
    await expect.poll(async () => (await tokens.read())?.expiresAt).toBeGreaterThan(0)
    letGo.resolve()
    await signedIn
    await outcome
    expect([await client.auth.isSignedIn(), await isAlive(await accessTokenOf(client)), told]).toEqual([
      true,
      true,
      expected,
    ])
  })
})

test('a late word of another tab about the session before leaves the tokens of a new login', async () => {
  const tokens = sharedTokens()
  const { client, told } = watchedPage(tokens)
  await signInNewMember(client)
  const left = sessionOf(await accessTokenOf(client))
  const fresh = siteClient(server)
  await signInNewMember(fresh)
  // Another tab has signed in since, which this one has not looked at yet.
  await tokens.write(await fresh.auth.tokens())
  const forger = new BroadcastChannel(`adjourn:${server.url}:${server.client.id}:${tokens.sharedAs}`)
  forger.postMessage({ ...left, everywhere: false })
  await expect.poll(() => told).toEqual([{ cause: 'another_tab', because: null }])
  forger.close()
  expect(await tokens.read()).toEqual(await fresh.auth.tokens())
  expect(await client.auth.isSignedIn()).toBe(true)
})

describe('tokens that have gone from the storage behind the client', () => {
  test('are told, and the next call is an error and none of a visitor’s', async () => {
    const { client, tokens, told } = watchedPage()
    await signInNewMember(client)
    await tokens.write(null)
    await expect(client.authentication.validateEmail({ email: 'a@b.example' })).rejects.toBeInstanceOf(SignedOutError)
    expect(told).toEqual([{ cause: 'tokens_gone', because: null }])
    // Who was told may go on as a visitor.
    await client.authentication.validateEmail({ email: 'a@b.example' })
    expect([(await client.auth.tokens())?.role, told.length]).toEqual(['visitor', 1])
  })

  test('are told by the question whether somebody is signed in, too', async () => {
    const { client, tokens, told } = watchedPage()
    await signInNewMember(client)
    await tokens.write(null)
    expect([await client.auth.isSignedIn(), told]).toEqual([false, [{ cause: 'tokens_gone', because: null }]])
  })

  test('stop no login', async () => {
    const { client, tokens, told } = watchedPage()
    const { email } = await signInNewMember(client)
    await tokens.write(null)
    expect(await client.auth.checkPassword({ email, password })).toMatchObject({ state: 'SUCCESS' })
    expect(told).toEqual([{ cause: 'tokens_gone', because: null }])
  })
})

describe('somebody else’s tokens in the storage', () => {
  test('make no call of whoever was signed in here: they are told first', async () => {
    const { client, tokens, told } = watchedPage()
    await signInNewMember(client)
    const other = siteClient(server)
    const { email } = await signInNewMember(other)
    await tokens.write(await other.auth.tokens())
    await expect(client.authentication.changePassword({ newPassword: 'mine, not theirs' })).rejects.toBeInstanceOf(
      SignedOutError,
    )
    expect(told).toEqual([{ cause: 'replaced', because: null }])
    expect(await siteClient(server).auth.checkPassword({ email, password })).toMatchObject({ state: 'SUCCESS' })
    // From here on the page is theirs.
    await client.authentication.changePassword({ newPassword: 'another long passphrase' })
    expect(told).toHaveLength(1)
  })

  test('are signed out of where signing out is asked for', async () => {
    const { client, tokens, told } = watchedPage()
    await signInNewMember(client)
    const other = siteClient(server)
    await signInNewMember(other)
    await tokens.write(await other.auth.tokens())
    expect(await client.auth.signOut()).toBe(true)
    expect(await isAlive(await accessTokenOf(other))).toBe(false)
    expect(told.map(({ cause }) => cause)).toEqual(['replaced', 'sign_out'])
  })
})

describe('a login where somebody is signed in', () => {
  test('ends their session, and tells the page and the other tabs', async () => {
    const tokens = sharedTokens()
    const [first, second] = [watchedPage(tokens), watchedPage(tokens)]
    await signInNewMember(first.client)
    const before = await accessTokenOf(second.client)
    await signInNewMember(first.client)
    expect([await isAlive(before), await isAlive(await accessTokenOf(first.client))]).toEqual([false, true])
    expect(first.told).toEqual([{ cause: 'replaced', because: null }])
    await expect.poll(() => second.told.length).toBe(1)
    expect(await second.client.auth.isSignedIn()).toBe(true)
  })

  test('ends their session when its access token is too old, too', async () => {
    const { tokens } = watchedPage()
    const client = siteClient(server, { tokens, now: server.clock.now })
    await signInNewMember(client)
    const { refreshToken } = (await tokens.read()) as Tokens
    server.clock.advance(361_000)
    const asOf = siteClient(server, { tokens: memoryTokens({ ...((await tokens.read()) as Tokens), expiresAt: 0 }) })
    await signInNewMember(client)
    await expect(asOf.auth.authorization()).rejects.toMatchObject({ name: 'SignedOutError', because: 'logout' })
    expect((await tokens.read())?.refreshToken).not.toBe(refreshToken)
  })

  test('of the same member tells nobody that they are signed out', async () => {
    const { client, told } = watchedPage()
    const { email } = await signInNewMember(client)
    const before = await accessTokenOf(client)
    await signInOnServer(client, await newSessionToken(email), { redirectUri: callbackUri })
    expect([await isAlive(before), await isAlive(await accessTokenOf(client)), told]).toEqual([false, true, []])
  })

  test('succeeds where the session before cannot be ended', async () => {
    let isDown = false
    const { client } = watchedPage(memoryTokens(), (input, init) =>
      isDown && String(input).endsWith('/v1/logout') ? Promise.reject(new TypeError('down')) : fetch(input, init),
    )
    await signInNewMember(client)
    const before = await accessTokenOf(client)
    isDown = true
    await signInNewMember(client)
    expect([await client.auth.isSignedIn(), await isAlive(before)]).toEqual([true, true])
  })
})
