/** A site that is built with the official packages, and what people do on it. */
import { randomUUID } from 'node:crypto'
import { authentication, oauth } from '@wix/identity'
import { redirects } from '@wix/redirects'
import { createClient, OAuthStrategy, type Tokens } from '@wix/sdk'
import { type Browser, openBrowser } from './browser.ts'
import { password } from './members.ts'
import { callbackUri, siteOrigin } from './test-server.ts'

export type OfficialSite = ReturnType<typeof officialSite>

/** The site's client, as its code makes it; a new one is a visitor until somebody signs in. */
export function officialSite(clientId: string, tokens?: Tokens) {
  return createClient({
    auth: OAuthStrategy({ clientId, ...(tokens === undefined ? {} : { tokens }) }),
    modules: { authentication, oauth, redirects },
  })
}

/** A member who is signed in on the site: with tokens in its client, and with the cookie in their browser. */
export interface OfficialMember {
  readonly site: OfficialSite
  readonly email: string
  readonly tokens: Tokens
  readonly browser: Browser
}

/** Registers a new member on the site and signs them in, all by the official packages and one redirect of the browser. */
export async function signedInOnSite(clientId: string): Promise<OfficialMember> {
  const site = officialSite(clientId)
  const browser = openBrowser()
  const email = `${randomUUID()}@shop.example`
  const tokens = await signInWithTicket(site, browser, await ticketOf(site.auth.register({ email, password })))
  return { site, email, tokens, browser }
}

/** The `sessionToken` that registering or logging in came to. */
export async function ticketOf(outcome: ReturnType<OfficialSite['auth']['login']>): Promise<string> {
  const state = await outcome
  if (state.loginState !== 'SUCCESS') throw new Error(`Nobody was signed in: ${JSON.stringify(state)}`)
  return state.data.sessionToken
}

/** Turns a `sessionToken` into member tokens by a redirect without a page, and gives them to the site's client. */
export async function signInWithTicket(site: OfficialSite, browser: Browser, sessionToken: string): Promise<Tokens> {
  const oauthData = site.auth.generateOAuthData(callbackUri)
  // Not written in the call: the package reads `sessionToken`, but its types do not list it.
  const options = { prompt: 'none', responseMode: 'query', sessionToken } as const
  const { authUrl } = await site.auth.getAuthUrl(oauthData, options)
  const { location = '' } = await browser.visit(authUrl, siteOrigin)
  const { code, state } = site.auth.parseFromUrl(location, 'query')
  const tokens = await site.auth.getMemberTokens(code, state, oauthData)
  site.auth.setTokens(tokens)
  return tokens
}

/** Which of what a member holds still works, each tried by a client of its own, as another tab or server would. */
export async function stillWorkingOf(
  clientId: string,
  { tokens, browser }: Pick<OfficialMember, 'tokens' | 'browser'>,
): Promise<readonly string[]> {
  const other = officialSite(clientId)
  const isActive = async (token: string) => (await tokenInfoOf(other, token)).active
  const renewed = await other.auth.renewToken(tokens.refreshToken).then(
    () => true,
    () => false,
  )
  return [
    ...(renewed ? ['refresh'] : []),
    ...((await isActive(tokens.accessToken.value)) ? ['access token'] : []),
    ...((await isActive(tokens.refreshToken.value)) ? ['refresh token'] : []),
    ...((await silentLogin(other, browser)).error === undefined ? ['silent login'] : []),
  ]
}

/** Everything that `stillWorkingOf` tries while the session is alive. */
export const everythingWorks: readonly string[] = ['refresh', 'access token', 'refresh token', 'silent login']

/** What the browser is answered when the site asks, without a page, who is signed in. */
export async function silentLogin(site: OfficialSite, browser: Browser) {
  const oauthData = site.auth.generateOAuthData(callbackUri)
  const { authUrl } = await site.auth.getAuthUrl(oauthData, { prompt: 'none', responseMode: 'query' })
  const { location = '' } = await browser.visit(authUrl, siteOrigin)
  return site.auth.parseFromUrl(location, 'query')
}

/** What the `oauth` module says of a token: it wraps the question up. */
export async function tokenInfoOf(site: OfficialSite, token: string) {
  return site.oauth.tokenInfo({ body: Buffer.from(JSON.stringify({ token })) })
}
