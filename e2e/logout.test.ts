/** Logout as browsers do it: by the official client's link, and by the cookie alone from this site, its own site and others. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../packages/server/test/support/free-port.ts'
import { acceptedOf, everythingAccepted } from '../packages/server/test/support/members.ts'
import type { OfficialPage } from './sites/official.ts'
import { followLinkFrom, openForeignPage, sendFormFrom } from './support/foreign-page.ts'
import { type SignedIn, signIn, silentLogin } from './support/official-login.ts'
import { pressBack } from './support/press-back.ts'
import { type SiteServer, serveEmptyPage } from './support/site-server.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
/** On the server's own host, at a port that a client has registered. */
let sibling: SiteServer
/** On the server's own host, at a port that nobody has registered. */
let strangeSibling: SiteServer
/** Elsewhere, and nobody's. */
let foreign: SiteServer
/** Where logout is documented to be. */
let logout: string

beforeAll(async () => {
  const port = await freePort()
  world = await startWorld('official.ts', { moreDomains: [`127.0.0.1:${port}`] })
  sibling = await serveEmptyPage('127.0.0.1', port)
  strangeSibling = await serveEmptyPage('127.0.0.1')
  foreign = await serveEmptyPage('elsewhere.localhost')
  logout = `${world.serverUrl}/v1/logout`
})
afterAll(async () => {
  for (const started of [foreign, strangeSibling, sibling, world]) await started[Symbol.asyncDispose]()
})

const question = 'Do you want to sign out?'
const signedOut = 'You are signed out'
const nobody = 'Nobody was signed in'

/** Waits for the page of the server with this heading. */
async function isShown(page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
  expect(new URL(page.url()).origin).toBe(world.serverUrl)
}

/** Nothing of the session works, at the server itself and in the browser. */
async function isOver({ page, accessToken, refreshToken, cookie }: SignedIn): Promise<void> {
  expect(await acceptedOf(world.server, { accessToken, refreshToken, cookie })).toEqual([])
  expect(await page.context().cookies()).toEqual([])
}

/** Everything of the session works, at the server itself and in the browser. */
async function isAlive({ page, accessToken, refreshToken, cookie }: SignedIn): Promise<void> {
  expect(await acceptedOf(world.server, { accessToken, refreshToken, cookie })).toEqual(everythingAccepted)
  expect(await page.context().cookies()).toHaveLength(1)
}

/** The address that `client.auth.logout` resolves to, from the page of somebody who is signed in. */
async function linkFrom({ page }: SignedIn, originalUrl = `${world.site.origin}/bye?x=1`): Promise<string> {
  return page.evaluate(async (originalUrl) => {
    const { auth } = (globalThis as unknown as OfficialPage).client
    return (await auth.logout(originalUrl)).logoutUrl
  }, originalUrl)
}

/** The statuses and methods with which a browser was answered by the logout endpoint, from now on. */
function answersOf(page: Page): readonly string[] {
  const answers: string[] = []
  page.on('response', (response) => {
    if (new URL(response.url()).pathname !== '/v1/logout') return
    answers.push(`${response.request().method()} ${response.status()}`)
  })
  return answers
}

describe('client.auth.logout', () => {
  test('the browser follows logoutUrl and is back on the site; session, tokens and cookie are dead', async () => {
    const ada = await signIn(world)
    await isAlive(ada)
    const logoutUrl = await linkFrom(ada)
    expect(await ada.page.evaluate(() => (globalThis as unknown as OfficialPage).client.auth.loggedIn())).toBe(false)
    await ada.page.goto(logoutUrl)
    expect(ada.page.url()).toBe(`${world.site.origin}/bye?x=1`)
    await isOver(ada)
    expect(await silentLogin(world, ada.page)).toBe('login_required')
  })

  test('a link that is made and not followed ends nothing', async () => {
    const ada = await signIn(world)
    await linkFrom(ada)
    await isAlive(ada)
  })

  test('an address to go to afterwards that is not the site’s is refused, and nothing ends', async () => {
    const ada = await signIn(world)
    await expect(linkFrom(ada, 'https://evil.example/')).rejects.toThrow()
    expect(await ada.page.evaluate(() => (globalThis as unknown as OfficialPage).client.auth.loggedIn())).toBe(true)
    await isAlive(ada)
  })

  test('a link that somebody else made, opened in another browser, does not sign that one out: it asks', async () => {
    const [mallory, ada] = [await signIn(world), await signIn(world)]
    await followLinkFrom(ada.page, foreign.origin, await linkFrom(mallory))
    await isShown(ada.page, question)
    await isAlive(ada)
    // The ticket is its maker's word about their own session, and that has ended.
    expect(await acceptedOf(world.server, { accessToken: mallory.accessToken })).toEqual([])
    await pressBack(ada.page)
    await isAlive(ada)
  })

  test('of somebody else’s link the question can be answered, and then the browser goes where the link leads', async () => {
    const [mallory, ada] = [await signIn(world), await signIn(world)]
    await ada.page.goto(await linkFrom(mallory))
    await isShown(ada.page, question)
    await ada.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await ada.page.waitForURL(`${world.site.origin}/bye?x=1`)
    await isOver(ada)
  })
})

describe('by the cookie alone', () => {
  test('an address that the person typed ends the session', async () => {
    const ada = await signIn(world)
    await ada.page.goto(logout)
    await isShown(ada.page, signedOut)
    await isOver(ada)
  })

  test('a link on a page of the server’s own site ends it', async () => {
    const ada = await signIn(world)
    await followLinkFrom(ada.page, sibling.origin, logout)
    await isShown(ada.page, signedOut)
    await isOver(ada)
  })

  test('a form on a page of the server’s own site ends it, and goes on to an address of the client', async () => {
    const ada = await signIn(world)
    const postLogoutRedirectUri = `${world.site.origin}/bye`
    await sendFormFrom(ada.page, sibling.origin, logout, { clientId: world.server.client.id, postLogoutRedirectUri })
    await ada.page.waitForURL(postLogoutRedirectUri)
    await isOver(ada)
  })

  test('L-15: a script on the server’s own site ends it, where a client has registered its page', async () => {
    const [ada, bob] = [await signIn(world), await signIn(world)]
    const call = (logout: string) =>
      fetch(logout, { method: 'POST', credentials: 'include', mode: 'no-cors' }).then(() => undefined)
    await openForeignPage(ada.page, sibling.origin, '')
    await ada.page.evaluate(call, logout)
    await isOver(ada)
    await openForeignPage(bob.page, strangeSibling.origin, '')
    await bob.page.evaluate(call, logout)
    await isAlive(bob)
  })

  test('L-16: a page that has the address fetched ahead of time ends nothing', async () => {
    const ada = await signIn(world)
    await openForeignPage(ada.page, sibling.origin, '')
    const answer = ada.page.waitForResponse(logout)
    await ada.page.evaluate((logout) => {
      const link = document.createElement('link')
      document.head.append(Object.assign(link, { rel: 'prefetch', href: logout }))
    }, logout)
    expect((await answer).status()).toBe(503)
    await isAlive(ada)
  })
})

describe('from another site', () => {
  test('L-02: a link asks, and until the answer nothing has ended', async () => {
    const ada = await signIn(world)
    await followLinkFrom(ada.page, foreign.origin, logout)
    await isShown(ada.page, question)
    expect(await ada.page.textContent('main')).toContain(ada.email)
    await isAlive(ada)
  })

  test('L-02: pressing the button ends it, and the cookie is gone', async () => {
    const ada = await signIn(world)
    await followLinkFrom(ada.page, foreign.origin, logout)
    await isShown(ada.page, question)
    await ada.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await isShown(ada.page, signedOut)
    await isOver(ada)
  })

  test('L-05: whoever leaves the question as it is stays signed in, and was led nowhere', async () => {
    const ada = await signIn(world)
    const query = new URLSearchParams({
      clientId: world.server.client.id,
      postLogoutRedirectUri: `${world.site.origin}/bye`,
    })
    const answers = answersOf(ada.page)
    await followLinkFrom(ada.page, foreign.origin, `${logout}?${query}`)
    await isShown(ada.page, question)
    await pressBack(ada.page)
    expect(new URL(ada.page.url()).origin).toBe(foreign.origin)
    expect(answers).toEqual(['GET 200'])
    await isAlive(ada)
    expect(await silentLogin(world, ada.page)).toBe('code')
  })

  test('frames, pictures and scripts end nothing, as the browser sends no cookie with them', async () => {
    const ada = await signIn(world)
    const answers = answersOf(ada.page)
    await openForeignPage(ada.page, foreign.origin, '<iframe title="A frame"></iframe><img alt="A picture">')
    await ada.page.evaluate(async (logout) => {
      const loaded = (element: Element | null) =>
        new Promise((resolve) => {
          for (const type of ['load', 'error']) element?.addEventListener(type, resolve)
          element?.setAttribute('src', logout)
        })
      await loaded(document.querySelector('iframe'))
      await loaded(document.querySelector('img'))
      for (const method of ['GET', 'POST']) await fetch(logout, { method, credentials: 'include', mode: 'no-cors' })
    }, logout)
    // The frame, the picture and the script asked, by the browser's own word.
    expect(answers.length).toBeGreaterThanOrEqual(3)
    await isAlive(ada)
  })

  test('L-20: a form is asked about like a link: the browser withheld the cookie, and is sent here once more', async () => {
    const ada = await signIn(world)
    const answers = answersOf(ada.page)
    await sendFormFrom(ada.page, foreign.origin, logout)
    await isShown(ada.page, question)
    expect(answers).toEqual(['POST 303', 'GET 200'])
    await isAlive(ada)
    await ada.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await isShown(ada.page, signedOut)
    await isOver(ada)
  })

  test('L-20: the site’s own form keeps its address through the question', async () => {
    const ada = await signIn(world)
    const postLogoutRedirectUri = `${world.site.origin}/bye`
    const fields = { clientId: world.server.client.id, postLogoutRedirectUri }
    await sendFormFrom(ada.page, world.site.origin, logout, fields)
    await isShown(ada.page, question)
    await ada.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await ada.page.waitForURL(postLogoutRedirectUri)
    await isOver(ada)
  })

  test('L-20: where nobody is signed in it says so, after asking the browser once', async () => {
    const page = await world.visit()
    const answers = answersOf(page)
    await sendFormFrom(page, foreign.origin, logout)
    await isShown(page, nobody)
    expect(answers).toEqual(['POST 303', 'GET 200'])
  })
})
