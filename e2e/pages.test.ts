/**
 * The pages as people see them: nothing that axe finds fault with, at the width of a phone and of a desk, in light and dark, and
 * no wider than the window. Pictures of all of them go to `e2e/screenshots`.
 */
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logoutLink } from '../packages/server/test/support/logout.ts'
import { authorizeQuery, signedInMember } from '../packages/server/test/support/members.ts'
import { send } from '../packages/server/test/support/send.ts'
import { startTestServer, type TestServer } from '../packages/server/test/support/test-server.ts'
import { startBrowser } from './support/browser.ts'

const pictures = fileURLToPath(new URL('screenshots/', import.meta.url))

let server: TestServer
let browser: Browser
beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  server = await startTestServer()
  browser = await startBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** Where each page is found, and the cookie with which. */
const pages: Readonly<Record<string, () => Promise<{ readonly url: string; readonly cookie?: string }>>> = {
  'sign-in': async () => ({ url: `/oauth2/authorize?${authorizeQuery(server.client, { prompt: 'login' })}` }),
  'sign-in-alone': async () => ({ url: `/login?clientId=${server.client.id}` }),
  'new-password': async () => {
    const { email } = await signedInMember(server)
    await send(`${server.url}/_api/iam/recovery/v1/send-email`, { json: { email } })
    await server.sendMailsNow()
    const { mails } = (await send(`${server.url}/dev/mail`)).json<{ mails: { kind: string; link?: string }[] }>()
    const { link = '' } = mails.find(({ kind }) => kind === 'recovery') ?? {}
    return { url: link.slice(server.url.length) }
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

describe.each(Object.keys(pages))('the page %s', (name) => {
  test.each(
    (['phone', 'desk'] as const).flatMap((device) =>
      (['light', 'dark'] as const).map((scheme) => [device, scheme] as const),
    ),
  )('is clean on a %s in %s', async (device, scheme) => {
    const { url, cookie } = (await pages[name]?.()) ?? { url: '' }
    const context = await browser.newContext({ viewport: widths[device], colorScheme: scheme, bypassCSP: true })
    if (cookie !== undefined) {
      const [cookieName = '', value = ''] = cookie.split('=')
      await context.addCookies([{ name: cookieName, value, url: server.url }])
    }
    const page = await context.newPage()
    await page.goto(`${server.url}${url}`)
    await page.screenshot({ path: `${pictures}${name}-${device}-${scheme}.png`, fullPage: true })
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; help: string }[] }> }
      }
      return (await axe.run()).violations.map(({ id, help }) => `${id}: ${help}`)
    })
    expect(violations).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await page.title()).not.toBe('')
    await context.close()
  })
})
