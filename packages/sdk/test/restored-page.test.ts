/** A page that comes back from the back-forward cache: what is seen of it, and when. */
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { memoryTokens, type SignedOutEvent } from '../src/index.ts'
import { openPage, type Page } from './page.ts'
import { signInNewMember, siteClient } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let page: Page
beforeEach(() => {
  // Each page has its own copy of the code, as in a browser.
  vi.resetModules()
  page = openPage()
  onTestFinished(() => page[Symbol.dispose]())
})

/** A new member's, of a client that does not guard the page. */
async function newTokens() {
  const client = siteClient(server)
  client.auth.close()
  await signInNewMember(client)
  return client.auth.tokens()
}

/** A page on which a new member is signed in. */
async function membersPage({
  answer = () => undefined,
  isTold = true,
}: {
  readonly answer?: (path: string) => Promise<Response> | undefined
  readonly isTold?: boolean
} = {}) {
  const { createClient, OAuthStrategy } = await import('../src/index.ts')
  const [tokens, told] = [memoryTokens(), [] as SignedOutEvent[]]
  tokens.write(await newTokens())
  const seenWhenTold: string[] = []
  const onSignedOut = (event: SignedOutEvent) => {
    told.push(event)
    seenWhenTold.push(page.style.visibility)
  }
  const client = createClient({
    baseUrl: server.url,
    auth: OAuthStrategy({ clientId: server.client.id, tokens, ...(isTold ? { onSignedOut } : {}) }),
    fetch: (input, init) => answer(new URL(String(input)).pathname) ?? fetch(input, init),
  })
  expect(await client.auth.isSignedIn()).toBe(true)
  return { client, tokens, told, seenWhenTold }
}

async function end(tokens: ReturnType<typeof memoryTokens>): Promise<void> {
  const { accessToken = '' } = (await tokens.read()) ?? {}
  await fetch(`${server.url}/v1/logout`, { method: 'POST', headers: { authorization: accessToken } })
}

test('is hidden until the server has said that its session lives, and then as it was', async () => {
  page.style.visibility = 'inherit'
  const { told } = await membersPage()
  page.restore()
  expect(page.style.visibility).toBe('hidden')
  await expect.poll(() => page.style.visibility).toBe('inherit')
  expect([told, page.reloads()]).toEqual([[], 0])
})

test('is seen at once where nobody was signed in', async () => {
  const { createClient, OAuthStrategy } = await import('../src/index.ts')
  createClient({ baseUrl: server.url, auth: OAuthStrategy({ clientId: server.client.id }) })
  page.restore()
  await expect.poll(() => page.style.visibility).toBe('')
})

describe('stays hidden, and the page is told', () => {
  test('where the session has ended', async () => {
    const { tokens, told, seenWhenTold } = await membersPage()
    await end(tokens)
    page.restore()
    await expect.poll(() => told).toEqual([{ cause: 'restored_page', because: 'logout' }])
    // Until what is told has led elsewhere.
    await new Promise((resolve) => setImmediate(resolve))
    expect([seenWhenTold, page.style.visibility, page.reloads()]).toEqual([['hidden'], 'hidden', 0])
  })

  test('where the tokens have gone', async () => {
    const { tokens, told } = await membersPage()
    await tokens.write(null)
    page.restore()
    await expect.poll(() => told).toEqual([{ cause: 'restored_page', because: null }])
    await new Promise((resolve) => setImmediate(resolve))
    expect(page.style.visibility).toBe('hidden')
  })

  test('C-10: where somebody else is signed in by now', async () => {
    const { tokens, told } = await membersPage()
    tokens.write(await newTokens())
    page.restore()
    await expect.poll(() => told).toEqual([{ cause: 'restored_page', because: null }])
    await new Promise((resolve) => setImmediate(resolve))
    expect(page.style.visibility).toBe('hidden')
  })
})

describe('is never seen, and is loaded anew', () => {
  test('where the session has ended and nobody leads elsewhere', async () => {
    const { tokens } = await membersPage({ isTold: false })
    await end(tokens)
    page.restore()
    await expect.poll(() => page.reloads()).toBe(1)
    expect(page.style.visibility).toBe('hidden')
  })

  test.each<[string, () => Promise<Response>]>([
    ['cannot be reached', () => Promise.reject(new TypeError('down'))],
    ['is none of ours', async () => Response.json({})],
  ])('where the server %s', async (_how, answer) => {
    let isDown = false
    const { told } = await membersPage({ answer: () => (isDown ? answer() : undefined) })
    isDown = true
    page.restore()
    await expect.poll(() => page.reloads()).toBe(1)
    expect([page.style.visibility, told]).toEqual(['hidden', []])
  })

  test('where the storage fails', async () => {
    const { tokens } = await membersPage()
    Object.assign(tokens, { read: () => Promise.reject(new Error('The disk is full')) })
    page.restore()
    await expect.poll(() => page.reloads()).toBe(1)
    expect(page.style.visibility).toBe('hidden')
  })
})

test('of two clients is hidden until both have found their sessions', async () => {
  const held = Promise.withResolvers<undefined>()
  let isSlow = false
  await membersPage()
  await membersPage({
    answer: (path) =>
      isSlow && path === '/v1/sessions/current' ? held.promise.then(() => Response.json({ session: {} })) : undefined,
  })
  const asked = vi.spyOn(globalThis, 'fetch')
  onTestFinished(() => asked.mockRestore())
  isSlow = true
  page.restore()
  await expect.poll(() => asked.mock.results.length).toBe(1)
  await asked.mock.results[0]?.value
  await new Promise((resolve) => setImmediate(resolve))
  expect(page.style.visibility).toBe('hidden')
  held.resolve(undefined)
  await expect.poll(() => page.style.visibility).toBe('')
})
