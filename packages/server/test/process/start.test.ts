import { once } from 'node:events'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstSteps } from '../../src/first-steps.ts'
import { exchangeBytes } from '../bad-input/raw-exchange.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { callbackUri, startTestServer } from '../support/test-server.ts'
import { type Child, endOf, startChild, withChild } from './child.ts'
import { type CookieFiles, perform, shellWords } from './printed-command.ts'

const clientLine = /^Client id: ([0-9a-f-]{36})$/m
const keyLine = /^Administrator key, shown this once: (adj_admin_[\w-]{43})$/m

/** The commands, as they are printed below their headings. */
function commandsIn(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => line.startsWith('  curl '))
}

let directory: ReturnType<typeof temporaryDirectory>
let first: Child
let url: string

beforeAll(async () => {
  directory = temporaryDirectory()
  first = startChild({ directory: directory.path })
  url = await first.ready
})
afterAll(async () => {
  first.kill('SIGTERM')
  await first.exited
  directory[Symbol.dispose]()
})

function printed({ stdout, stderr }: Child): string {
  return `${stdout()}${stderr()}`
}

test('the first line says where it is listening, and requests are served by then', async () => {
  expect(first.stdout().split('\n')[0]).toBe(`Adjourn is listening on ${url}`)
  expect((await send(`${url}/healthz`)).status).toBe(200)
  expect((await send(`${url}/readyz`)).status).toBe(200)
})

test('the first client and the administrator key are printed, the key once and nowhere else, and both work', async () => {
  const key = keyLine.exec(first.stdout())?.[1]
  const headers = { authorization: `Bearer ${key}` }
  expect((await send(`${url}/admin/v1/keys`, { headers })).status).toBe(200)
  expect(printed(first).split(String(key)).length - 1).toBe(1)
  const clientId = clientLine.exec(first.stdout())?.[1]
  expect((await send(`${url}/oauth2/token`, { json: { clientId, grantType: 'anonymous' } })).status).toBe(200)
})

test('the database is made below the working directory, and nobody else on the machine may read it', () => {
  const data = join(directory.path, 'data')
  expect(statSync(data).mode & 0o777).toBe(0o700)
  // A new witness may be on its way, under a name that begins with a dot.
  const files = readdirSync(data).filter((name) => !name.startsWith('.'))
  expect(files.toSorted()).toEqual(['adjourn.db', 'adjourn.db-wal', 'adjourn.db-witness'])
  for (const name of files) expect(statSync(join(data, name)).mode & 0o777, name).toBe(0o600)
})

test('the three printed commands register, log in and log out', async () => {
  const commands = commandsIn(first.stdout())
  expect(commands).toHaveLength(3)
  const [register = '', logIn = '', logOut = ''] = commands
  const files: CookieFiles = new Map()

  expect((await perform(register, files)).json()).toMatchObject({ state: 'SUCCESS' })
  expect((await perform(logIn, files)).status).toBe(303)
  const cookie = files.get('adjourn.cookies') ?? ''
  expect(cookie).toMatch(/^adjourn_session=adj_session_/)
  expect((await send(`${url}/v1/sessions/current`, { headers: { cookie } })).status).toBe(200)

  expect((await perform(logOut, files)).json()).toMatchObject({ statusCode: 200 })
  expect((await send(`${url}/v1/sessions/current`, { headers: { cookie } })).status).toBe(401)
})

test('a second process on the same file is refused with one clear line, and does the first no harm', async () => {
  const second = await endOf({ directory: directory.path })
  expect(second).toMatchObject({ code: 69, stdout: '' })
  expect(second.stderr).toMatch(/^Cannot open .*\/data\/adjourn\.db as another process is using it\n$/)
  const registered = await send(`${url}/v2/register`, {
    json: { loginId: { email: 'grace@shop.example' }, password: 'a long passphrase of grace' },
  })
  expect(registered.status).toBe(200)
})

test('at a second start the client is the same, and the administrator key is not printed and still good', async () => {
  const before = first.stdout()
  first.kill('SIGTERM')
  expect(await first.exited).toEqual({ code: 0, signal: null })
  expect(readdirSync(join(directory.path, 'data')).toSorted()).toEqual(['adjourn.db', 'adjourn.db-witness'])
  first = startChild({ directory: directory.path })
  url = await first.ready
  expect(clientLine.exec(first.stdout())?.[1]).toBe(clientLine.exec(before)?.[1])
  expect(printed(first)).not.toMatch(/adj_admin_|Administrator key/)
  const headers = { authorization: `Bearer ${keyLine.exec(before)?.[1]}` }
  expect((await send(`${url}/admin/v1/keys`, { headers })).status).toBe(200)
})

test('the printed commands hold whatever is in an address, each as one word of a shell', async () => {
  await using server = await startTestServer()
  const redirectUri = `https://shop.example/it's?a=$(b)&c="d"`
  const text = firstSteps({
    ...server,
    url: 'http://[::1]:8787',
    firstClient: { ...server.client, allowedRedirectUris: ['https://*-shop.example/callback', redirectUri] },
  })
  const [register = '', logIn = ''] = commandsIn(text)
  expect(shellWords(logIn)).toContain(`redirectUri=${redirectUri}`)
  expect(shellWords(register)).toContain('http://[::1]:8787/v2/register')
})

test('where every client was deleted the start says how to make one, and shows no command that would not work', async () => {
  await using server = await startTestServer()
  const steps = firstSteps({ ...server, firstClient: null, mailboxUrl: null, newAdministratorKey: 'the key' })
  expect(steps).toBe(
    'There is no client: make one with POST /admin/v1/clients\nAdministrator key, shown this once: the key',
  )
})

test('without an exact redirect address the commands that would not work are left out, and the start says why', async () => {
  await using server = await startTestServer()
  const firstClient = { ...server.client, allowedRedirectUris: ['https://*-shop.example/callback'] }
  const steps = firstSteps({ ...server, firstClient })
  expect(steps).toContain('/v2/register')
  expect(steps).not.toContain('/oauth2/authorize')
  expect(steps).toContain('set ADJOURN_BOOTSTRAP_REDIRECT_URIS before the first start')
})

test('settings for the first start that come later have no effect, and the log names each of them', async () => {
  using elsewhere = temporaryDirectory()
  const database = { ADJOURN_DATABASE_URL: `sqlite:${elsewhere.path}/adjourn.db` }
  await (await startTestServer({ environment: database })).close()
  await using again = await startTestServer({
    environment: {
      ...database,
      ADJOURN_ADMIN_KEY: 'another-key-of-the-operator-0123456789',
      ADJOURN_BOOTSTRAP_CLIENT_ID: '3f0c1d6a-8b1e-4c57-9d55-0c6a7b1f2e10',
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'https://late.example/callback',
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: 'late.example',
    },
  })
  for (const name of ['ADMIN_KEY', 'BOOTSTRAP_CLIENT_ID', 'BOOTSTRAP_REDIRECT_URIS', 'BOOTSTRAP_REDIRECT_DOMAINS']) {
    expect(again.log.filter((line) => line.includes(`ADJOURN_${name} is read at the first start only`))).toHaveLength(1)
  }
  expect(again.client.allowedRedirectUris).toEqual([callbackUri])
})

test('what the operator chose is used and not printed; noise on the wire is not logged as an error', async () => {
  using elsewhere = temporaryDirectory()
  const environment = {
    ADJOURN_ADMIN_KEY: 'chosen-by-the-operator-0123456789abcdef',
    ADJOURN_BOOTSTRAP_CLIENT_ID: '3F0C1D6A-8B1E-4C57-9D55-0C6A7B1F2E10',
    ADJOURN_DATABASE_URL: 'sqlite::memory:',
  }
  await withChild({ directory: elsewhere.path, environment }, async (address, child) => {
    expect(clientLine.exec(child.stdout())?.[1]).toBe('3f0c1d6a-8b1e-4c57-9d55-0c6a7b1f2e10')
    expect(`${child.stdout()}${child.stderr()}`).not.toMatch(/chosen-by|Administrator key/)
    const headers = { authorization: `Bearer ${environment.ADJOURN_ADMIN_KEY}` }
    expect((await send(`${address}/admin/v1/keys`, { headers })).status).toBe(200)
    for (let round = 0; round < 20; round += 1) {
      await exchangeBytes(address, 'POST /v2/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{', { finish: true })
      await exchangeBytes(address, '\0\r\n\r\n', { finish: true })
    }
    expect((await send(`${address}/healthz`)).status).toBe(200)
    expect(child.stderr()).not.toContain('Error')
  })
  expect(readdirSync(elsewhere.path)).toEqual([])
})

test('every problem of the configuration is in one message, without secrets, and the exit status is 78', async () => {
  using elsewhere = temporaryDirectory()
  const { code, stdout, stderr } = await endOf({
    directory: elsewhere.path,
    environment: {
      ADJOURN_PORT: '87870',
      ADJOURN_HOST: '0.0.0.0',
      ADJOURN_BASE_URL: 'http://auth.example',
      ADJOURN_DATABASE_URL: 'mysql://ada:topsecret@db.example/adjourn',
      ADJOURN_ADMIN_KEY: 'too-short-topsecret',
      ADJOURN_KEY_ENCRYPTION_KEY: 'topsecret',
      ADJOURN_BOOTSTRAP_CLIENT_ID: 'none',
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'javascript:alert(1),https://shop.example/#x',
      ADJOURN_LOG_LEVEL: 'loud\nforged line',
      ADJOURN_PROT: '8787',
    },
  })
  expect([code, stdout]).toEqual([78, ''])
  const problems = stderr.split('\n').filter((line) => line.startsWith('- '))
  for (const name of [
    'PORT',
    'BASE_URL',
    'DATABASE_URL',
    'ADMIN_KEY',
    'KEY_ENCRYPTION_KEY',
    'BOOTSTRAP_CLIENT_ID',
    'LOG_LEVEL',
  ]) {
    expect(
      problems.filter((line) => line.startsWith(`- ADJOURN_${name} `)),
      name,
    ).toHaveLength(1)
  }
  expect(problems.filter((line) => line.startsWith('- ADJOURN_BOOTSTRAP_REDIRECT_URIS '))).toHaveLength(2)
  expect(problems).toContain('- ADJOURN_PROT is not an option; the closest name is ADJOURN_PORT')
  expect(problems).toHaveLength(10)
  expect(stderr).not.toMatch(/topsecret|^forged line|\n\s+at /m)
  expect(readdirSync(elsewhere.path)).toEqual([])
})

test('a port that is taken, a file that is no database, and a path that is a directory are each told in one line', async () => {
  using elsewhere = temporaryDirectory()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = address !== null && typeof address === 'object' ? String(address.port) : ''
  writeFileSync(join(elsewhere.path, 'letter.txt'), 'Dear Ada, this is no database.\n'.repeat(100))
  const environments = [
    [{ ADJOURN_PORT: port, ADJOURN_DATABASE_URL: 'sqlite::memory:' }, port],
    [{ ADJOURN_DATABASE_URL: 'sqlite:./letter.txt' }, 'database'],
    [{ ADJOURN_DATABASE_URL: 'sqlite:.' }, 'database'],
    [{ ADJOURN_DATABASE_URL: 'sqlite:./letter.txt/adjourn.db' }, 'letter.txt'],
  ] as const
  const ends = environments.map(async ([environment, named]) => {
    return { ...(await endOf({ directory: elsewhere.path, environment })), named }
  })
  for (const { code, stdout, stderr, named } of await Promise.all(ends)) {
    expect([code, stdout], stderr).toEqual([69, ''])
    const told = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    expect(told, stderr).toHaveLength(1)
    expect(told[0]).toMatch(/^Adjourn cannot start: /)
    expect(told[0]).toContain(named)
  }
  taken.close()
})

test('of a command line that is not understood nothing is told that may be a password', async () => {
  const password = 'hunter-two'
  const url = `postgres://adjourn:${password}@db.example/adjourn`
  const given = [
    [[`--database-url=${url}`], 'There is no command "--database-url"'],
    [[url, 'start'], 'There is no such command'],
    [['serve', '--database-url', url], 'There is no command "serve"'],
    [[`-p${password}`], 'There is no such command'],
    [['start', `--database-url=${url}`], 'adjourn start takes --workers and nothing else, not "--database-url"'],
    [['start', `-p${password}`], 'adjourn start takes --workers and nothing else'],
    [['start', '--workers', url], '--workers must be a whole number from 1 to 64'],
    [['migrate', url], 'adjourn migrate takes no parameters'],
    [['backup', url], 'adjourn backup takes the name of a file or directory, not a URL'],
    [['backup', '--to', url], 'adjourn backup takes the name of a file or directory, not "--to"'],
    [['restore', url], 'adjourn restore needs the name of a backup, not a URL'],
    [['restore', 'monday.db', url], 'adjourn restore needs the name of a backup'],
    [['epoch', 'new', url], 'adjourn epoch needs one word, new or keep'],
  ] as const
  using elsewhere = temporaryDirectory()
  const ends = given.map(async ([words, told]) => {
    const { code, stdout, stderr } = await endOf({ directory: elsewhere.path, arguments: words })
    expect([code, stdout, stderr.split('\n', 1)[0]]).toEqual([64, '', told])
    expect(stderr).not.toContain(password)
  })
  await Promise.all(ends)
  expect(readdirSync(elsewhere.path)).toEqual([])
})

test('an unknown command is refused with the usage, and help is given where it is asked for', async () => {
  const [wrong, help] = await Promise.all(
    [['stop', '--now'], ['--help']].map((given) => endOf({ directory: directory.path, arguments: given })),
  )
  expect(wrong).toMatchObject({ code: 64, stdout: '' })
  expect(wrong?.stderr).toMatch(/^There is no command "stop"\n\nUsage: adjourn/)
  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help?.stdout).toMatch(/^Usage: adjourn/)
})

for (const version of ['18.20.4', '20.19.0', '22.21.0', '23.11.1']) {
  test(`Node ${version} is told in one line that it is too old`, async () => {
    using elsewhere = temporaryDirectory()
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const { code, stdout, stderr } = await endOf({
      directory: elsewhere.path,
      nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    })
    expect([code, stdout]).toEqual([69, ''])
    expect(stderr).toMatch(new RegExp(`^Adjourn needs Node 24 or later and was started with ${version}: .*\\n$`))
    expect(readdirSync(elsewhere.path)).toEqual([])
  })
}
