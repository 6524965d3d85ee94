import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quickHasher } from '../../server/test/support/quick-hasher.ts'
import { startTestServer } from '../../server/test/support/test-server.ts'
import * as sdk from '../src/index.ts'
import * as server from '../src/server.ts'
import { allExamples, documented, type Example } from './documentation.ts'
import { giveFrom, givenNames } from './give-from.ts'
import type { Give } from './given.ts'
import { openPage } from './page.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const entries = { '@adjourn/sdk': sdk, '@adjourn/sdk/server': server }

/** The names under which an entry point gives functions, those of its modules too. */
function functionsOf(exported: object): readonly string[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (typeof value === 'function') return [name]
    return typeof value === 'object' && value !== null ? functionsOf(value) : []
  })
}

/** Those that show how something is called, and not only what surrounds it. */
function shownIn(name: string, isMethod: boolean): readonly Example[] {
  const found = documented().filter((each) => each.name === name && each.isMethod === isMethod)
  return found.flatMap(({ examples }) => examples).filter(({ code }) => new RegExp(`\\b${name}\\b`).test(code))
}

describe('every exported function has an example', () => {
  test.each(Object.entries(entries))('of %s', (_entry, exported) => {
    const names = functionsOf(exported)
    expect(names.length).toBeGreaterThan(6)
    expect(names.filter((name) => shownIn(name, false).length === 0)).toEqual([])
  })

  test('of the auth of a client', () => {
    const client = sdk.createClient({ baseUrl: 'http://127.0.0.1', auth: sdk.OAuthStrategy({ clientId: '' }) })
    // These two are called by the client itself.
    const names = functionsOf(client.auth).filter((name) => name !== 'authorization' && name !== 'refused')
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => shownIn(name, true).length === 0)).toEqual([])
  })
})

describe('every example is right', () => {
  const examples = allExamples()
  let directory: string
  const fileOf = (example: Example) => join(directory, `${example.place.replaceAll(/[^\w.-]+/g, '-')}.ts`)
  beforeAll(() => {
    directory = mkdtempSync(join(root, 'packages/sdk/test/.examples-'))
    for (const example of examples) writeFileSync(fileOf(example), programOf(example))
    const configuration = {
      extends: join(root, 'tsconfig.json'),
      // What an example makes is for the reader.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.ts'],
    }
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(configuration))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  test('by its types', () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '--project', directory], { cwd: root, encoding: 'utf8' })
    expect(stdout).toBe('')
  })

  test.each(examples)('when it runs: $place', async (example) => {
    await using running = await startTestServer({ decorateHasher: quickHasher })
    using page = openPage()
    const program: { readonly default: (give: Give) => Promise<void> } = await import(fileOf(example))
    await program.default(giveFrom(running, page))
    expect(page.frames.size).toBe(0)
    // Who has had a password checked to sign in, and forgets to, is not signed in.
    if (!/checkPassword\(/.test(example.code) || /catch/.test(example.code)) return
    expect(running.log.join()).toMatch(/authorization_code|\/oauth2\/authorize/)
  })
})

/** What README spells out, as a reader would find it in their own code. */
const standIns = { 'https://auth.shop.example': 'baseUrl', 'ad10ad10-0000-4000-8000-000000000001': 'clientId' }

/** An example as a program: what it uses of the package is imported, and what it takes as given is given. */
function programOf({ code: shown }: Example): string {
  const code = Object.entries(standIns).reduce((rest, [literal, name]) => rest.replaceAll(`'${literal}'`, name), shown)
  const imports = code.match(/^import [\s\S]*? from '.*'$/gm) ?? []
  const body = imports.reduce((rest, line) => rest.replace(line, ''), code)
  const isUsed = (name: string) => new RegExp(`\\b${name}\\b`).test(body) && !imports.join().includes(name)
  const own = Object.entries(entries).map(
    ([entry, exported]) => `import { ${Object.keys(exported).filter(isUsed).join(', ')} } from '${entry}'`,
  )
  const given = givenNames.filter(isUsed).map((name) => `  const ${name} = await give('${name}')`)
  return `${[...imports, ...own].join('\n')}
import type { Give } from '../given.ts'
export default async function example(give: Give): Promise<void> {
${given.join('\n')}
  {
${body}
  }
}
`
}
