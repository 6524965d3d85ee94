/**
 * The back button after signing out. A browser that can keep a page that was left, as it was, does so here; one that cannot loads it
 * anew. What is shown must be nothing private either way, so every test holds for both; which of the two a browser does is asked of
 * it with a page that has nothing on it. The Chromium from the registry keeps no pages, the one that people have does.
 */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, registerMember } from '../packages/server/test/support/members.ts'
import { send } from '../packages/server/test/support/send.ts'
import { startTestServer, type TestServer } from '../packages/server/test/support/test-server.ts'
import type { SdkPage } from './sites/with-sdk.ts'
import { openPerson } from './support/browser.ts'
import { followLinkFrom } from './support/foreign-page.ts'
import { fillLoginPage } from './support/login-page.ts'
import { pressBack } from './support/press-back.ts'
import { type SiteServer, serveEmptyPage } from './support/site-server.ts'
import { startSecureWorld } from './support/world.ts'

let world: Awaited<ReturnType<typeof startSecureWorld>>
let elsewhere: SiteServer
/** Whether the browser keeps pages that were left. */
let keepsPages: boolean

beforeAll(async () => {
  world = await startSecureWorld('with-sdk.ts')
  elsewhere = await serveEmptyPage('elsewhere.localhost')
  const page = await (await openPerson(world.browser)).newPage()
  await page.goto(`${elsewhere.origin}/first`)
  await page.evaluate(() => Object.assign(globalThis, { isKept: true }))
  await page.goto(`${elsewhere.origin}/second`)
  await pressBack(page)
  keepsPages = await page.evaluate(() => 'isKept' in globalThis)
})
afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

describe('C-10: on a page of a site with our SDK', () => {
  /** Signs somebody in by a frame and shows them what only they may see. */
  async function onMembersPage(): Promise<{
    readonly page: Page
    readonly email: string
    readonly accessToken: string
  }> {
    const page = await world.visit()
    const email = `${randomUUID()}@shop.example`
    const accessToken = await page.evaluate(
      async (credentials) => {
        const { client, show } = globalThis as unknown as SdkPage
        const signOn = await client.auth.register(credentials)
        if (signOn.state !== 'SUCCESS') throw new Error(signOn.state)
        await client.auth.signIn(signOn.sessionToken)
        await show()
        return (await client.auth.tokens())?.accessToken ?? ''
      },
      { email, password },
    )
    expect(await page.textContent('main')).toContain(email)
    return { page, email, accessToken }
  }

  /** Waits until the page has found out whose it is, and that it is nobody's. */
  async function isBare(page: Page): Promise<void> {
    await page.waitForFunction(() => document.getElementById('main')?.textContent === '' && 'client' in globalThis)
    await page.waitForFunction(() => document.documentElement.style.visibility !== 'hidden')
  }

  test('nothing is left after signing out on another page, and the browser keeps none that hears of it', async () => {
    const { page } = await onMembersPage()
    await page.goto(`${world.site.origin}/another`)
    await page.evaluate(() => (globalThis as unknown as SdkPage).client.auth.signOut())
    await pressBack(page)
    await isBare(page)
    expect(await page.evaluate(() => (globalThis as unknown as SdkPage).restored)).toEqual([false])
  })

  test('nothing is left after signing out in another tab', async () => {
    const { page } = await onMembersPage()
    await page.goto(elsewhere.origin)
    const tab = await world.anotherTab(page)
    await tab.evaluate(() => (globalThis as unknown as SdkPage).client.auth.signOut())
    await pressBack(page)
    await isBare(page)
  })

  test('nothing is seen until the server has answered, and nothing after it, where the session was ended from elsewhere', async () => {
    const { page, email, accessToken } = await onMembersPage()
    await page.goto(elsewhere.origin)
    const headers = { authorization: accessToken }
    expect((await send(`${world.server.url}/v1/sessions/current`, { method: 'DELETE', headers })).status).toBe(204)
    // A page that was kept asks whether the session lives, one that is loaded for what it shows.
    const asked = world.front.holdAnswer(keepsPages ? '/v1/sessions/current' : '/oauth2/user-info')
    await pressBack(page)
    const release = await asked
    expect(await page.getByText(email).isVisible()).toBe(false)
    release()
    await isBare(page)
    // Who was told that the page is hidden has loaded it anew.
    await page.waitForFunction(
      (isKept) => (globalThis as unknown as Partial<SdkPage>).restored?.includes(isKept),
      keepsPages,
    )
    const told = await page.evaluate(() => (globalThis as unknown as SdkPage).told)
    expect(told).toEqual(keepsPages ? [{ cause: 'restored_page', because: 'logout' }] : [])
  })

  test('it is still there for who has stayed signed in', async () => {
    const { page, email } = await onMembersPage()
    await page.goto(elsewhere.origin)
    await pressBack(page)
    await page.getByText(`What only ${email} may see`).waitFor()
    expect(await page.evaluate(() => (globalThis as unknown as SdkPage).restored.at(-1))).toBe(keepsPages)
  })
})

describe('C-10: on a page of the server', () => {
  // By http: what comes with a certificate that nobody trusts is not put into the cache, where it must not be anyway.
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.close())

  /** Somebody who is signed in, on the page that asks by name whether they want to sign out. */
  async function onNamedPage(): Promise<{ readonly page: Page; readonly email: string }> {
    const { email } = await registerMember(server)
    const page = await (await openPerson(world.browser)).newPage()
    await page.goto(`${server.url}/login?clientId=${server.client.id}`)
    const answer = page.waitForResponse((response) => response.request().method() === 'POST')
    await fillLoginPage(page, { email })
    expect((await answer).status()).toBe(200)
    await followLinkFrom(page, elsewhere.origin, `${server.url}/v1/logout`)
    await page.getByText(email).waitFor()
    return { page, email }
  }

  test('nobody is named after signing out there', async () => {
    const { page, email } = await onNamedPage()
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await pressBack(page)
    await page.getByRole('heading', { name: 'Nobody was signed in' }).waitFor()
    expect(await page.content()).not.toContain(email)
  })

  test('nobody is named after signing out in another tab', async () => {
    const { page, email } = await onNamedPage()
    await page.goto(elsewhere.origin)
    const tab = await page.context().newPage()
    await tab.goto(`${server.url}/healthz`)
    // At another address of the same method, so that nothing is known of the one of the page.
    await tab.evaluate(() => fetch('/_api/iam/authentication/v1/logout', { method: 'POST' }))
    expect(await page.context().cookies()).toEqual([])
    await pressBack(page)
    await page.getByRole('heading', { name: 'Nobody was signed in' }).waitFor()
    expect(await page.content()).not.toContain(email)
  })
})
