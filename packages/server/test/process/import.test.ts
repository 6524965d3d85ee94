import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { FailingStorage, unavailable } from '../support/failing-storage.ts'
import { logIn } from '../support/oauth-requests.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'
import { endOf, withChild } from './child.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

/** Of the password below, as `crypt` wrote it. */
const bcrypt = '$2b$10$abcdefghijklmnopqrstuu7534KiDPSC64rKuAUg4CZXGiaOYvOsa'
const password = 'correct horse bätterié'

/** A file in a directory of its own, and the command that brings it in. */
function importOf(lines: readonly (string | object)[]) {
  const directory = temporaryDirectory()
  const path = join(directory.path, 'members.jsonl')
  const write = (text: string | Uint8Array) => writeFileSync(path, text)
  write(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  return {
    path,
    progressPath: `${path}.progress`,
    write,
    run: (more: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) =>
      endOf({
        directory: directory.path,
        arguments: ['import', 'members.jsonl', '--url', server.url, ...more],
        environment: { ADJOURN_ADMIN_KEY: administratorKey, ...environment },
      }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  }
}

let named = 0
function members(count: number): readonly { readonly email: string }[] {
  named += 1
  return Array.from({ length: count }, (_, index) => ({ email: `import-${named}-${index}@shop.example` }))
}
const memberCount = () => server.contents.count('member')

test('members of a file come in and log in with the passwords of before', async () => {
  const [first, second] = members(2)
  using file = importOf([{ ...first, passwordHash: bcrypt }, '', { ...second, profile: { firstName: 'Ada' } }])
  expect(await file.run()).toEqual({ code: 0, stdout: '2 members imported, 0 there before, 0 refused\n', stderr: '' })
  expect((await logIn(server, { loginId: { email: first?.email }, password })).status).toBe(200)
  expect(existsSync(file.progressPath)).toBe(false)
  expect(await file.run()).toEqual({ code: 0, stdout: '0 members imported, 2 there before, 0 refused\n', stderr: '' })
})

test('A-03: lines that are bad are told by number and reason, never by what is in them, and the others come in', async () => {
  const [first, second, third] = members(3)
  const before = await memberCount()
  using file = importOf([
    { ...first, passwordHash: bcrypt },
    `{"email": "broken@shop.example", "passwordHash": "${bcrypt}"`,
    { ...second, passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    { email: 'x', [bcrypt]: 1 },
    `["${bcrypt}"]`,
    `{"email": "long@shop.example", "profile": {"company": "${'x'.repeat(70_000)}"}}`,
    { email: 'proto@shop.example', profile: { constructor: { prototype: 1 } } },
    { ...second, profile: { firstName: 'half \ud800' } },
    third ?? {},
  ])
  const done = await file.run()
  expect(done).toEqual({
    code: 1,
    stdout: '2 members imported, 0 there before, 7 refused\n',
    stderr: [
      'line 2: is not valid JSON',
      'line 3: passwordHash cannot be used as it is not an Argon2 hash in PHC format (PASSWORD_HASH)',
      'line 4: a field of it is not a field; the fields are email, id, emailVerified, status, passwordHash, profile, createdDate (UNKNOWN_FIELD)',
      'line 5: is not a JSON object',
      'line 6: is longer than 65536 bytes',
      'line 7: is not taken by the server: it is too large, or holds a field that no member has',
      'line 8: profile.firstName must be well-formed Unicode without NUL (FORMAT)',
      '',
    ].join('\n'),
  })
  expect(await memberCount()).toBe(before + 2)
})

test('a file that is no text is refused line by line', async () => {
  using file = importOf([])
  file.write(Buffer.from([0xff, 0xfe, 0x0a, 0x7b, 0x7d]))
  const done = await file.run()
  expect([done.code, done.stderr]).toEqual([1, 'line 1: is not UTF-8\nline 2: email is required (REQUIRED_FIELD)\n'])
})

test('an import that is interrupted goes on where it was, and nobody comes in twice', async () => {
  const before = await memberCount()
  using file = importOf([...members(1100), { email: 'bad' }, ...members(100)])
  let calls = 0
  storage.replace('addMembers', async (call, ...given) => {
    calls += 1
    if (calls === 2) throw unavailable('nothing_happened')
    return call(...given)
  })
  const interrupted = await file.run()
  expect(interrupted.code).toBe(69)
  expect(interrupted.stderr).toBe(
    `The server at ${server.url} did not bring members in (it answered 503); its log may say why\n`,
  )
  expect(await memberCount()).toBe(before + 500)
  expect(JSON.parse(readFileSync(file.progressPath, 'utf8'))).toMatchObject({ line: 500, imported: 500, refused: 0 })

  const done = await file.run()
  expect(done).toEqual({
    code: 1,
    stdout: 'Going on after line 500\n1200 members imported, 0 there before, 1 refused\n',
    stderr: 'line 1101: email is not an e-mail address (FORMAT)\n',
  })
  expect(calls).toBe(4)
  expect(await memberCount()).toBe(before + 1200)
  expect(existsSync(file.progressPath)).toBe(false)
})

test('an answer that was lost is had again: who came in by it was there before', async () => {
  using file = importOf(members(3))
  storage.loseAnswer('addMembers')
  expect((await file.run()).code).toBe(69)
  storage.mend()
  expect((await file.run()).stdout).toBe('0 members imported, 3 there before, 0 refused\n')
})

test.each([
  ['was changed since', (path: string) => utimesSync(path, 1, 1)],
  ['has a progress that is none', (path: string) => writeFileSync(`${path}.progress`, '{"line": 500')],
  [
    'has a progress that leads behind its end',
    (path: string) => {
      const kept = JSON.parse(readFileSync(`${path}.progress`, 'utf8'))
      writeFileSync(`${path}.progress`, JSON.stringify({ ...kept, offset: 10_000_000 }))
    },
  ],
])('an import of a file that %s begins anew', async (_what, change) => {
  using file = importOf(members(600))
  let calls = 0
  storage.replace('addMembers', async (call, ...given) => {
    calls += 1
    if (calls === 2) throw unavailable('nothing_happened')
    return call(...given)
  })
  expect((await file.run()).code).toBe(69)
  change(file.path)
  expect(await file.run()).toEqual({
    code: 0,
    stdout: '100 members imported, 500 there before, 0 refused\n',
    stderr: '',
  })
})

test('a dry run brings in nobody, keeps no progress, and tells what is wrong', async () => {
  const before = await memberCount()
  using file = importOf([...members(2), { email: 'bad' }])
  expect(await file.run(['--dry-run'])).toEqual({
    code: 1,
    stdout: '2 members would be imported, 0 there before, 1 refused\n',
    stderr: 'line 3: email is not an e-mail address (FORMAT)\n',
  })
  expect(await memberCount()).toBe(before)
  expect(existsSync(file.progressPath)).toBe(false)
})

test('a long file tells how far it is', async () => {
  using file = importOf(members(5200))
  expect((await file.run(['--dry-run'])).stdout).toBe(
    '5000 lines: 5000 good, 0 there before, 0 refused\n5200 members would be imported, 0 there before, 0 refused\n',
  )
})

test('the server of this machine is asked where no other is named', async () => {
  using file = importOf(members(1))
  const { port } = new URL(server.url)
  const done = await endOf({
    directory: join(file.path, '..'),
    arguments: ['import', 'members.jsonl'],
    environment: { ADJOURN_ADMIN_KEY: administratorKey, ADJOURN_PORT: port },
  })
  expect(done).toMatchObject({ code: 0, stdout: '1 member imported, 0 there before, 0 refused\n' })
})

test.each<[readonly string[], Readonly<Record<string, string>>, number, RegExp]>([
  [[], {}, 64, /^adjourn import takes the name of a file/],
  [['members.jsonl', 'more.jsonl'], {}, 64, /^adjourn import takes the name of a file/],
  [['members.jsonl', '--force'], {}, 64, /, not "--force"\n$/],
  [['http://localhost/members.jsonl'], {}, 64, /^adjourn import takes the name of a file/],
  [['members.jsonl', '--url'], {}, 64, /^adjourn import needs an http or https address/],
  [
    ['members.jsonl', '--url', 'http://ada:geheim@localhost'],
    {},
    64,
    /^(?!.*geheim)adjourn import needs an http or https/,
  ],
  [['members.jsonl', '--url=ftp://localhost'], {}, 64, /^adjourn import needs an http or https address/],
  [['members.jsonl'], {}, 69, /^Say with --url at which address the server is\n$/],
  [['members.jsonl'], { ADJOURN_ADMIN_KEY: '' }, 69, /^Set ADJOURN_ADMIN_KEY/],
  [['nowhere.jsonl', '--url=http://127.0.0.1:9'], {}, 69, /^Adjourn cannot import: ENOENT/],
  [['members.jsonl', '--url=http://127.0.0.1:9'], {}, 69, /^No server answers at http:\/\/127\.0\.0\.1:9: /],
])('adjourn import %j is refused in words, with the right exit code', async (given, environment, code, message) => {
  using file = importOf(members(1))
  const refused = await endOf({
    directory: join(file.path, '..'),
    arguments: ['import', ...given],
    environment: { ADJOURN_ADMIN_KEY: administratorKey, ...environment },
  })
  expect([refused.code, refused.stdout]).toEqual([code, ''])
  expect(refused.stderr).toMatch(message)
})

test('a key that is not known, or may not do it, brings nobody in', async () => {
  using file = importOf(members(1))
  const before = await memberCount()
  const unknown = await file.run([], { ADJOURN_ADMIN_KEY: `adj_admin_${'A'.repeat(43)}` })
  expect([unknown.code, unknown.stderr]).toEqual([
    69,
    `The server at ${server.url} does not know the key in ADJOURN_ADMIN_KEY\n`,
  ])
  const made = await administer(server, 'POST', '/administrators', { name: 'Support', role: 'support' })
  const support = await file.run([], { ADJOURN_ADMIN_KEY: made.json<{ key: string }>().key })
  expect([support.code, support.stderr]).toEqual([69, 'The key in ADJOURN_ADMIN_KEY is not that of an owner\n'])
  expect(await memberCount()).toBe(before)
})

test('members come in to a server in a process of its own, by its own defaults', async () => {
  using file = importOf(members(2))
  await withChild(
    { directory: join(file.path, '..'), environment: { ADJOURN_ADMIN_KEY: administratorKey } },
    async (url) => {
      const done = await endOf({
        directory: join(file.path, '..'),
        arguments: ['import', './members.jsonl', `--url=${url}/`],
        environment: { ADJOURN_ADMIN_KEY: administratorKey },
      })
      expect(done).toEqual({ code: 0, stdout: '2 members imported, 0 there before, 0 refused\n', stderr: '' })
    },
  )
})
