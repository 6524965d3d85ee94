/** `@adjourn/sdk` as a site gets it: built, packed, installed in an empty folder, and used there. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../packages/server/test/support/sqlite-test-database.ts'
import { callbackUri, startTestServer, type TestServer } from '../../packages/server/test/support/test-server.ts'
import { bundle } from '../bundle.ts'
import { install } from '../install.ts'
import { type Packed, pack } from '../pack.ts'
import { everything, loginAndLogout, oneError } from '../sites.ts'
import { complaintsOf, resolutions } from './complaints.ts'
import { problemsOf } from './problems.ts'
import { runNode } from './run-node.ts'

const workplace = temporaryDirectory()
let server: TestServer
let packed: Packed
let directory: string

beforeAll(async () => {
  server = await startTestServer()
  packed = await pack('@adjourn/sdk', workplace.path)
  directory = await install(packed, workplace.path)
})
afterAll(async () => {
  workplace[Symbol.dispose]()
  await server.close()
})

/** What every program here begins with. */
const client = () => `
  const [baseUrl, clientId, redirectUri] = ${JSON.stringify([server.url, server.client.id, callbackUri])}
  const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId }), modules: { authentication } })`

test('the SDK is JavaScript with its types, a licence and a README', () => {
  const names = packed.files.filter((file) => file.endsWith('.js')).map((file) => file.replace(/\.js$/, ''))
  expect(names).toContain('index')
  expect(packed.files.toSorted()).toEqual(
    ['LICENSE', 'README.md', 'package.json', ...names.flatMap((name) => [`${name}.d.ts`, `${name}.js`])].toSorted(),
  )
})

test('the SDK says what users of the registry look for, and brings no other package along', () => {
  expect(packed.manifest).toMatchObject({
    name: '@adjourn/sdk',
    description: expect.any(String),
    keywords: expect.arrayContaining(['authentication', 'logout']),
    license: 'Apache-2.0',
    sideEffects: false,
    engines: { node: '>=20' },
    publishConfig: { access: 'public' },
  })
  expect(packed.manifest).not.toHaveProperty('private')
  expect(packed.manifest).not.toHaveProperty('dependencies')
  expect(readdirSync(join(directory, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@adjourn'])
  expect(readdirSync(join(directory, 'node_modules/@adjourn'))).toEqual(['sdk'])
})

test('publint and are-the-types-wrong find nothing in the SDK', async () => {
  expect(await problemsOf(packed)).toEqual([])
})

test('in Node a member registers, signs in and signs out by both entries of the SDK', async () => {
  const program = `
    import { authentication, createClient, OAuthStrategy } from '@adjourn/sdk'
    import { signInOnServer } from '@adjourn/sdk/server'
    ${client()}
    const signOn = await client.auth.register({ email: 'ada@shop.example', password: 'a long passphrase of ada' })
    await signInOnServer(client, signOn.sessionToken, { redirectUri })
    const { accessToken } = await client.auth.tokens()
    const check = async () => (await fetch(baseUrl + '/v1/sessions/current', { headers: { authorization: accessToken } })).status
    const before = await check()
    await client.auth.signOut()
    console.log(JSON.stringify([before, await check(), await client.auth.isSignedIn()]))`
  expect(JSON.parse(await runNode(directory, program))).toEqual([200, 401, false])
})

test('a method that is called by itself in a context of the server entry finds its client', async () => {
  const program = `
    import { authentication, createClient, OAuthStrategy } from '@adjourn/sdk'
    import { runInContext } from '@adjourn/sdk/server'
    ${client()}
    const { statusCode } = await runInContext(client, () => authentication.logout())
    console.log(statusCode)
    try { await authentication.logout() } catch ({ message }) { console.log(message) }`
  const [inside, outside] = (await runNode(directory, program)).split('\n')
  expect(inside).toBe('200')
  expect(outside).toContain('there is no client')
})

test.each(['transport.js', 'oauth-strategy', 'index.js', 'src/index.ts'])(
  'what is inside the SDK, such as %s, is nobody else’s to import',
  async (path) => {
    await expect(runNode(directory, `await import('@adjourn/sdk/${path}')`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    })
  },
)

test('in what Vite builds of a site, an unknown member is refused, and login, tokens and logout are under 8 KB', async () => {
  const site = await bundle(
    directory,
    `import { authentication, createClient, OAuthStrategy, RefusedError } from '@adjourn/sdk'
    ${client()}
    await client.auth.checkPassword({ email: 'nobody@shop.example', password: 'a long passphrase' }).catch((error) =>
      console.log(error instanceof RefusedError && redirectUri !== '' ? error.code : error))`,
  )
  expect((await runNode(directory, site)).trim()).toBe('-19999')
  const code = await bundle(directory, loginAndLogout)
  expect(code).toContain('BroadcastChannel')
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(8 * 1024)
})

test('nothing of what only servers need is in the browser, whatever a site uses', async () => {
  const code = await bundle(directory, everything)
  expect(code).toContain('localStorage')
  expect(code).not.toMatch(/node:|AsyncLocalStorage|client_credentials|clientSecret/)
})

test('a browser’s code that asks for the server entry is told so when it is built', async () => {
  const program = `import { runInContext } from '@adjourn/sdk/server'\nglobalThis.run = runInContext`
  await expect(bundle(directory, program)).rejects.toThrow('node:async_hooks')
})

test('a site that uses one thing of the SDK carries that alone', async () => {
  const code = await bundle(directory, oneError)
  expect(code).toContain('SignedOutError')
  expect(code).not.toContain('BroadcastChannel')
  expect(code.length).toBeLessThan(2000)
})

/** Each comment is an error by itself where there is none in the line below it: types that say nothing would be found out. */
const typed = `
import { authentication, createClient, OAuthStrategy, RefusedError, type Identity, type TokenStorage } from '@adjourn/sdk'
export type { ApiRequest, Connection, ContextClient, InputOf, Method, MethodSpec, Nothing, RefusedCode } from '@adjourn/sdk'
import { ApiKeyStrategy, AppStrategy, auth, createAdminClient, requestTokens, runInContext, signInOnServer } from '@adjourn/sdk/server'

const tokens: TokenStorage = { read: () => null, write: async () => {} }
const baseUrl = 'https://auth.shop.example'
const client = createClient({ baseUrl, auth: OAuthStrategy({ clientId: 'x', tokens }), modules: { authentication } })
const signOn = await client.auth.checkPassword({ email: 'ada@shop.example', password: 'x' })
export const identity: Identity = signOn.identity
if (signOn.state === 'SUCCESS') await signInOnServer(client, signOn.sessionToken, { redirectUri: baseUrl })
// @ts-expect-error: only a login that succeeded has one
signOn.sessionToken
const { body, statusCode } = await client.authentication.logout({ postLogoutRedirectUri: baseUrl })
export const answer: readonly [Uint8Array, number] = [body, statusCode]
// @ts-expect-error: there is no such option
await client.authentication.logout({ redirect: baseUrl })
// @ts-expect-error: a member has an address
await client.auth.register({ password: 'x' })
// @ts-expect-error: nobody is signed in by nothing
OAuthStrategy({})
const admin = createAdminClient({ baseUrl, auth: ApiKeyStrategy({ apiKey: 'x' }) })
await admin.headless.AuthenticationService.logout({ clientId: 'x' })
// @ts-expect-error: a visitor administers nothing
createAdminClient({ baseUrl, auth: OAuthStrategy({ clientId: 'x' }) })
createAdminClient({ baseUrl, auth: AppStrategy({ clientId: 'x', clientSecret: 'y' }) })
export const elevated: () => Promise<unknown> = auth.elevate(authentication.logout)
export const ran: string = runInContext(client, () => 'done')
export const problem = (error: unknown): string => (error instanceof RefusedError ? error.code : '')
// What is exported as it was made is declared by the names of its types.
export const { asContext } = client
export { admin, client, requestTokens }
export const { changePassword } = authentication
`

test.each(Object.keys(resolutions) as readonly (keyof typeof resolutions)[])(
  'the types of the SDK fit a strict TypeScript project that resolves by %s, and refuse what is wrong in it',
  async (resolution) => {
    expect(await complaintsOf(directory, typed, resolution)).toBe('')
  },
)
