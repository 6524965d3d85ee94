/** Our SDK in a real browser: signing in by a frame and by the server's page, signing out, other tabs, restored pages. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from '../packages/server/test/support/members.ts'
import type { SdkPage } from './sites/with-sdk.ts'
import { followLink } from './support/follow-link.ts'
import { fillLoginPage } from './support/login-page.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('with-sdk.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

async function signInByFrame(page: Page): Promise<void> {
  await page.evaluate(
    async ({ email, password }) => {
      const { client } = globalThis as unknown as SdkPage
      const signOn = await client.auth.register({ email, password })
      if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
      await client.auth.signIn(signOn.sessionToken)
    },
    { email: `${randomUUID()}@shop.example`, password },
  )
}

const isSignedIn = (page: Page) => page.evaluate(() => (globalThis as unknown as SdkPage).client.auth.isSignedIn())
const toldOf = (page: Page) => page.evaluate(() => (globalThis as unknown as SdkPage).told)

test('a form of the site’s own signs in by a hidden frame, without a cookie, and signs out for real', async () => {
  const page = await world.visit()
  await signInByFrame(page)
  expect(await isSignedIn(page)).toBe(true)
  expect(await page.context().cookies()).toEqual([])
  expect(await page.locator('iframe').count()).toBe(0)
  const accessToken = await page.evaluate(async () => {
    const { client } = globalThis as unknown as SdkPage
    const { accessToken } = (await client.auth.tokens()) ?? {}
    await client.auth.signOut()
    return accessToken
  })
  const answer = await fetch(`${world.server.url}/v1/sessions/current`, {
    headers: { authorization: String(accessToken) },
  })
  expect(answer.status).toBe(401)
  expect(await toldOf(page)).toEqual([{ cause: 'sign_out', because: null }])
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

test('a frame that is answered by an error says so at once', async () => {
  const page = await world.visit()
  const problem = page.evaluate(() =>
    (globalThis as unknown as SdkPage).client.auth.signIn(`adj_ticket_${'A'.repeat(43)}`),
  )
  await expect(problem).rejects.toThrow('sessionToken is not known')
})

test('C-11: another tab learns at once that its member has signed out', async () => {
  const first = await world.visit()
  await signInByFrame(first)
  const second = await world.anotherTab(first)
  expect(await isSignedIn(second)).toBe(true)
  const told = second.waitForFunction(() => (globalThis as unknown as SdkPage).told[0])
  await first.evaluate(() => (globalThis as unknown as SdkPage).client.auth.signOut())
  expect(await (await told).jsonValue()).toEqual({ cause: 'another_tab', because: null })
  expect(await isSignedIn(second)).toBe(false)
})

test('the tabs of a site renew their tokens once, and all go on with the new ones', async () => {
  const first = await world.visit()
  await signInByFrame(first)
  const tabs = [first, await world.anotherTab(first), await world.anotherTab(first)]
  let renewals = 0
  first.context().on('request', (request) => {
    if (request.url().endsWith('/oauth2/token') && request.method() === 'POST') renewals += 1
  })
  await first.evaluate(() => {
    const tokens = JSON.parse(localStorage.getItem('adjourn_tokens') ?? '')
    localStorage.setItem('adjourn_tokens', JSON.stringify({ ...tokens, expiresAt: 0 }))
  })
  const held = await Promise.all(
    tabs.map((tab) => tab.evaluate(() => (globalThis as unknown as SdkPage).client.auth.authorization())),
  )
  expect(new Set(held).size).toBe(1)
  expect(renewals).toBe(1)
})

test('C-11: what the other tabs are told holds no secret, and who is told of somebody else’s session stays signed in', async () => {
  const first = await world.visit()
  await signInByFrame(first)
  const second = await world.anotherTab(first)
  const { name, tokens } = await second.evaluate(async () => {
    const { baseUrl, clientId } = (globalThis as unknown as { settings: { baseUrl: string; clientId: string } })
      .settings
    const name = `adjourn:${baseUrl}:${clientId}:localStorage:adjourn_tokens`
    const heard: string[] = []
    const channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }) => heard.push(JSON.stringify(data))
    Object.assign(globalThis, { channel, heard })
    return { name, tokens: await (globalThis as unknown as SdkPage).client.auth.tokens() }
  })
  await first.evaluate((name) => {
    const forger = new BroadcastChannel(name)
    forger.postMessage({ sid: 'another', sub: 'another', everywhere: true })
    forger.postMessage({ signedIn: true })
  }, name)
  await second.waitForFunction(() => (globalThis as unknown as { heard: readonly string[] }).heard.length === 2)
  expect(await isSignedIn(second)).toBe(true)
  expect(await toldOf(second)).toEqual([])

  await first.evaluate(() => (globalThis as unknown as SdkPage).client.auth.signOut())
  await second.waitForFunction(() => (globalThis as unknown as { heard: readonly string[] }).heard.length === 3)
  const heard = await second.evaluate(() => (globalThis as unknown as { heard: readonly string[] }).heard.join())
  for (const secret of [tokens?.accessToken, tokens?.refreshToken]) expect(heard).not.toContain(secret)
})

// Chromium gives a kept page up when such a message comes for it; other browsers hand it out as it was.
test('C-10: a page that was kept although its member has signed out since is bare', async () => {
  const page = await world.visit()
  await signInByFrame(page)
  await page.evaluate(() => (globalThis as unknown as SdkPage).show())
  expect(await page.textContent('main')).toContain('may see')
  await page.evaluate(() => {
    localStorage.removeItem('adjourn_tokens')
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  await page.waitForFunction(() => (globalThis as unknown as Partial<SdkPage>).told?.length)
  expect(await toldOf(page)).toEqual([{ cause: 'restored_page', because: null }])
  expect(await page.textContent('main')).toBe('')
  await page.waitForFunction(() => document.documentElement.style.visibility === '')
})

test('C-10: a page that was kept although somebody else is signed in by now shows neither of them what the other may see', async () => {
  const [page, others] = [await world.visit(), await world.visit()]
  await signInByFrame(page)
  await signInByFrame(others)
  await page.evaluate(() => (globalThis as unknown as SdkPage).show())
  const tokens = await others.evaluate(() => localStorage.getItem('adjourn_tokens') ?? '')
  const own = await page.textContent('main')
  await page.evaluate((tokens) => {
    localStorage.setItem('adjourn_tokens', tokens)
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  }, tokens)
  await page.waitForFunction(() => (globalThis as unknown as Partial<SdkPage>).told?.length)
  expect(await toldOf(page)).toEqual([{ cause: 'restored_page', because: null }])
  await page.getByText('may see').waitFor()
  expect(await page.textContent('main')).not.toBe(own)
})

test('the server’s own page signs in with PKCE, and whoever asks without a page is signed in there already', async () => {
  const page = await world.visit()
  const email = `${randomUUID()}@shop.example`
  await page.evaluate(
    ({ email, password }) => (globalThis as unknown as SdkPage).client.auth.register({ email, password }),
    { email, password },
  )
  const begin = async (prompt: 'login' | 'none') => {
    const address = await page.evaluate(
      async ({ prompt, redirectUri }) => {
        const { client } = globalThis as unknown as SdkPage
        const { url, pending } = await client.auth.beginLogin({ redirectUri, prompt })
        sessionStorage.setItem('pending', JSON.stringify(pending))
        return url
      },
      { prompt, redirectUri: `${world.site.origin}/callback` },
    )
    await followLink(page, address)
  }
  const finish = async () => {
    await page.waitForURL(`${world.site.origin}/callback*`)
    await page.waitForFunction(() => 'client' in globalThis)
    return page.evaluate(async () => {
      const { client } = globalThis as unknown as SdkPage
      await client.auth.finishLogin(location.href, JSON.parse(sessionStorage.getItem('pending') ?? ''))
      return client.auth.isSignedIn()
    })
  }
  await begin('login')
  await fillLoginPage(page, { email })
  expect(await finish()).toBe(true)
  // Who comes back with the session that is held already stays in it.
  const sidOf = () =>
    page.evaluate(async () => {
      const { accessToken } = (await (globalThis as unknown as SdkPage).client.auth.tokens()) ?? {}
      return JSON.parse(atob(accessToken?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')).sid
    })
  const before = await sidOf()
  await begin('none')
  expect(await finish()).toBe(true)
  expect(await sidOf()).toBe(before)
  await page.evaluate(() => (globalThis as unknown as SdkPage).show())
  expect(await page.textContent('main')).toContain(email)
  await page.evaluate(() => localStorage.clear())
  await begin('none')
  expect(await finish()).toBe(true)

  await page.evaluate(() => (globalThis as unknown as SdkPage).client.auth.signOut())
  await begin('none')
  await expect(finish()).rejects.toThrow('Nobody is signed in here')
})
