/** What people do on a site with the official client, by its own documented calls, step by step. */
import type { Tokens } from '@wix/sdk'
import type { BrowserContext, Page } from 'playwright-core'
import { registerMember } from '../../packages/server/test/support/members.ts'
import type { OfficialPage } from '../sites/official.ts'
import { followLink } from './follow-link.ts'
import { fillLoginPage } from './login-page.ts'
import type { World } from './world.ts'

export interface LoginOptions {
  readonly redirectUri?: string
  readonly responseMode?: 'query' | 'fragment'
  readonly prompt?: 'login' | 'none'
}

/** Begins a login on the page of the site: keeps what has to be kept, and sends the browser to the server. */
export async function beginLogin(
  { site }: Pick<World, 'site'>,
  page: Page,
  { redirectUri = `${site.origin}/callback`, responseMode = 'query', prompt = 'login' }: LoginOptions = {},
): Promise<void> {
  const address = await page.evaluate(
    async ({ redirectUri, responseMode, prompt }) => {
      const { auth } = (globalThis as unknown as OfficialPage).client
      const pending = auth.generateOAuthData(redirectUri)
      const { authUrl } = await auth.getAuthUrl(pending, { responseMode, prompt })
      sessionStorage.setItem('pending', JSON.stringify(pending))
      return authUrl
    },
    { redirectUri, responseMode, prompt },
  )
  await followLink(page, address)
}

/** Waits until the browser is back on the site. */
export async function returnToSite({ site }: Pick<World, 'site'>, page: Page): Promise<void> {
  await page.waitForURL((url) => url.origin === site.origin && url.pathname === '/callback')
  await page.waitForFunction(() => 'client' in globalThis)
}

/** Ends a login on the page that the browser was sent back to; the client holds the tokens from then on. */
export function finishLogin(page: Page, responseMode: 'query' | 'fragment' = 'query'): Promise<Tokens> {
  return page.evaluate(async (responseMode) => {
    const { auth } = (globalThis as unknown as OfficialPage).client
    const { code, state } = auth.parseFromUrl(location.href, responseMode)
    const tokens = await auth.getMemberTokens(code, state, JSON.parse(sessionStorage.getItem('pending') ?? ''))
    auth.setTokens(tokens)
    return tokens
  }, responseMode)
}

/** A member in a browser of their own: with tokens in the client of the page, and with the server's cookie. */
export interface SignedIn {
  readonly page: Page
  readonly email: string
  readonly accessToken: string
  readonly refreshToken: string
  /** As a `Cookie` header. */
  readonly cookie: string
}

/** Somebody registers and signs in on the server's page. */
export async function signIn(world: World, { keep = false }: { readonly keep?: boolean } = {}): Promise<SignedIn> {
  const { email } = await registerMember(world.server)
  const page = await world.visit()
  return signInAs(world, page, { email, keep })
}

/** Signs a member in on the server's page, whatever the browser held before. */
export async function signInAs(
  world: World,
  page: Page,
  { email, keep = false }: { readonly email: string; readonly keep?: boolean },
): Promise<SignedIn> {
  await beginLogin(world, page)
  await fillLoginPage(page, { email, keep })
  await returnToSite(world, page)
  const { accessToken, refreshToken } = await finishLogin(page)
  const cookie = await cookieOf(page.context())
  return { page, email, accessToken: accessToken.value, refreshToken: refreshToken.value, cookie }
}

/** The one cookie in somebody's browser, as a `Cookie` header. */
export async function cookieOf(context: BrowserContext): Promise<string> {
  const [cookie, ...more] = await context.cookies()
  if (cookie === undefined || more.length > 0)
    throw new Error(`There are ${more.length} more cookies than one, or none`)
  return `${cookie.name}=${cookie.value}`
}

/** What comes of a login that asks without a page who is signed in: a code, or the name of the error. */
export async function silentLogin(world: Pick<World, 'site'>, page: Page): Promise<'code' | string> {
  await page.goto(world.site.origin)
  await page.waitForFunction(() => 'client' in globalThis)
  await beginLogin(world, page, { prompt: 'none' })
  await returnToSite(world, page)
  return page.evaluate(() => {
    const { code, error } = (globalThis as unknown as OfficialPage).client.auth.parseFromUrl(location.href, 'query')
    return error ?? (code === null ? 'nothing' : 'code')
  })
}
