import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emulatorAdministratorKey, emulatorClientId } from '../../src/emulator/fixed-values.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { endOf, startChild } from './child.ts'
import { clientIdOf } from './members-of-child.ts'
import { type CookieFiles, perform } from './printed-command.ts'

const ada = { email: 'ada.of.the.file@shop.example', password: 'a long passphrase of ada' }

test('adjourn dev serves the members of a file, says that all is lost when it stops, and leaves nothing behind', async () => {
  using directory = temporaryDirectory()
  writeFileSync(join(directory.path, 'members.json'), JSON.stringify([ada]))
  const child = startChild({ directory: directory.path, arguments: ['dev', '--members', 'members.json'] })
  const url = await child.ready
  expect(child.stdout().split('\n')[0]).toBe(
    `Adjourn's emulator, which forgets everything when it stops, is listening on ${url}`,
  )
  expect(clientIdOf(child)).toBe(emulatorClientId)
  expect(child.stdout()).toContain('Members: 1 from members.json')
  expect(child.stdout()).toContain(emulatorAdministratorKey)
  expect(child.stdout()).toContain('For development and tests only')

  const { email, password } = ada
  const loggedIn = await send(`${url}/v2/login`, { json: { loginId: { email }, password } })
  expect(loggedIn.json()).toMatchObject({ state: 'SUCCESS' })
  const files: CookieFiles = new Map()
  const commands = child
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('  curl '))
  const statuses: number[] = []
  for (const command of commands) statuses.push((await perform(command, files)).status)
  expect(statuses).toEqual([200, 303, 200])
  expect((await send(`${url}/dev/reset`, { method: 'POST' })).status).toBe(204)

  child.kill('SIGTERM')
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(readdirSync(directory.path)).toEqual(['members.json'])
  expect(child.stderr()).not.toContain('ADJOURN_KEY_ENCRYPTION_KEY')
})

test('a stop does not wait for a commit that is slow on purpose', async () => {
  using directory = temporaryDirectory()
  const child = startChild({ directory: directory.path, arguments: ['dev'] })
  const url = await child.ready
  await send(`${url}/dev/faults`, { json: { commitDelayMs: 60_000 } })
  const registered = send(`${url}/v2/register`, { json: { loginId: { email: ada.email }, password: ada.password } })
  for (let waiting = 0; waiting === 0; ) {
    waiting = (await send(`${url}/dev/faults`)).json<{ waitingCommits: number }>().waitingCommits
  }
  child.kill('SIGTERM')
  expect((await registered).status).toBe(200)
  expect(await child.exited).toEqual({ code: 0, signal: null })
})

test('adjourn dev is refused, in clear words and with nothing served, wherever it must not be or cannot', async () => {
  using directory = temporaryDirectory()
  writeFileSync(join(directory.path, 'bad.json'), JSON.stringify([ada, { ...ada, password: 'topsecret' }]))
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = address !== null && typeof address === 'object' ? String(address.port) : ''
  const ends = [
    [{ ADJOURN_HOST: '0.0.0.0' }, [], 78, 'ADJOURN_HOST must be a loopback one'],
    [{ ADJOURN_BASE_URL: 'https://auth.example' }, [], 78, 'ADJOURN_BASE_URL must be a loopback one'],
    [{ ADJOURN_DATABASE_URL: 'postgres://a:topsecret@db.example/a' }, [], 78, 'ADJOURN_DATABASE_URL must not be set'],
    [{}, ['--members', 'bad.json'], 78, 'entry 2, email: is the address of entry 1 too'],
    [{}, ['--members=missing.json'], 78, 'missing.json cannot be used'],
    [{}, ['--members'], 64, 'adjourn dev takes --members and the name of a file, and nothing else'],
    [{}, ['--members', 'a.json', '--watch=topsecret'], 64, 'and nothing else, not "--watch"'],
    [{}, ['members.json'], 64, 'adjourn dev takes --members and the name of a file, and nothing else'],
    [{ ADJOURN_PORT: port }, [], 69, 'Adjourn cannot start its emulator: '],
  ] as const
  await Promise.all(
    ends.map(async ([environment, more, expected, told]) => {
      const given = { directory: directory.path, environment, arguments: ['dev', ...more] }
      const { code, stdout, stderr } = await endOf(given)
      expect([code, stdout], stderr).toEqual([expected, ''])
      expect(stderr).toContain(told)
      expect(stderr).not.toMatch(/topsecret|\n\s+at /)
    }),
  )
  taken.close()
  expect(readdirSync(directory.path)).toEqual(['bad.json'])
})
