import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { builtPackage } from './built-package.ts'
import { endOf, withChild } from './child.ts'

let built: Awaited<ReturnType<typeof builtPackage>>
let elsewhere: ReturnType<typeof temporaryDirectory>

beforeAll(async () => {
  built = await builtPackage()
  elsewhere = temporaryDirectory()
})
afterAll(() => {
  built[Symbol.dispose]()
  elsewhere[Symbol.dispose]()
})

/** As an operator starts it: the tests' own place for compiled code is not known to it. */
const started = () => ({ program: built.program, directory: elsewhere.path, environment: { NODE_COMPILE_CACHE: '' } })

test('the built package registers a member, refuses a common password and describes itself', async () => {
  await withChild(started(), async (url) => {
    const register = (email: string, password: string) =>
      send(`${url}/v2/register`, { json: { loginId: { email }, password } })
    expect((await register('ada@shop.example', 'a long passphrase of ada')).json()).toMatchObject({ state: 'SUCCESS' })
    expect((await register('bob@shop.example', 'iloveyou123')).status).toBe(400)
    const { paths } = (await send(`${url}/openapi.json`)).json<{ readonly paths: object }>()
    expect(Object.keys(paths)).toContain('/v1/sessions/current')
  })
})

test('what was compiled is kept beside the program, where nobody else may write', async () => {
  const kept = join(built.directory, '.cache')
  rmSync(kept, { recursive: true, force: true })
  await withChild(started(), async () => undefined)
  expect(statSync(kept).mode & 0o777).toBe(0o700)
  expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(10)
})

test('where nothing can be kept the start goes on and says nothing of it', async () => {
  const kept = join(built.directory, '.cache')
  rmSync(kept, { recursive: true, force: true })
  writeFileSync(kept, 'a file in its place')
  await withChild(started(), async (url, { stderr }) => {
    expect((await send(`${url}/readyz`)).status).toBe(200)
    expect(stderr()).not.toContain('cache')
  })
  rmSync(kept)
})

test('the built package refuses a wrong setting and an unknown command as the source does', async () => {
  const [setting, command] = await Promise.all([
    endOf({ ...started(), environment: { ADJOURN_PORT: 'none' } }),
    endOf({ ...started(), arguments: ['stop'] }),
  ])
  expect([setting.code, setting.stdout]).toEqual([78, ''])
  expect(setting.stderr).toContain('ADJOURN_PORT')
  expect([command.code, command.stdout]).toEqual([64, ''])
  expect(command.stderr).toMatch(/^There is no command "stop"\n\nUsage: adjourn/)
})

test('an old Node finds nothing in the built program that it cannot read', () => {
  expect(readFileSync(built.program, 'utf8')).not.toMatch(/^import /m)
})

test('the built package names every package that it loads', () => {
  const { dependencies } = JSON.parse(readFileSync(join(built.directory, 'package.json'), 'utf8'))
  const files = readdirSync(built.directory).filter((name) => name.endsWith('.js'))
  const loaded = files.flatMap((name) =>
    [...readFileSync(join(built.directory, name), 'utf8').matchAll(/^import .*from "([^."][^"]*)";$/gm)].map(
      ([, from = '']) => from,
    ),
  )
  expect(loaded).toContain('fastify')
  const outside = loaded.filter((from) => !from.startsWith('node:') && !Object.hasOwn(dependencies, from))
  expect(outside).toEqual([])
})
