/** What begins on a site with the official client, goes on in the mailbox, and ends in the browser: new passwords, proven addresses. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../packages/server/test/support/administer.ts'
import { acceptedOf, loginTicket, password, signedInMember } from '../packages/server/test/support/members.ts'
import type { OfficialPage } from './sites/official.ts'
import { fillLoginPage } from './support/login-page.ts'
import { mailsTo } from './support/mailbox.ts'
import { beginLogin, finishLogin, returnToSite, type SignedIn, signIn, signInAs } from './support/official-login.ts'
import { startWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld('official.ts')
})
afterAll(() => world[Symbol.asyncDispose]())

const newPassword = 'another long passphrase of ada'

describe('a new password', () => {
  /** On the site the person asks for a link, and opens it out of their mail, wherever that is. */
  async function openMailedLink(email: string, backTo = `${world.site.origin}/callback`): Promise<Page> {
    const site = await world.visit()
    await site.evaluate(
      ({ email, backTo }) => (globalThis as unknown as OfficialPage).client.auth.sendPasswordResetEmail(email, backTo),
      { email, backTo },
    )
    const [mail] = await mailsTo(world.server, email)
    expect(mail).toMatchObject({ kind: 'recovery', link: expect.stringContaining(`${world.serverUrl}/recover?`) })
    await site.goto(mail?.link ?? '')
    return site
  }

  /** Fills in the page and sends it; the status of the answer. */
  async function choose(page: Page, chosen: string): Promise<number> {
    const answer = page.waitForResponse((response) => response.request().method() === 'POST')
    const field = page.locator('input[autocomplete="new-password"]')
    await field.fill(chosen)
    await field.press('Enter')
    return (await answer).status()
  }

  const acceptedOfAll = async (sessions: readonly SignedIn[]) =>
    (await Promise.all(sessions.map((held) => acceptedOf(world.server, held)))).flat()

  test('S-05: is chosen on the page of the mailed link: every older session is dead, and the new password is the only one', async () => {
    const desk = await signIn(world)
    const phone = await signInAs(world, await world.visit(), { email: desk.email })
    const page = await openMailedLink(desk.email)
    expect(await acceptedOfAll([desk, phone])).toHaveLength(14)
    expect(await choose(page, newPassword)).toBe(200)
    expect(await acceptedOfAll([desk, phone])).toEqual([])

    // Nobody is signed in by it.
    expect(await page.context().cookies()).toEqual([])
    await page.locator(`a[href="${world.site.origin}/callback"]`).click()
    await returnToSite(world, page)

    await beginLogin(world, page)
    const refused = page.waitForResponse((response) => response.request().method() === 'POST')
    await fillLoginPage(page, { email: desk.email, password })
    expect((await refused).status()).toBe(401)
    await fillLoginPage(page, { email: desk.email, password: newPassword })
    await returnToSite(world, page)
    expect(await finishLogin(page)).toMatchObject({ refreshToken: { role: 'member' } })
  })

  test('that breaks a rule is refused, nothing ends, and the page can be sent again', async () => {
    const ada = await signIn(world)
    const page = await openMailedLink(ada.email)
    expect(await choose(page, 'short')).toBe(400)
    expect(await acceptedOfAll([ada])).toHaveLength(7)
    expect(await choose(page, newPassword)).toBe(200)
    expect(await acceptedOfAll([ada])).toEqual([])
  })

  test('cannot be chosen twice by one link, and opening it changes nothing', async () => {
    const { email } = await signedInMember(world.server)
    const page = await openMailedLink(email)
    const link = page.url()
    await page.goto(link)
    expect(await choose(page, newPassword)).toBe(200)
    const answer = await page.goto(link)
    expect(answer?.status()).toBe(400)
    expect(await page.locator('input[autocomplete="new-password"]').count()).toBe(0)
  })

  test('is not asked for with an address to come back to that is not the site’s', async () => {
    const { email } = await signedInMember(world.server)
    await expect(openMailedLink(email, 'https://evil.example/')).rejects.toThrow()
    expect(await mailsTo(world.server, email)).toEqual([])
  })
})

describe('where new members have to prove their address', () => {
  const demand = (requireEmailVerification: boolean) =>
    administer(world.server, 'PATCH', '/site', { settings: { requireEmailVerification } })
  beforeAll(() => demand(true))
  afterAll(() => demand(false))

  /** Registers on the site's own form; the state that the official client is in then. */
  async function register(page: Page): Promise<{ readonly email: string; readonly loginState: string }> {
    const email = `${randomUUID()}@shop.example`
    const { loginState } = await page.evaluate(
      (credentials) => (globalThis as unknown as OfficialPage).client.auth.register(credentials),
      { email, password },
    )
    return { email, loginState }
  }

  function verify(page: Page, verificationCode: string) {
    return page.evaluate(
      (verificationCode) =>
        (globalThis as unknown as OfficialPage).client.auth.processVerification({ verificationCode }),
      verificationCode,
    )
  }

  async function mailedCode(email: string): Promise<string> {
    const [mail] = await mailsTo(world.server, email)
    expect(mail).toMatchObject({ kind: 'verification_code', code: expect.stringMatching(/^\d{6}$/) })
    return mail?.code ?? ''
  }

  test('the code out of the mail goes on with the registration, and a hidden frame brings the tokens', async () => {
    const page = await world.visit()
    const { email, loginState } = await register(page)
    expect(loginState).toBe('EMAIL_VERIFICATION_REQUIRED')
    const state = await verify(page, await mailedCode(email))
    if (state.loginState !== 'SUCCESS') throw new Error(state.loginState)
    const found = await page.evaluate(async (sessionToken) => {
      const { client } = globalThis as unknown as OfficialPage
      const tokens = await client.auth.getMemberTokensForDirectLogin(sessionToken)
      client.auth.setTokens(tokens)
      const { email } = (await client.oauth.userInfo()) as { readonly email?: string }
      return { tokens, email, loggedIn: client.auth.loggedIn() }
    }, state.data.sessionToken)
    expect(found).toMatchObject({ tokens: { refreshToken: { role: 'member' } }, email, loggedIn: true })
    expect(await page.context().cookies()).toEqual([])
  })

  test('a wrong code is refused, and the right one is good all the same', async () => {
    const page = await world.visit()
    const { email } = await register(page)
    const code = await mailedCode(email)
    await expect(verify(page, code === '000000' ? '000001' : '000000')).rejects.toThrow()
    expect(await verify(page, code)).toMatchObject({ loginState: 'SUCCESS' })
  })

  test('nobody is signed in without the code, not on the server’s page either', async () => {
    const page = await world.visit()
    const { email } = await register(page)
    await expect(loginTicket(world.server, email)).resolves.toBeUndefined()
    await beginLogin(world, page)
    const answer = page.waitForResponse((response) => response.request().method() === 'POST')
    await fillLoginPage(page, { email })
    await answer
    expect(new URL(page.url()).origin).toBe(world.serverUrl)
    expect(await page.context().cookies()).toEqual([])
  })
})
