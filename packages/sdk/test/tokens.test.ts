import { afterAll, beforeAll, expect, test } from 'vitest'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { memoryTokens, RefusedError, SignedOutError, type Tokens } from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'
import { password, sharedTokens, signInNewMember, siteClient, watchedFetch } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

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
  const tokens = sharedTokens()
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

/** A way to the server on which answers to requests for tokens wait until they are let go. */
function slowTokens() {
  const [asked, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isSlow = false
  const slow: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    if (isSlow && String(input).endsWith('/oauth2/token')) {
      isSlow = false
      asked.resolve()
      await letGo.promise
    }
    return answer
  }
  const slowDown = () => {
    isSlow = true
  }
  return { fetch: slow, asked: asked.promise, letGo: letGo.resolve, slowDown }
}

test('tokens that were on their way when the member signed out are not kept', async () => {
  const [tokens, way] = [memoryTokens(), slowTokens()]
  const client = siteClient(server, { tokens, fetch: way.fetch })
  await signInNewMember(client)
  const { accessToken = '' } = (await client.auth.tokens()) ?? {}
  way.slowDown()
  // As after a call that was refused, while the token is good by the page's own clock.
  const refreshed = client.auth.refused?.(accessToken, null)
  await way.asked
  expect(await client.auth.signOut()).toBe(true)
  way.letGo()
  await expect(refreshed).rejects.toBeInstanceOf(SignedOutError)
  expect(await client.auth.tokens()).toBeNull()
})

test('a visitor’s tokens that were on their way when a member signed in do not take their place', async () => {
  const [tokens, way] = [memoryTokens(), slowTokens()]
  const client = siteClient(server, { tokens, fetch: way.fetch })
  const { email } = await signInNewMember(siteClient(server))
  const signOn = await siteClient(server).auth.checkPassword({ email, password })
  if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
  way.slowDown()
  const asVisitor = client.auth.authorization()
  await way.asked
  await signInOnServer(client, signOn.sessionToken, { redirectUri: callbackUri })
  const member = await client.auth.tokens()
  expect(member?.role).toBe('member')
  way.letGo()
  expect(await asVisitor).toBe(member?.accessToken)
  expect(await client.auth.tokens()).toEqual(member)
})

test('a call of one member is not made again in the session of whoever signed in since', async () => {
  const tokens = memoryTokens()
  let whenRefused = async () => {}
  const watched: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    if (answer.status === 401) await whenRefused()
    return answer
  }
  const client = siteClient(server, { tokens, fetch: watched })
  await signInNewMember(client)
  const { accessToken = '' } = (await client.auth.tokens()) ?? {}
  await fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: accessToken } })
  whenRefused = async () => {
    whenRefused = async () => {}
    const somebody = siteClient(server)
    await signInNewMember(somebody)
    tokens.write(await somebody.auth.tokens())
  }
  await expect(client.authentication.changePassword({ newPassword: 'mine, not theirs' })).rejects.toBeInstanceOf(
    SignedOutError,
  )
  // The other member stays signed in, with the password that they chose.
  expect(await client.auth.isSignedIn()).toBe(true)
  await client.authentication.changePassword({ newPassword: password })
})
