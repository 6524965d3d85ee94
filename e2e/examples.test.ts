/** The example sites, started as `npm run example` starts them, by somebody who tries everything that they offer. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../packages/server/test/support/free-port.ts'
import { password } from '../packages/server/test/support/members.ts'
import { openPerson, startBrowser } from './support/browser.ts'
import { type Example, runExampleInVain, startExample } from './support/example.ts'
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

  /** Takes the database of the example's server away, or brings it back. */
  async function setDatabase(database: 'up' | 'down'): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${example.serverUrl}/dev/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ database }),
    })
    expect(answer.status).toBe(200)
  }

  /** It is not known whether they are signed in, so neither part is shown. */
  async function isForNobody(page: Page, email: string): Promise<void> {
    await page.getByText('Try again', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Log in', exact: true }).isVisible()).toBe(false)
    expect(await page.getByText(email).isVisible()).toBe(false)
  }

  const tryAgain = (page: Page) => page.getByText('Try again', { exact: true }).click()

  test('shows a member no login form while the database is away, and their part once it is back', async () => {
    const { page, email } = await registered()
    await setDatabase('down')
    try {
      await page.reload()
      await isForNobody(page, email)
      await tryAgain(page)
      await isForNobody(page, email)
    } finally {
      await setDatabase('up')
    }
    await tryAgain(page)
    await isForMember(page, email)
  })

  test('tells nobody that they are logged out, or what was wrong with their password, while the database is away', async () => {
    const [{ page, email }, visitor] = [await registered(), await visit()]
    await setDatabase('down')
    try {
      await sendForm(visitor, 'Log in', email)
      await visitor
        .getByText(/try again/i)
        .first()
        .waitFor()
      expect(await visitor.getByText(/invalid|You are /).isVisible()).toBe(false)
      await logOut(page)
      await page
        .getByText(/try again/i)
        .first()
        .waitFor()
      expect(await page.getByText('signed out').isVisible()).toBe(false)
    } finally {
      await setDatabase('up')
    }
    await page.goto(name === 'official' ? example.origin : `${example.origin}/members`)
    await isForMember(page, email)
    await logOut(page)
    await isForVisitors(page)
  })

  test('ends with an error where a port is taken, and leaves nothing running', async () => {
    const ports = { serverPort: await freePort(), sitePort: await freePort() }
    const taken = createServer()
    for (const each of ['serverPort', 'sitePort'] as const) {
      await new Promise<void>((resolve) =>
        taken.listen(ports[each], each === 'serverPort' ? '127.0.0.1' : 'localhost', resolve),
      )
      const { code, said } = await runExampleInVain(name, ports)
      await new Promise((resolve) => taken.close(resolve))
      expect(code, said).toBeGreaterThan(0)
      expect(said).toContain(String(ports[each]))
    }
  })
})

test('the official example shows a member no login form while the server cannot be reached', async () => {
  await using example = await startExample('official')
  const page = await (await openPerson(browser)).newPage()
  await page.goto(example.origin)
  await page.getByLabel('E-mail').fill('ada@shop.example')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('You are ada@shop.example').waitFor()
  await page.route(`${example.serverUrl}/**`, (route) => route.abort())
  await page.reload()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
  expect(await page.getByRole('button', { name: 'Log in', exact: true }).isVisible()).toBe(false)
  await page.unroute(`${example.serverUrl}/**`)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('You are ada@shop.example').waitFor()
})

test.each(['constructor', 'toString', 'nothing'])('there is no example %s: nothing is started', async (name) => {
  const { code, said } = await runExampleInVain(name, { serverPort: await freePort(), sitePort: await freePort() })
  expect([code, said]).toEqual([64, `There is no example "${name}": say official or sdk\n`])
})
