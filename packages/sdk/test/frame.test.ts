/** Signing in by a hidden frame: what comes of it, and of messages that are not its answer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { openPage, type Page } from './page.ts'
import { password, signInNewMember, siteClient } from './site.ts'
import { startStranger } from './stranger.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

async function newSessionToken(): Promise<string> {
  const { email } = await signInNewMember(siteClient(server))
  const signOn = await siteClient(server).auth.checkPassword({ email, password })
  if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
  return signOn.sessionToken
}

const isTidy = (page: Page) => page.frames.size === 0 && !page.isListening()

test('a session token signs in by a frame, once, and the frame is gone afterwards', async () => {
  const sessionToken = await newSessionToken()
  using page = openPage()
  const client = siteClient(server)
  await client.auth.signIn(sessionToken)
  expect([await client.auth.isSignedIn(), isTidy(page)]).toEqual([true, true])
  const another = siteClient(server)
  await expect(another.auth.signIn(sessionToken)).rejects.toMatchObject({
    name: 'RefusedError',
    code: 'login_required',
  })
  expect([await another.auth.isSignedIn(), isTidy(page)]).toEqual([false, true])
})

test('where there is no page, nothing is asked', async () => {
  await expect(siteClient(server).auth.signIn('x')).rejects.toThrow('use signInOnServer of @adjourn/sdk/server')
})

test('a page of an origin that the server does not know is answered nothing, and has waited long enough when it is told to', async () => {
  using page = openPage('https://evil.example/')
  const answer = siteClient(server).auth.signIn(await newSessionToken(), { timeoutMs: 200 })
  await expect(answer).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'unknown', status: null })
  expect(isTidy(page)).toBe(true)
})

test('a message of another origin, of another frame, or to another login is not its answer', async () => {
  await using silent = await startStranger((response) => response.end('<!doctype html><p>Nothing'))
  using page = openPage()
  const client = siteClient({ url: silent.url, client: server.client })
  const answer = client.auth.signIn('x', { timeoutMs: 300 })
  // The frame is there once its challenge has been computed.
  while (page.frames.size === 0) await new Promise((resolve) => setImmediate(resolve))
  const [frame] = page.frames
  const state = new URL(frame?.src ?? '').searchParams.get('state')
  const { origin } = new URL(silent.url)
  const source = frame?.contentWindow
  page.post({ origin: 'https://evil.example', source, data: { state, code: 'theirs' } })
  page.post({ origin, source: {}, data: { state, code: 'theirs' } })
  page.post({ origin, source, data: { state: 'another', code: 'theirs' } })
  for (const data of [null, undefined, 'text', []]) page.post({ origin, source, data })
  await expect(answer).rejects.toThrow('did not answer in its frame for 300 ms')
  expect([await client.auth.isSignedIn(), isTidy(page)]).toEqual([false, true])
})
