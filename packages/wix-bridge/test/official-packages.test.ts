/** The unmodified official packages against a real server, through the bridge. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { officialSite, signedInOnSite, tokenInfoOf } from '../../server/test/support/official-site.ts'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { installWixBridge, type WixBridge } from '../src/index.ts'

let server: TestServer
let bridge: WixBridge
beforeAll(async () => {
  server = await startTestServer()
  bridge = installWixBridge({ baseUrl: server.url })
})
afterAll(async () => {
  bridge.uninstall()
  await server.close()
})

test('a member registers, logs in and logs out by the official packages', async () => {
  const { site, tokens } = await signedInOnSite(server.client.id)
  expect(await tokenInfoOf(officialSite(server.client.id), tokens.accessToken.value)).toMatchObject({ active: true })
  await site.authentication.logout({ clientId: server.client.id })
  expect(await tokenInfoOf(officialSite(server.client.id), tokens.accessToken.value)).toMatchObject({ active: false })
})

test('an error of the server reaches the caller as the official client tells it', async () => {
  const state = await officialSite(server.client.id).auth.login({ email: 'nobody@shop.example', password: 'x' })
  expect(state).toMatchObject({ loginState: 'FAILURE', errorCode: 'invalidEmail' })
})

test('a Node process needs nothing but the flag and ADJOURN_URL', async () => {
  const program = `
    const { createClient, OAuthStrategy } = await import('@wix/sdk')
    const client = createClient({ auth: OAuthStrategy({ clientId: '${server.client.id}' }) })
    const tokens = await client.auth.generateVisitorTokens()
    console.log(tokens.refreshToken.role)`
  const { stdout } = await node(program, { ADJOURN_URL: server.url })
  expect(stdout.trim()).toBe('visitor')
})

test.each([
  [{}, 'ADJOURN_URL is not set'],
  [{ ADJOURN_URL: '' }, 'ADJOURN_URL is not set'],
  [{ ADJOURN_URL: '127.0.0.1:8787' }, 'baseUrl must be an http or https origin'],
  [{ ADJOURN_URL: 'http://127.0.0.1:8787/base' }, 'baseUrl must be an http or https origin'],
])('a Node process with %j ends before it does anything, and says why', async (environment, expected) => {
  await expect(node('console.log("begun")', environment)).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(expected),
  })
})

function node(program: string, environment: Readonly<Record<string, string>>) {
  return promisify(execFile)(
    process.execPath,
    ['--import', '@adjourn/wix-bridge/register', '--input-type=module', '--eval', program],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), env: { PATH: process.env['PATH'] ?? '', ...environment } },
  )
}
