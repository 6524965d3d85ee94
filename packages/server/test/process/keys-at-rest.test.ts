import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { endOf, startChild, withChild } from './child.ts'
import { clientIdOf } from './members-of-child.ts'

const key = Buffer.alloc(32, 'first').toString('base64')
const otherKey = Buffer.alloc(32, 'other').toString('base64')

let directory: ReturnType<typeof temporaryDirectory>
let path: string

beforeAll(() => {
  directory = temporaryDirectory()
  path = join(directory.path, 'data', 'adjourn.db')
})
afterAll(() => directory[Symbol.dispose]())

const start = (keyEncryptionKey?: string) => ({
  directory: directory.path,
  environment: keyEncryptionKey === undefined ? {} : { ADJOURN_KEY_ENCRYPTION_KEY: keyEncryptionKey },
})

/** The private halves as they lie in the file of a server that is stopped. */
function storedKeys(): readonly { readonly material: Buffer; readonly wrappedBy: unknown }[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT private_material, wrapped_by FROM stored_key').all()
  database.close()
  return rows.map((row) => ({
    material: Buffer.from(row['private_material'] as Uint8Array),
    wrappedBy: row['wrapped_by'],
  }))
}

/** Whether any 32 bytes in a row of what was stored readable are anywhere in the file or its log, row or no row. */
function isAnywhere(materials: readonly Buffer[]): boolean {
  const bytes = Buffer.concat(
    [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file)),
  )
  return materials.some((material) => {
    for (let at = 0; at + 32 <= material.length; at += 8)
      if (bytes.includes(material.subarray(at, at + 32))) return true
    return bytes.includes(material.subarray(-32))
  })
}

/** These tests tell one story, in order: an installation that begins without a key-encryption key and adopts one. */
let readable: readonly Buffer[]
let visitor: string

test('without a key-encryption key the start warns that keys lie readable, which they do', async () => {
  await withChild(start(), async (url, child) => {
    expect(child.stderr()).toContain('Signing keys lie readable in the database: set ADJOURN_KEY_ENCRYPTION_KEY')
    const json = { clientId: clientIdOf(child), grantType: 'anonymous' }
    visitor = (await send(`${url}/oauth2/token`, { json })).json<{ refresh_token: string }>().refresh_token
  })
  readable = storedKeys().map(({ material }) => material)
  expect(readable).toHaveLength(3)
  expect(isAnywhere(readable)).toBe(true)
})

test('a key-encryption key that is set later wraps them, and what it found readable is nowhere in the file, running or stopped', async () => {
  await withChild(start(key), async (url, child) => {
    expect(child.stderr()).not.toContain('lie readable in the database: set')
    expect(child.stderr()).toContain('are wrapped now')
    expect(isAnywhere(readable)).toBe(false)
    const json = { grantType: 'refresh_token', refreshToken: visitor }
    expect((await send(`${url}/oauth2/token`, { json })).status).toBe(200)
  })
  for (const { wrappedBy } of storedKeys()) expect(wrappedBy).toMatch(/^[0-9a-f]{16}$/)
  expect(isAnywhere(readable)).toBe(false)
})

test('wrapped keys without the key-encryption key, or with another one, stop the start with 78 and one clear line', async () => {
  for (const [environment, because] of [
    [start(), 'it is wrapped and ADJOURN_KEY_ENCRYPTION_KEY is not set'],
    [start(otherKey), 'ADJOURN_KEY_ENCRYPTION_KEY is not the key that wrapped it'],
  ] as const) {
    const { code, stdout, stderr } = await endOf(environment)
    expect([code, stdout], stderr).toEqual([78, ''])
    const told = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    expect(told).toEqual([expect.stringMatching(/^Cannot unwrap key \S+ as /)])
    expect(told[0]).toContain(because)
    expect(stderr).not.toContain('lie readable')
  }
})

test('with the right key it starts again as if nothing had been, and new keys are wrapped from the beginning', async () => {
  await withChild(start(key), async (url, child) => {
    expect(child.stderr()).not.toContain('are wrapped now')
    const json = { grantType: 'refresh_token', refreshToken: visitor }
    expect((await send(`${url}/oauth2/token`, { json })).status).toBe(200)
  })
})

test('a process that is killed right after it adopted the key leaves nothing readable behind', async () => {
  using elsewhere = temporaryDirectory()
  const file = join(elsewhere.path, 'data', 'adjourn.db')
  const first = startChild({ directory: elsewhere.path })
  await first.ready
  first.kill('SIGKILL')
  await first.exited
  const child = startChild({ directory: elsewhere.path, environment: { ADJOURN_KEY_ENCRYPTION_KEY: key } })
  await child.ready
  child.kill('SIGKILL')
  await child.exited
  // The private halves begin alike: PKCS #8 with an RSA key, and with a key on P-256.
  const bytes = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]).toString('latin1')
  expect(bytes).not.toContain(Buffer.from('300d06092a864886f70d0101010500048204', 'hex').toString('latin1'))
  expect(bytes).not.toContain(
    Buffer.from('301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420', 'hex').toString('latin1'),
  )
})
