/** The session cookie in the jar of a real browser, at a server whose address is https, so that it has its prefix and `Secure`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptedOf, everythingAccepted, loginTicket, registerMember } from '../packages/server/test/support/members.ts'
import { send } from '../packages/server/test/support/send.ts'
import type { OfficialPage } from './sites/official.ts'
import { openPerson, startLastingBrowser } from './support/browser.ts'
import { fillLoginPage } from './support/login-page.ts'
import {
  beginLogin,
  cookieOf,
  finishLogin,
  returnToSite,
  signIn,
  signInAs,
  silentLogin,
} from './support/official-login.ts'
import { startSecureWorld } from './support/world.ts'

let world: Awaited<ReturnType<typeof startSecureWorld>>
let logout: string
beforeAll(async () => {
  world = await startSecureWorld('official.ts')
  logout = `${world.serverUrl}/v1/logout`
})
afterAll(() => world[Symbol.asyncDispose]())

/** A page of the server's own origin, from which scripts may call it. */
async function ownPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${world.serverUrl}/healthz`)
  return page
}

/** How the server answers a page of its own that asks, with the browser's cookie, who is signed in. */
function statusOfSession(page: Page): Promise<number> {
  return page.evaluate(async () => (await fetch('/v1/sessions/current')).status)
}

describe('C-02: the jar after logout', () => {
  test('is empty, with every option on: kept on the device, without a page, by a frame, and by the page anew', async () => {
    const ada = await signIn(world, { keep: true })
    const [cookie, ...more] = await ada.page.context().cookies()
    expect(more).toEqual([])
    expect(cookie).toMatchObject({
      name: '__Host-adjourn_session',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
    })
    expect(await silentLogin(world, ada.page)).toBe('code')
    await ada.page.evaluate(
      (ticket) => (globalThis as unknown as OfficialPage).client.auth.getMemberTokensForDirectLogin(ticket),
      await loginTicket(world.server, ada.email),
    )
    await signInAs(world, ada.page, { email: ada.email, keep: true })
    expect(await ada.page.context().cookies()).toHaveLength(1)
    await ada.page.goto(logout)
    expect(await ada.page.context().cookies()).toEqual([])
  })

  test('holds nothing that an earlier release set by another name, and what is others’ as it was', async () => {
    const ada = await signIn(world)
    const context = ada.page.context()
    await context.addCookies(
      ['adjourn_session', 'another_application'].map((name) => ({ name, value: 'x', url: world.serverUrl })),
    )
    await ada.page.goto(logout)
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['another_application'])
  })

  test('is empty too when a script of the server’s own origin logged out', async () => {
    const ada = await signIn(world)
    const page = await ownPage(ada.page.context())
    expect(await page.evaluate(async () => (await fetch('/v1/logout', { method: 'POST' })).status)).toBe(200)
    expect(await page.context().cookies()).toEqual([])
  })
})

test('C-04: a cookie that was saved before logout is refused when it is put back, here and in another browser', async () => {
  const ada = await signIn(world)
  const saved = await ada.page.context().cookies()
  const { accessToken, refreshToken, cookie } = ada
  expect(await acceptedOf(world.server, { accessToken, refreshToken, cookie })).toEqual(everythingAccepted)
  await ada.page.goto(logout)
  for (const context of [ada.page.context(), (await world.visit()).context()]) {
    await context.addCookies(saved)
    expect(await cookieOf(context)).toBe(cookie)
    expect(await statusOfSession(await ownPage(context))).toBe(401)
    const page = await context.newPage()
    expect(await silentLogin(world, page)).toBe('login_required')
    await page.goto(world.site.origin)
    await beginLogin(world, page)
    await page.getByLabel('Password', { exact: true }).waitFor()
    const ended = await context.newPage()
    await ended.goto(logout)
    expect(await ended.textContent('main')).toContain('had ended before')
  }
  expect(await acceptedOf(world.server, { accessToken, refreshToken, cookie })).toEqual([])
})

describe('C-05: an answer that was on its way during logout', () => {
  test('of a password change: the browser keeps its new cookie, and the next request gets 401', async () => {
    const ada = await signIn(world)
    const page = await ownPage(ada.page.context())
    const held = world.front.holdAnswer('/v2/change-password')
    const changed = page.evaluate(async (authorization) => {
      const headers = { authorization, 'content-type': 'application/json' }
      const body = JSON.stringify({ newPassword: 'another long passphrase of ada' })
      return (await fetch('/v2/change-password', { method: 'POST', headers, body })).status
    }, ada.accessToken)
    const release = await held
    await ada.page.goto(logout)
    expect(await page.context().cookies()).toEqual([])
    release()
    expect(await changed).toBe(200)
    const late = await cookieOf(page.context())
    expect(late).not.toBe(ada.cookie)
    expect(await statusOfSession(page)).toBe(401)
    expect(await silentLogin(world, ada.page)).toBe('login_required')
    expect(await acceptedOf(world.server, { ...ada, cookie: late })).toEqual([])
  })

  test('of a login: the browser keeps the cookie of a session that the member ended elsewhere meanwhile', async () => {
    const elsewhere = await signIn(world)
    const page = await world.visit()
    await beginLogin(world, page)
    await page.getByLabel('Password', { exact: true }).waitFor()
    const held = world.front.holdAnswer(new URL(page.url()).pathname)
    const sent = fillLoginPage(page, { email: elsewhere.email })
    const release = await held
    const headers = { authorization: elsewhere.accessToken }
    expect((await send(`${world.server.url}/v1/sessions`, { method: 'DELETE', headers })).status).toBe(204)
    expect(await page.context().cookies()).toEqual([])
    release()
    await sent
    await returnToSite(world, page)
    const cookie = await cookieOf(page.context())
    await expect(finishLogin(page)).rejects.toThrow('Failed to fetch tokens')
    expect(await statusOfSession(await ownPage(page.context()))).toBe(401)
    expect(await acceptedOf(world.server, { cookie })).toEqual([])
  })
})

describe('C-07: a browser that is closed and started again', () => {
  /** Signs in with a browser of one's own, closes it, starts it again, and asks who is signed in. */
  async function afterRestart({
    keep,
    meanwhile = async () => {},
  }: {
    readonly keep: boolean
    readonly meanwhile?: (cookie: string) => Promise<void>
  }): Promise<{ readonly cookies: number; readonly login: string }> {
    const { email } = await registerMember(world.server)
    const directory = await mkdtemp(join(tmpdir(), 'adjourn-browser-'))
    try {
      const before = await startLastingBrowser(directory)
      const page = await before.newPage()
      await page.goto(world.site.origin)
      await page.waitForFunction(() => 'client' in globalThis)
      const { cookie } = await signInAs(world, page, { email, keep })
      await before.close()
      await meanwhile(cookie)
      const after = await startLastingBrowser(directory)
      const cookies = (await after.cookies()).length
      const login = await silentLogin(world, await after.newPage())
      await after.close()
      return { cookies, login }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  test('still has the cookie of a member who wanted to stay signed in', async () => {
    expect(await afterRestart({ keep: true })).toEqual({ cookies: 1, login: 'code' })
  })

  test('has no cookie of one who did not', async () => {
    expect(await afterRestart({ keep: false })).toEqual({ cookies: 0, login: 'login_required' })
  })

  test('has a cookie that is worth nothing, where the session has ended meanwhile', async () => {
    const meanwhile = async (cookie: string) => {
      const headers = { cookie, 'sec-fetch-site': 'same-origin' }
      expect((await send(`${world.server.url}/v1/sessions/current`, { method: 'DELETE', headers })).status).toBe(204)
    }
    expect(await afterRestart({ keep: true, meanwhile })).toEqual({ cookies: 1, login: 'login_required' })
  })
})

test('C-09: what scripts of the server’s origin have stored goes with a logout, and another application’s cookie stays', async () => {
  const context = await openPerson(world.browser)
  const page = await ownPage(context)
  await page.evaluate(() => localStorage.setItem('left', 'behind'))
  await context.addCookies([{ name: 'another_application', value: 'x', url: world.serverUrl }])
  await page.goto(logout)
  await page.goto(`${world.serverUrl}/healthz`)
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
  expect(await context.cookies()).toHaveLength(1)
})
