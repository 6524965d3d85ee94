/** Our SDK in a real browser: signing in by a frame and by the server's page, signing out, other tabs, restored pages. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OAuthAuth, SignedOutEvent } from '../packages/sdk/src/index.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('with-sdk.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

const password = 'a long passphrase of ada'

/** What the site's script has laid out in its page. */
interface SitePage {
  readonly client: { readonly auth: OAuthAuth }
  readonly told: readonly SignedOutEvent[]
}

async function signInByFrame(page: Page): Promise<void> {
  await page.evaluate(
    async ({ email, password }) => {
      const { client } = globalThis as unknown as SitePage
      const signOn = await client.auth.register({ email, password })
      if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
      await client.auth.signIn(signOn.sessionToken)
    },
    { email: `${randomUUID()}@shop.example`, password },
  )
}

const isSignedIn = (page: Page) => page.evaluate(() => (globalThis as unknown as SitePage).client.auth.isSignedIn())
const toldOf = (page: Page) => page.evaluate(() => (globalThis as unknown as SitePage).told)

test('a form of the site’s own signs in by a hidden frame, without a cookie, and signs out for real', async () => {
  const page = await world.visit()
  await signInByFrame(page)
  expect(await isSignedIn(page)).toBe(true)
  expect(await page.context().cookies()).toEqual([])
  expect(await page.locator('iframe').count()).toBe(0)
  const accessToken = await page.evaluate(async () => {
    const { client } = globalThis as unknown as SitePage
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
    (globalThis as unknown as SitePage).client.auth.signIn(`adj_ticket_${'A'.repeat(43)}`),
  )
  await expect(problem).rejects.toThrow('sessionToken is not known')
})

test('C-11: another tab learns at once that its member has signed out', async () => {
  const first = await world.visit()
  await signInByFrame(first)
  const second = await world.anotherTab(first)
  expect(await isSignedIn(second)).toBe(true)
  const told = second.waitForFunction(() => (globalThis as unknown as SitePage).told[0])
  await first.evaluate(() => (globalThis as unknown as SitePage).client.auth.signOut())
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
    tabs.map((tab) => tab.evaluate(() => (globalThis as unknown as SitePage).client.auth.authorization())),
  )
  expect(new Set(held).size).toBe(1)
  expect(renewals).toBe(1)
})

test('C-10: a page that comes back by the back button asks again, and shows nothing to who has signed out meanwhile', async () => {
  const page = await world.visit()
  await signInByFrame(page)
  await page.evaluate(() => {
    document.body.append('what only ada may see')
  })
  // As the browser does with a page that it had kept, after a sign-out on the page in between.
  await page.evaluate(async () => {
    const tokens = JSON.parse(localStorage.getItem('adjourn_tokens') ?? '')
    localStorage.removeItem('adjourn_tokens')
    void tokens
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  })
  await page.waitForFunction(() => (globalThis as unknown as SitePage).told.length > 0)
  expect(await toldOf(page)).toEqual([{ cause: 'restored_page', because: null }])
})

test('the server’s own page signs in with PKCE, and whoever asks without a page is signed in there already', async () => {
  const page = await world.visit()
  const email = `${randomUUID()}@shop.example`
  await page.evaluate(
    ({ email, password }) => (globalThis as unknown as SitePage).client.auth.register({ email, password }),
    { email, password },
  )
  const begin = (prompt: 'login' | 'none') =>
    page.evaluate(
      async ({ prompt, redirectUri }) => {
        const { client } = globalThis as unknown as SitePage
        const { url, pending } = await client.auth.beginLogin({ redirectUri, prompt })
        sessionStorage.setItem('pending', JSON.stringify(pending))
        location.assign(url)
      },
      { prompt, redirectUri: `${world.site.origin}/callback` },
    )
  const finish = async () => {
    await page.waitForURL(`${world.site.origin}/callback*`)
    await page.waitForFunction(() => 'client' in globalThis)
    return page.evaluate(async () => {
      const { client } = globalThis as unknown as SitePage
      await client.auth.finishLogin(location.href, JSON.parse(sessionStorage.getItem('pending') ?? ''))
      return client.auth.isSignedIn()
    })
  }
  await begin('login')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect(await finish()).toBe(true)
  await page.evaluate(() => localStorage.clear())
  await begin('none')
  expect(await finish()).toBe(true)

  await page.evaluate(() => (globalThis as unknown as SitePage).client.auth.signOut())
  await begin('none')
  await expect(finish()).rejects.toThrow('Nobody is signed in here')
})
