/**
 * The main job, once: a site that is built with the official client packages signs a member in and out against a server
 * of our own. `npm run demo` prints what was done and what came of it; it exits with 1 when a step is not as it should be.
 *
 * Everything is real but the network: the packages are the published ones, the server runs in this process with its
 * database in memory, and requests for the original's two hosts are sent to it.
 */
import { randomUUID } from 'node:crypto'
import { auth } from '@wix/essentials'
import { authentication, oauth } from '@wix/identity'
import { createClient, OAuthStrategy } from '@wix/sdk'
import { systemClock } from '../packages/server/src/adapters/system/clock.ts'
import { systemRandomness } from '../packages/server/src/adapters/system/randomness.ts'
import { parseConfiguration } from '../packages/server/src/config/parse-configuration.ts'
import { type ServerParts, startServer } from '../packages/server/src/main.ts'
import { openBrowser } from '../packages/server/test/support/browser.ts'
import { redirectOfficialHosts } from '../packages/server/test/support/official-hosts.ts'

const site = 'http://localhost:4321'
const callback = `${site}/callback`
const goodbye = `${site}/goodbye`
const email = `ada-${randomUUID()}@shop.example`
const password = 'correct horse battery staple'

let failures = 0

const server = await startServer({
  configuration: parseConfiguration({
    ADJOURN_PORT: '0',
    ADJOURN_DATABASE_URL: 'sqlite::memory:',
    ADJOURN_BOOTSTRAP_REDIRECT_URIS: callback,
    ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(site).host,
  }),
  clock: systemClock,
  randomness: systemRandomness,
  logger: errorsOnly(),
})
const clientId = server.firstClient?.id ?? ''
const hosts = redirectOfficialHosts(server.url)
const browser = openBrowser()

try {
  say(`Adjourn is listening on ${server.url}, with its database in memory`)
  await visit()
  await logoutByModule()
  await logoutByRedirect()
  await logoutElevated()
} catch (error) {
  check('the demo runs to its end', false, error instanceof Error ? error.message : String(error))
} finally {
  hosts[Symbol.dispose]()
  await server.close()
}
say(failures === 0 ? '\nLogged out means logged out.' : `\n${failures} steps were not as they should be.`)
process.exitCode = failures === 0 ? 0 : 1

async function visit(): Promise<void> {
  say('\nA visitor comes, and becomes a member')
  const client = newClient()
  const visitor = await client.auth.generateVisitorTokens()
  client.auth.setTokens(visitor)
  check('visitor tokens', visitor.refreshToken.role === 'visitor' && !client.auth.loggedIn(), 'generateVisitorTokens()')
  const registered = await client.auth.register({ email, password, profile: { firstName: 'Ada' } })
  check('registered', registered.loginState === 'SUCCESS', `register() says ${registered.loginState}`)
}

async function logoutByModule(): Promise<void> {
  say('\nLogout by authentication.logout({ postLogoutRedirectUri, clientId })')
  const client = await signedIn()
  const answer = await client.authentication.logout({ postLogoutRedirectUri: goodbye, clientId })
  const location = answer.headers?.find(({ key }) => key === 'Location')?.value
  check(
    'logged out',
    answer.statusCode === 302 && location === goodbye && answer.body instanceof Uint8Array,
    `status ${answer.statusCode}, to ${location}, ${answer.body?.length} bytes of page`,
  )
  await proveTheEnd(client)
}

async function logoutByRedirect(): Promise<void> {
  say('\nLogout by client.auth.logout(), following the address that it gives')
  const client = await signedIn()
  const tokens = client.auth.getTokens()
  const { logoutUrl } = await client.auth.logout(goodbye)
  check('an address to follow', !client.auth.loggedIn(), new URL(logoutUrl).pathname)
  const left = await browser.visit(logoutUrl, site)
  check('logged out', left.status === 302 && left.location === goodbye, `status ${left.status}, to ${left.location}`)
  // The package forgets the tokens as soon as it has the address. A thief would not.
  client.auth.setTokens(tokens)
  await proveTheEnd(client)
}

async function logoutElevated(): Promise<void> {
  say('\nLogout by auth.elevate(authentication.logout)')
  const client = await signedIn()
  client.enableContext('module', { elevated: true })
  const answer = await auth.elevate(authentication.logout)({ postLogoutRedirectUri: goodbye, clientId })
  check('logged out', answer.statusCode === 302, `status ${answer.statusCode}`)
  await proveTheEnd(client)
}

function newClient() {
  return createClient({ auth: OAuthStrategy({ clientId }), modules: { authentication, oauth } })
}

type Client = ReturnType<typeof newClient>

/** Logs the member in, from the password to a call that only a member may make. */
async function signedIn(): Promise<Client> {
  const client = newClient()
  const login = await client.auth.login({ email, password })
  check('logged in', login.loginState === 'SUCCESS', `login() says ${login.loginState}`)
  if (login.loginState !== 'SUCCESS') throw new Error(`Nobody was logged in: ${JSON.stringify(login)}`)

  const oauthData = client.auth.generateOAuthData(callback)
  // Not written in the call: the package reads `sessionToken`, but its types do not list it.
  const options = { prompt: 'none', responseMode: 'query', sessionToken: login.data.sessionToken } as const
  const { authUrl } = await client.auth.getAuthUrl(oauthData, options)
  const { code, state } = client.auth.parseFromUrl((await browser.visit(authUrl, site)).location, 'query')
  client.auth.setTokens(await client.auth.getMemberTokens(code, state, oauthData))
  check('member tokens', client.auth.loggedIn(), "getAuthUrl() with prompt 'none' and the session token")

  const member = await client.oauth.userInfo()
  check('a call that needs the member', member.email === email, `userInfo() says ${member.givenName}, ${member.email}`)
  check('the access token is active', await isActive(client))
  check('silent login works', (await silentLogin()) === 'signed in')
  return client
}

/** Nothing that the member held works any more. Asked by clients of their own, as another tab or server would. */
async function proveTheEnd(client: Client): Promise<void> {
  const { refreshToken } = client.auth.getTokens()
  const refresh = await newClient()
    .auth.renewToken(refreshToken)
    .then(
      () => 'new tokens',
      (error: unknown) => (String(error).includes('"invalid_grant"') ? 'invalid_grant' : String(error)),
    )
  check('the refresh is refused', refresh === 'invalid_grant', refresh)
  const active = await isActive(client)
  check('the access token is inactive', !active, `token info says active: ${active}`)
  const silent = await silentLogin()
  check('silent login is refused', silent === 'login_required', silent)
}

async function isActive(client: Client): Promise<boolean> {
  return (await client.use(auth.getTokenInfo)()).active
}

/** Asks, as another page of the site would, who is signed in in the browser, without showing anything. */
async function silentLogin(): Promise<string> {
  const client = newClient()
  const oauthData = client.auth.generateOAuthData(callback)
  const { authUrl } = await client.auth.getAuthUrl(oauthData, { prompt: 'none', responseMode: 'query' })
  const { code, error } = client.auth.parseFromUrl((await browser.visit(authUrl, site)).location, 'query')
  return code ? 'signed in' : String(error)
}

function check(step: string, good: boolean, seen = ''): void {
  if (!good) failures += 1
  say(`  ${good ? '✓' : '✗'} ${step}${seen === '' ? '' : `: ${seen}`}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** The demo prints steps, not a log; what goes wrong inside the server is shown all the same. */
function errorsOnly(): ServerParts['logger'] {
  const quiet = () => undefined
  const complain = (...said: readonly unknown[]) => void process.stderr.write(`${said.map(String).join(' ')}\n`)
  const logger: ServerParts['logger'] = {
    level: 'error',
    fatal: complain,
    error: complain,
    warn: quiet,
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    child: () => logger,
  }
  return logger
}
