/** `adjourn` as an operator gets it: built, packed, installed in an empty folder with its own dependencies alone, and run there. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { emulatorClientId } from '../../packages/server/src/emulator/fixed-values.ts'
import { startChild, withChild } from '../../packages/server/test/process/child.ts'
import { clientIdOf } from '../../packages/server/test/process/members-of-child.ts'
import { type CookieFiles, perform } from '../../packages/server/test/process/printed-command.ts'
import { PostgresDatabases } from '../../packages/server/test/support/postgres-databases.ts'
import { send } from '../../packages/server/test/support/send.ts'
import { temporaryDirectory } from '../../packages/server/test/support/sqlite-test-database.ts'
import { install } from '../install.ts'
import { npm } from '../npm.ts'
import { type Packed, pack } from '../pack.ts'
import { problemsOf } from './problems.ts'
import { runNode } from './run-node.ts'

const workplace = temporaryDirectory()
let packed: Packed
let directory: string

beforeAll(async () => {
  packed = await pack('adjourn', workplace.path)
  directory = await install(packed, workplace.path)
}, 120_000)
afterAll(() => workplace[Symbol.dispose]())

const inPackage = (path = '') => join(directory, 'node_modules/adjourn', path)

/** What a file asks for by the name of a package, in every way that there is. */
const asksFor =
  /(?:^(?:import|export)\b[^"'\n]*|\bimport\(|\bimport\.meta\.resolve\(|\brequire\()["']((?:@[\w-]+\/)?[\w:-]+(?:\/[\w./-]+)?)["']/gm

/** The installed command, as an operator starts it: the tests' own place for compiled code is not known to it. */
const installed = () => ({
  program: join(directory, 'node_modules/.bin/adjourn'),
  directory,
  environment: { NODE_COMPILE_CACHE: '' },
})

test('the package is JavaScript, the pages that an operator needs, licences and a README', () => {
  const others = packed.files.filter((file) => !/^[a-z0-9-]+\.js$/.test(file) && !/^docs\/[a-z-]+\.md$/.test(file))
  expect(others.toSorted()).toEqual([
    'LICENSE',
    'LICENSE-typebox',
    'README.md',
    'docs/observability/alerts.yml',
    'docs/observability/dashboard.json',
    'package.json',
  ])
  expect(packed.files).toContain('docs/configuration.md')
})

test('every link of its README and pages leads to a file of the package', () => {
  const pages = packed.files.filter((file) => file.endsWith('.md'))
  const links = pages.flatMap((page) =>
    [...readFileSync(inPackage(page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) =>
      resolve(inPackage(page), '..', path),
    ),
  )
  expect(links).toContain(inPackage('docs/configuration.md'))
  const inside = packed.files.map(inPackage)
  expect(links.filter((link) => !inside.includes(link))).toEqual([])
})

test('the package says what users of the registry look for', () => {
  expect(packed.manifest).toMatchObject({
    name: 'adjourn',
    description: expect.any(String),
    keywords: expect.arrayContaining(['authentication', 'logout']),
    license: 'Apache-2.0',
    engines: { node: '>=24' },
    bin: { adjourn: 'adjourn.js' },
  })
  expect(packed.manifest).not.toHaveProperty('private')
})

test('publint and are-the-types-wrong find nothing in the package', async () => {
  expect(await problemsOf(packed)).toEqual([])
})

test('it is installed with what it declares and nothing else, and everything that its files ask for is there', async () => {
  // Which fails when something is missing, is of another version, or is there for nobody.
  await npm(workplace.path, directory, 'ls', '--all')
  const files = packed.files.filter((file) => file.endsWith('.js'))
  const asked = files.flatMap((file) => [...readFileSync(inPackage(file), 'utf8').matchAll(asksFor)])
  const packages = asked.map(([, name = '']) => name).filter((name) => !name.startsWith('node:'))
  const declared = Object.keys(packed.manifest.dependencies ?? {})
  const isOf = (name: string, dependency: string) => name === dependency || name.startsWith(`${dependency}/`)
  expect(packages.filter((name) => !declared.some((dependency) => isOf(name, dependency)))).toEqual([])
  expect(declared.filter((dependency) => !packages.some((name) => isOf(name, dependency)))).toEqual([])
  const { resolve: find } = createRequire(inPackage('adjourn.js'))
  for (const name of packages) expect(find(name)).toContain(directory)
})

test('the command can be called by its name, tells its commands, and refuses one that it does not have', async () => {
  const call = (...given: readonly string[]) =>
    promisify(execFile)('adjourn', given, {
      cwd: directory,
      env: { PATH: [join(directory, 'node_modules/.bin'), dirname(process.execPath)].join(delimiter) },
    })
  expect((await call('--help')).stdout).toContain('Usage: adjourn [command]')
  await expect(call('stop')).rejects.toMatchObject({ code: 64, stdout: '' })
})

test('it serves from built JavaScript: what it prints to try registers a member, logs in and logs out, and SIGTERM ends it with 0', async () => {
  const child = startChild(installed())
  const url = await child.ready
  expect(child.stdout()).toMatch(/^Adjourn is listening on http:\/\/127\.0\.0\.1:\d+\n/)
  const files: CookieFiles = new Map()
  const commands = child
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('  curl '))
  const [register = '', logIn = '', logOut = ''] = commands
  expect((await perform(register, files)).status).toBe(200)
  expect((await perform(logIn, files)).status).toBe(303)
  const cookie = files.get('adjourn.cookies') ?? ''
  const check = async () => (await send(`${url}/v1/sessions/current`, { headers: { cookie } })).status
  expect(await check()).toBe(200)
  expect((await perform(logOut, files)).status).toBe(200)
  expect(await check()).toBe(401)
  child.kill('SIGTERM')
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(readdirSync(join(directory, 'data'))).toContain('adjourn.db')
})

test('on PostgreSQL its workers find their program', async () => {
  const shared = await send(inject('sharedPostgres'))
  await using databases = new PostgresDatabases(Number(shared.text), { makesOnesUnsynced: false })
  const name = await databases.createDatabase('empty')
  const options = {
    ...installed(),
    arguments: ['start', '--workers', '2'],
    environment: { ...installed().environment, ADJOURN_DATABASE_URL: databases.url(name) },
  }
  await withChild(options, async (url, { stderr, heard }) => {
    while ((stderr().match(/"A worker serves"/g) ?? []).length < 2) await heard()
    expect((await send(`${url}/readyz`)).status).toBe(200)
  })
  await databases.dropDatabase(name)
})

test('adjourn dev serves the emulator, with its mailbox and the client that never changes', async () => {
  await withChild({ ...installed(), arguments: ['dev'] }, async (url, child) => {
    expect(clientIdOf(child)).toBe(emulatorClientId)
    expect((await send(`${url}/dev/mail`)).status).toBe(200)
    expect((await send(`${url}/dev/reset`, { method: 'POST' })).status).toBe(204)
  })
})

test.each(['adjourn', 'adjourn/command.js', 'adjourn/worker-process.js'])(
  'it is a command and no library: nobody imports %s',
  async (path) => {
    await expect(runNode(directory, `await import('${path}')`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'),
    })
  },
)
