/** The example sites, started as `npm run example` starts them, by somebody who tries everything that they offer. */
import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../packages/server/test/support/members.ts'
import { openPerson, startBrowser } from './support/browser.ts'
import { type Example, startExample } from './support/example.ts'
import { fillLoginPage } from './support/login-page.ts'
import { pressBack } from './support/press-back.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser.close())

describe.each(['official', 'sdk'] as const)('the example %s', (name) => {
  let example: Example
  beforeAll(async () => {
    example = await startExample(name)
  })
  afterAll(() => example[Symbol.asyncDispose]())

  async function visit(): Promise<Page> {
    const page = await (await openPerson(browser)).newPage()
    await page.goto(example.origin)
    await isForVisitors(page)
    return page
  }

  /** Fills in the form of the site's own and presses one of its buttons. */
  async function sendForm(page: Page, button: 'Register' | 'Log in', email: string, chosen = password): Promise<void> {
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(chosen)
    await page.getByRole('button', { name: button, exact: true }).click()
  }

  async function isForMember(page: Page, email: string): Promise<void> {
    await page.getByText(`You are ${email}`).waitFor()
    expect(new URL(page.url()).origin).toBe(example.origin)
  }

  async function isForVisitors(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Register' }).waitFor()
    expect(await page.getByText('You are ', { exact: false }).filter({ hasText: '@' }).isVisible()).toBe(false)
  }

  /** Somebody who has registered, in the members' part. */
  async function registered(): Promise<{ readonly page: Page; readonly email: string }> {
    const [page, email] = [await visit(), `${randomUUID()}@shop.example`]
    await sendForm(page, 'Register', email)
    await isForMember(page, email)
    return { page, email }
  }

  const logOut = (page: Page) => page.getByRole('button', { name: 'Log out', exact: true }).click()

  test('registers a member and shows them their part; after logging out it is gone, and Back does not bring it again', async () => {
    const { page } = await registered()
    await logOut(page)
    await isForVisitors(page)
    await pressBack(page)
    await isForVisitors(page)
  })

  test('logs in by its own form, and says so when the password is wrong', async () => {
    const { page, email } = await registered()
    await logOut(page)
    await isForVisitors(page)
    await sendForm(page, 'Log in', email, 'not the passphrase of ada')
    await page.getByText(name === 'official' ? 'That did not work: invalidPassword' : 'That did not work').waitFor()
    if (name === 'sdk') await page.goto(example.origin)
    await sendForm(page, 'Log in', email)
    await isForMember(page, email)
  })

  test('logs in on the server’s page; logging out ends that too', async () => {
    const { email } = await registered()
    const page = await visit()
    const openServersPage = async () => {
      await page.getByText('Log in on the server’s page').click()
      await page.waitForURL((url) => url.origin === example.serverUrl)
    }
    await openServersPage()
    await fillLoginPage(page, { email })
    await isForMember(page, email)
    expect((await page.context().cookies(example.serverUrl)).map(({ name }) => name)).toEqual(['adjourn_session'])
    await logOut(page)
    await isForVisitors(page)
    await pressBack(page)
    await isForVisitors(page)
  })

  test('shows the members’ part to nobody whose session was ended from elsewhere', async () => {
    const { page, email } = await registered()
    const headers = { authorization: 'Bearer adj_admin_of_the_emulator_that_everybody_knows' }
    const found = await fetch(`${example.serverUrl}/admin/v1/members?email=${email}`, { headers })
    const { members } = (await found.json()) as { readonly members: readonly { readonly id: string }[] }
    const block = `${example.serverUrl}/admin/v1/members/${members[0]?.id}/block`
    expect((await fetch(block, { method: 'POST', headers })).status).toBe(200)
    // As a browser does that has kept the page; a little later, as the script that says so may be gone with it.
    await page.evaluate(() => {
      setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    })
    await isForVisitors(page)
  })
})
