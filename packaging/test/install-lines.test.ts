/** What the documentation says about installing, done as it stands there. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../packages/server/test/support/sqlite-test-database.ts'
import { build } from '../../scripts/build.ts'
import { buildLibrary } from '../../scripts/build-libraries.ts'
import { npm } from '../npm.ts'
import { placeDependencies } from '../place-dependencies.ts'
import { runNode } from './run-node.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = 'docs/test-your-site-offline.md'

/** The commands of a page, in its order, each by its words. */
function commandsOf(path: string): readonly (readonly string[])[] {
  const blocks = readFileSync(join(root, path), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)
  return [...blocks].flatMap(([, block = '']) => block.trim().split('\n')).map((line) => line.split(' '))
}

/** What stands in a page behind some words of a command. */
function afterWords(path: string, ...words: readonly string[]): readonly (readonly string[])[] {
  return commandsOf(path)
    .filter((command) => words.every((word, index) => command[index] === word))
    .map((command) => command.slice(words.length))
}

const workplace = temporaryDirectory()
const [checkout, site] = [join(workplace.path, 'adjourn'), join(workplace.path, 'site')]
beforeAll(async () => {
  // As npm run build does, in a checkout of its own.
  await build(join(checkout, 'packages/server/dist'))
  for (const library of ['sdk', 'wix-bridge'] as const)
    buildLibrary(library, join(checkout, 'packages', library, 'dist'))
  mkdirSync(site)
  writeFileSync(join(site, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }))
}, 120_000)
afterAll(() => workplace[Symbol.dispose]())

test('whoever reads how to test a site offline installs the packages before they are used', () => {
  const commands = commandsOf(page).map((command) => command.join(' '))
  const installed = commands.indexOf('npm install --save-dev adjourn @adjourn/wix-bridge')
  expect(installed).toBe(0)
  expect(commands.findIndex((command) => command.startsWith('npx adjourn'))).toBeGreaterThan(installed)
})

test('the files of a checkout that the page names are packed and installed, and what follows finds them', async () => {
  const [packed = []] = afterWords(page, 'npm', 'pack')
  await npm(workplace.path, checkout, 'pack', ...packed)
  const [, ofCheckout = []] = afterWords(page, 'npm', 'install', '--save-dev')
  expect(ofCheckout).toHaveLength(2)
  const { dependencies } = JSON.parse(readFileSync(join(checkout, 'packages/server/dist/package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  placeDependencies(Object.keys(dependencies), site)
  await npm(workplace.path, site, 'rebuild', '--ignore-scripts')
  await npm(workplace.path, site, 'install', '--save-dev', ...ofCheckout)
  expect(await npm(workplace.path, site, 'exec', '--', 'adjourn', '--help')).toContain('dev [--members')
  const flags = ['--import', '@adjourn/wix-bridge/register']
  const environment = { ADJOURN_URL: 'http://127.0.0.1:8787' }
  expect(await runNode(site, 'console.log("begun")', { flags, environment })).toBe('begun\n')
}, 120_000)

test.each(['sdk', 'wix-bridge'])(
  'the README of %s begins with how it is installed, from a checkout too',
  async (name) => {
    const readme = `packages/${name}/README.md`
    expect(commandsOf(readme)[0]).toEqual(['npm', 'install', `@adjourn/${name}`])
    const text = readFileSync(join(root, readme), 'utf8')
    const folder = /`npm pack (\S+)`/.exec(text)?.[1] ?? ''
    const [{ filename }]: readonly [{ readonly filename: string }] = JSON.parse(
      await npm(workplace.path, checkout, 'pack', folder, '--json'),
    )
    expect(text).toContain(`\`${filename}\``)
  },
)
