/**
 * The pages as people see them: nothing that axe finds fault with, at the width of a phone and of a desk, in light and dark, and
 * no wider than the window. Pictures of all of them go to `e2e/screenshots`.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer } from '../packages/server/test/support/administer.ts'
import { logoutLink } from '../packages/server/test/support/logout.ts'
import { authorizeQuery, registerMember, signedInMember } from '../packages/server/test/support/members.ts'
import { mailedToken } from '../packages/server/test/support/proofs.ts'
import { send } from '../packages/server/test/support/send.ts'
import { startTestServer, type TestServer } from '../packages/server/test/support/test-server.ts'
import { startBrowser } from './support/browser.ts'

const pictures = fileURLToPath(new URL('screenshots/', import.meta.url))

let server: TestServer
let browser: Browser
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  server = await startTestServer({ siteSettings: { limits: 'lifted' } })
  browser = await startBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** The path of a link to a new password, as somebody is mailed it. */
async function recoveryPath(): Promise<string> {
  const { email } = await signedInMember(server)
  await send(`${server.url}/_api/iam/recovery/v1/send-email`, { json: { email } })
  return `/recover?recoveryToken=${await mailedToken(server, email)}`
}

/** Where each page is found, the cookie with which, and what has to be filled in to get there. */
const pages: Readonly<
  Record<
    string,
    () => Promise<{
      readonly url: string
      readonly cookie?: string
      /** What is typed into its form, by the IDs of the fields, before it is sent. */
      readonly fill?: Readonly<Record<string, string>>
      /** And into that of the next page. */
      readonly thenFill?: Readonly<Record<string, string>>
    }>
  >
> = {
  'sign-in': async () => ({ url: `/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'login' })}` }),
  'sign-in-alone': async () => ({ url: `/login?clientId=${server.client.id}` }),
  'sign-in-refused': async () => ({
    url: `/login?clientId=${server.client.id}`,
    fill: { email: 'nobody@shop.example', password: 'not the passphrase' },
  }),
  register: async () => ({ url: `/register?clientId=${server.client.id}` }),
  'register-refused': async () => ({
    url: `/register?clientId=${server.client.id}`,
    fill: { email: 'ada@shop.example', password: 'short' },
  }),
  'enter-code': async () => ({
    url: `/register?clientId=${server.client.id}`,
    fill: { email: `${randomUUID()}@shop.example`, password: 'a long passphrase of ada' },
  }),
  'enter-code-again': async () => ({
    url: `/register?clientId=${server.client.id}`,
    fill: { email: `${randomUUID()}@shop.example`, password: 'a long passphrase of ada' },
    thenFill: { code: '000' },
  }),
  'registration-closed': async () => {
    await administer(server, 'PATCH', '/site', { settings: { registration: 'closed' } })
    return { url: `/register?clientId=${server.client.id}` }
  },
  'sign-in-branded': async () => {
    const branding = { displayName: 'Ada’s Garden & Sons', color: '#ffd400' }
    await administer(server, 'PATCH', '/site', { settings: { branding } })
    return { url: `/login?clientId=${server.client.id}` }
  },
  'forgotten-password': async () => ({ url: `/forgotten-password?clientId=${server.client.id}` }),
  'mail-sent': async () => ({
    url: `/forgotten-password?clientId=${server.client.id}`,
    fill: { email: `${randomUUID()}@shop.example` },
  }),
  'sign-in-german': async () => ({ url: `/login?clientId=${server.client.id}&uiLocales=de` }),
  'waits-for-approval': async () => {
    const { email, memberId } = await registerMember(server)
    const reasons = JSON.stringify(['PENDING_ADMIN_APPROVAL_REQUIRED'])
    server.database
      .prepare(`UPDATE member SET status = 'PENDING', status_reasons = ? WHERE id = ?`)
      .run(reasons, memberId)
    return { url: `/login?clientId=${server.client.id}`, fill: { email, password: 'a long passphrase of ada' } }
  },
  'signed-in': async () => {
    const { email } = await registerMember(server)
    return { url: `/login?clientId=${server.client.id}`, fill: { email, password: 'a long passphrase of ada' } }
  },
  'new-password': async () => ({ url: await recoveryPath() }),
  'password-set': async () => ({ url: await recoveryPath(), fill: { password: 'another long passphrase' } }),
  'link-used': async () => {
    const url = await recoveryPath()
    const form = { recoveryToken: new URL(url, server.url).searchParams.get('recoveryToken') ?? '' }
    await send(`${server.url}/recover`, {
      headers: { origin: server.url },
      form: { ...form, password: 'another long passphrase' },
    })
    return { url }
  },
  'new-password-refused': async () => ({ url: '/recover?recoveryToken=x' }),
  'confirm-sign-out': async () => {
    const [ada, bob] = [await signedInMember(server), await signedInMember(server)]
    return { url: (await logoutLink(server, ada.accessToken)).url.slice(server.url.length), cookie: bob.cookie }
  },
  'signed-out': async () => {
    const { accessToken } = await signedInMember(server)
    return { url: (await logoutLink(server, accessToken)).url.slice(server.url.length) }
  },
  'nobody-signed-in': async () => ({ url: '/v1/logout' }),
  'redirect-refused': async () => ({
    url: `/v1/logout?clientId=${server.client.id}&postLogoutRedirectUri=https://evil.example/`,
  }),
  'invalid-redirect-uri': async () => ({ url: '/oauth2/authorize?clientId=x' }),
}

const widths = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } }

/** What axe finds fault with on a page, as it is shown now. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; help: string }[] }> }
    }
    return (await axe.run()).violations.map(({ id, help }) => `${id}: ${help}`)
  })
}

test.each(Object.keys(pages))('the page %s is clean on a phone and a desk, in light and dark', async (name) => {
  const { url, cookie, fill, thenFill } = (await pages[name]?.()) ?? { url: '' }
  const context = await browser.newContext({ bypassCSP: true })
  if (cookie !== undefined) {
    const [cookieName = '', value = ''] = cookie.split('=')
    await context.addCookies([{ name: cookieName, value, url: server.url }])
  }
  const page = await context.newPage()
  await page.goto(`${server.url}${url}`)
  for (const typed of [fill, thenFill]) {
    if (typed === undefined) continue
    for (const [field, value] of Object.entries(typed)) await page.fill(`#${field}`, value)
    await page.locator('button').first().click()
    await page.waitForLoadState()
  }
  expect(await page.title()).not.toBe('')
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const device of ['desk', 'phone'] as const) {
      await page.setViewportSize(widths[device])
      await page.screenshot({ path: `${pictures}${name}-${device}-${scheme}.png`, fullPage: true })
      const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
      expect(fits, `on a ${device} in ${scheme}`).toBe(true)
    }
    // Nothing on a page is there for one width alone; its colours are.
    expect(await faultsOf(page), `in ${scheme}`).toEqual([])
  }
  await context.close()
  const branding = { displayName: '', color: '#1f4e79' }
  await administer(server, 'PATCH', '/site', { settings: { registration: 'open', branding } })
})
