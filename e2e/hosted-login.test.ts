/** Login on the server's own page by the official client, with PKCE, in a real browser on another site than the server's. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acceptedOf, everythingAccepted, registerMember } from '../packages/server/test/support/members.ts'
import type { OfficialPage } from './sites/official.ts'
import { fillLoginPage } from './support/login-page.ts'
import { beginLogin, cookieOf, finishLogin, returnToSite, signIn, silentLogin } from './support/official-login.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

/** A new member's browser, back on the site with a code in its address. */
async function backWithCode(responseMode: 'query' | 'fragment' = 'query'): Promise<{ page: Page; email: string }> {
  const { email } = await registerMember(world.server)
  const page = await world.visit()
  await beginLogin(world, page, { responseMode })
  await fillLoginPage(page, { email })
  await returnToSite(world, page)
  return { page, email }
}

/** The exchanges of codes that somebody's browser has asked for, from now on. */
function exchangesOf(page: Page): readonly string[] {
  const exchanges: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/oauth2/token') && request.postData()?.includes('authorization_code') === true) {
      exchanges.push(request.url())
    }
  })
  return exchanges
}

test.each(['query', 'fragment'] as const)(
  'with the code in the %s, the browser comes back to tokens that the site’s calls are made with',
  async (responseMode) => {
    const { page, email } = await backWithCode(responseMode)
    const tokens = await finishLogin(page, responseMode)
    const found = await page.evaluate(async () => {
      const { client } = globalThis as unknown as OfficialPage
      const { email } = (await client.oauth.userInfo()) as { readonly email?: string }
      return { email, loggedIn: client.auth.loggedIn() }
    })
    expect(found).toEqual({ email, loggedIn: true })
    const held = {
      accessToken: tokens.accessToken.value,
      refreshToken: tokens.refreshToken.value,
      cookie: await cookieOf(page.context()),
    }
    expect(await acceptedOf(world.server, held)).toEqual(everythingAccepted)
  },
)

test('the official client renews the tokens of such a login', async () => {
  const { page, accessToken } = await signIn(world)
  const renewed = await page.evaluate(async () => {
    const { auth } = (globalThis as unknown as OfficialPage).client
    return auth.renewToken(auth.getTokens().refreshToken)
  })
  expect(renewed.accessToken.value).not.toBe(accessToken)
  expect(await acceptedOf(world.server, { accessToken: renewed.accessToken.value })).toHaveLength(3)
})

test('whoever is signed in is so again without a page, and nobody else is', async () => {
  const { page } = await signIn(world)
  expect(await silentLogin(world, page)).toBe('code')
  expect(await silentLogin(world, await world.visit())).toBe('login_required')
})

test('a wrong password leaves the browser on the page, without a cookie and without a code', async () => {
  const { email } = await registerMember(world.server)
  const page = await world.visit()
  await beginLogin(world, page)
  const answer = page.waitForResponse((response) => response.request().method() === 'POST')
  await fillLoginPage(page, { email, password: 'not the passphrase of ada' })
  expect((await answer).status()).toBe(401)
  expect(new URL(page.url()).origin).toBe(world.serverUrl)
  expect(await page.context().cookies()).toEqual([])
})

describe('refused', () => {
  test('by the client, when the state is not the one that it began with: no code is exchanged', async () => {
    const { page } = await backWithCode()
    const exchanges = exchangesOf(page)
    await page.evaluate(() => {
      const pending = JSON.parse(sessionStorage.getItem('pending') ?? '')
      sessionStorage.setItem('pending', JSON.stringify({ ...pending, state: 'of another login' }))
    })
    await expect(finishLogin(page)).rejects.toThrow('Invalid _state')
    expect(exchanges).toEqual([])
    const loggedIn = await page.evaluate(() => (globalThis as unknown as OfficialPage).client.auth.loggedIn())
    expect(loggedIn).toBe(false)
  })

  test('by the client, when somebody else’s answer is put into the address', async () => {
    const [ada, mallory] = [await backWithCode(), await backWithCode()]
    const exchanges = exchangesOf(ada.page)
    await ada.page.goto(mallory.page.url())
    await ada.page.waitForFunction(() => 'client' in globalThis)
    await expect(finishLogin(ada.page)).rejects.toThrow('Invalid _state')
    expect(exchanges).toEqual([])
  })

  test('O-03: by the server, when the code comes without the verifier that it was asked for with', async () => {
    const { page } = await backWithCode()
    await page.evaluate(() => {
      const { auth } = (globalThis as unknown as OfficialPage).client
      const pending = JSON.parse(sessionStorage.getItem('pending') ?? '')
      const { codeVerifier } = auth.generateOAuthData(pending.redirectUri)
      sessionStorage.setItem('pending', JSON.stringify({ ...pending, codeVerifier }))
    })
    await expect(finishLogin(page)).rejects.toThrow('Failed to fetch tokens')
  })

  test('O-07: by the server, when a code is exchanged twice: what it gave first ends', async () => {
    const { page } = await backWithCode()
    const { accessToken } = await finishLogin(page)
    await expect(finishLogin(page)).rejects.toThrow('Failed to fetch tokens')
    expect(await acceptedOf(world.server, { accessToken: accessToken.value })).toEqual([])
  })

  test('by the server, when the address to come back to is not the site’s: the browser stays, and nobody is asked', async () => {
    const page = await world.visit()
    await beginLogin(world, page, { redirectUri: 'https://evil.example/callback' })
    await page.waitForURL((url) => url.origin === world.serverUrl)
    expect(await page.getByLabel('Password').count()).toBe(0)
  })
})
