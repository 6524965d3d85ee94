/** `@adjourn/wix-bridge` as a site gets it: built, packed, installed in an empty folder, and used there. */

import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../packages/server/test/support/sqlite-test-database.ts'
import { bundle } from '../bundle.ts'
import { install } from '../install.ts'
import { type Packed, pack } from '../pack.ts'
import { complaintsOf, resolutions } from './complaints.ts'
import { problemsOf } from './problems.ts'
import { runNode } from './run-node.ts'

const workplace = temporaryDirectory()
/** Says what it was asked, and stands for an Adjourn server. */
const server = createServer((request, response) => response.end(`${request.method} ${request.url} arrived`))
let baseUrl: string
let packed: Packed
let directory: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  packed = await pack('@adjourn/wix-bridge', workplace.path)
  directory = await install(packed, workplace.path)
})
afterAll(() => {
  workplace[Symbol.dispose]()
  server.close()
})

/** What an official package asks of one of its two hosts. */
const ask = `console.log(await (await fetch('https://www.wixapis.com/oauth2/token?a=b', { method: 'POST' })).text())`
const arrived = 'POST /oauth2/token?a=b arrived\n'

test('the bridge is JavaScript with its types, a licence and a README', () => {
  const names = ['index', 'install-wix-bridge', 'original-hosts', 'register']
  expect(packed.files.toSorted()).toEqual(
    ['LICENSE', 'README.md', 'package.json', ...names.flatMap((name) => [`${name}.d.ts`, `${name}.js`])].toSorted(),
  )
})

test('the bridge says what users of the registry look for, and brings no other package along', () => {
  expect(packed.manifest).toMatchObject({
    name: '@adjourn/wix-bridge',
    description: expect.any(String),
    keywords: expect.arrayContaining(['wix', 'testing']),
    license: 'Apache-2.0',
    sideEffects: ['./register.js'],
    engines: { node: '>=20' },
    publishConfig: { access: 'public' },
  })
  expect(packed.manifest).not.toHaveProperty('private')
  expect(packed.manifest).not.toHaveProperty('dependencies')
  expect(readdirSync(join(directory, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@adjourn'])
  expect(readdirSync(join(directory, 'node_modules/@adjourn'))).toEqual(['wix-bridge'])
})

test('publint and are-the-types-wrong find nothing in the bridge', async () => {
  expect(await problemsOf(packed)).toEqual([])
})

test('the flag of Node is enough, and without ADJOURN_URL it says what is missing before anything runs', async () => {
  const flags = ['--import', '@adjourn/wix-bridge/register']
  expect(await runNode(directory, ask, { flags, environment: { ADJOURN_URL: baseUrl } })).toBe(arrived)
  await expect(runNode(directory, ask, { flags })).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('ADJOURN_URL is not set'),
  })
})

test('in code the bridge is installed with one call and taken away with another', async () => {
  const program = `
    import { installWixBridge } from '@adjourn/wix-bridge'
    const before = fetch
    const bridge = installWixBridge({ baseUrl: '${baseUrl}' })
    ${ask}
    bridge.uninstall()
    console.log(fetch === before)`
  expect(await runNode(directory, program)).toBe(`${arrived}true\n`)
})

test.each(['original-hosts.js', 'install-wix-bridge', 'index.js', 'src/index.ts'])(
  'what is inside the bridge, such as %s, is nobody else’s to import',
  async (path) => {
    await expect(runNode(directory, `await import('@adjourn/wix-bridge/${path}')`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    })
  },
)

test('what Vite builds of a site with the bridge asks the site’s own server', async () => {
  const site = await bundle(
    directory,
    `import { installWixBridge } from '@adjourn/wix-bridge'
    installWixBridge({ baseUrl: '${baseUrl}' })
    ${ask}`,
  )
  expect(await runNode(directory, site)).toBe(arrived)
  // A browser has no settings of a process.
  expect(site).not.toContain('process')
})

test('a site that imports the bridge and does not call it carries nothing of it', async () => {
  expect(await bundle(directory, `import '@adjourn/wix-bridge'\nglobalThis.site = 1`)).not.toContain('wixapis')
})

/** Each comment is an error by itself where there is none in the line below it: types that say nothing would be found out. */
const typed = `
import '@adjourn/wix-bridge/register'
import { installWixBridge, type WixBridge, type WixBridgeOptions } from '@adjourn/wix-bridge'

const options: WixBridgeOptions = { baseUrl: 'http://127.0.0.1:8787' }
const bridge: WixBridge = installWixBridge(options)
export const address: string = bridge.baseUrl
bridge.uninstall()
// @ts-expect-error: somewhere it has to lead
installWixBridge({})
// @ts-expect-error: an address and nothing else
installWixBridge(new URL('http://127.0.0.1:8787'))
// @ts-expect-error: where it leads is not changed later
bridge.baseUrl = 'http://127.0.0.1:8788'
`

test.each(Object.keys(resolutions) as readonly (keyof typeof resolutions)[])(
  'the types of the bridge fit a strict TypeScript project that resolves by %s, and refuse what is wrong in it',
  async (resolution) => {
    expect(await complaintsOf(directory, typed, resolution)).toBe('')
  },
)
