/** The pages for signing in as people use them: from a site with the official client, without scripts, by the keyboard alone. */
import { randomUUID } from 'node:crypto'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { administer } from '../packages/server/test/support/administer.ts'
import { acceptedOf, password, registerMember } from '../packages/server/test/support/members.ts'
import { openPerson } from './support/browser.ts'
import { fillLoginPage } from './support/login-page.ts'
import { type Mail, mailsTo } from './support/mailbox.ts'
import { beginLogin, cookieOf, finishLogin, returnToSite } from './support/official-login.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts', { siteSettings: { limits: 'lifted' } })
})
afterAll(() => world[Symbol.asyncDispose]())

const newPassword = 'another long passphrase'
const newAddress = () => `${randomUUID()}@shop.example`
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()

async function newestMail(email: string, kind: string): Promise<Mail> {
  const [mail] = await mailsTo(world.server, email)
  if (mail?.kind !== kind) throw new Error(`The newest mail to ${email} is ${mail?.kind}`)
  return mail
}

/** A browser of somebody's own kind, on the page for signing in. */
async function openLoginPage(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await openPerson(world.browser, options)).newPage()
  await page.goto(`${world.serverUrl}/login?clientId=${world.server.client.id}`)
  return page
}

async function fillRegisterPage(page: Page, email: string): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Create the account' }).click()
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('somebody whom the official client sends to log in registers there, and comes back to tokens', async () => {
  const email = newAddress()
  const page = await world.visit()
  await beginLogin(world, page)
  await fillRegisterPage(page, email)
  expect(await heading(page)).toBe('Enter the code')
  await enterCode(page, '000000')
  await page.getByRole('alert').waitFor()
  await enterCode(page, (await newestMail(email, 'verification_code')).code ?? '')
  await returnToSite(world, page)
  const tokens = await finishLogin(page)
  const held = { accessToken: tokens.accessToken.value, cookie: await cookieOf(page.context()) }
  expect(await acceptedOf(world.server, held)).toHaveLength(5)
})

test('P-07: whoever registers an address that has an account is shown the same, and its owner finds a way in by mail', async () => {
  const { email } = await registerMember(world.server)
  const page = await world.visit()
  await beginLogin(world, page)
  await fillRegisterPage(page, email)
  expect(await heading(page)).toBe('Enter the code')
  expect(await page.context().cookies()).toEqual([])
  await page.goto((await newestMail(email, 'already_registered')).link ?? '')
  await page.getByLabel('New password').fill(newPassword)
  await page.getByRole('button', { name: 'Set the password' }).click()
  expect(await heading(page)).toBe('Your password is set')
})

test('a password that was forgotten is replaced by the way that the login page names', async () => {
  const { email } = await registerMember(world.server)
  const page = await world.visit()
  await beginLogin(world, page)
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByRole('button', { name: 'Send me a link' }).click()
  expect(await heading(page)).toBe('Look into your mail')
  await page.goto((await newestMail(email, 'recovery')).link ?? '')
  await page.getByLabel('New password').fill(newPassword)
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByRole('link', { name: 'Continue to localhost' }).click()
  await page.waitForFunction(() => 'client' in globalThis)
  await beginLogin(world, page)
  await fillLoginPage(page, { email })
  await page.getByRole('alert').waitFor()
  await fillLoginPage(page, { email, password: newPassword })
  await returnToSite(world, page)
  expect((await finishLogin(page)).accessToken.value).not.toBe('')
})

test('all of it works where scripts are off', async () => {
  const email = newAddress()
  const page = await openLoginPage({ javaScriptEnabled: false })
  await fillRegisterPage(page, email)
  await page.getByRole('button', { name: 'Send another code' }).click()
  expect(await page.getByRole('status').textContent()).toContain('another code is on its way')
  await enterCode(page, (await newestMail(email, 'verification_code')).code ?? '')
  expect(await heading(page)).toBe('You are signed in')
  expect(await acceptedOf(world.server, { cookie: await cookieOf(page.context()) })).not.toEqual([])
})

test('all of it works by the keyboard alone, and the cursor stands where there is something to type', async () => {
  const { email } = await registerMember(world.server)
  const page = await openLoginPage()
  const { keyboard } = page
  await page.locator('#email:focus').waitFor()
  await keyboard.type(email)
  await keyboard.press('Tab')
  await keyboard.type('not the passphrase of ada')
  await keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  // The address is still there.
  await page.locator('#password:focus').waitFor()
  await keyboard.type(password)
  await keyboard.press('Tab')
  await keyboard.press('Space')
  expect(await page.getByRole('checkbox').isChecked()).toBe(true)
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor()
  const [cookie] = await page.context().cookies()
  expect(cookie?.expires).toBeGreaterThan(0)
})

test('the page is in the language of the browser, and says so to a screen reader', async () => {
  const page = await openLoginPage({ locale: 'de-AT' })
  expect(await heading(page)).toBe('Anmelden')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de')
})

test('the picture of the site is shown, and is the only thing that a page asks for elsewhere', async () => {
  const logoUrl = 'https://pictures.example/logo.svg'
  await administer(world.server, 'PATCH', '/site', { settings: { branding: { displayName: 'The Shop', logoUrl } } })
  const context = await openPerson(world.browser)
  const asked: string[] = []
  const picture = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40"/></svg>'
  await context.route('**', async (route) => {
    const request = route.request()
    if (request.url().startsWith(world.serverUrl)) return route.continue()
    asked.push(`${request.url()} ${request.headers()['referer'] ?? 'from nowhere'}`)
    return route.fulfill({ contentType: 'image/svg+xml', body: picture })
  })
  const page = await context.newPage()
  await page.goto(`${world.serverUrl}/login?clientId=${world.server.client.id}`)
  const image = page.getByRole('img', { name: 'The Shop' })
  expect(await image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth)).toBe(80)
  expect(asked).toEqual([`${logoUrl} from nowhere`])
  await administer(world.server, 'PATCH', '/site', { settings: { branding: { displayName: '', logoUrl: null } } })
})
