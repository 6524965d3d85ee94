import { expect, test } from 'vitest'
import { ConfigurationError } from '../../src/config/parse-configuration.ts'
import { emulatorConfiguration } from '../../src/emulator/emulator-configuration.ts'
import { emulatorAdministratorKey } from '../../src/emulator/fixed-values.ts'
import { refusalOf } from '../support/answers.ts'
import { send } from '../support/send.ts'
import { startTestEmulator } from '../support/test-emulator.ts'
import { startTestServer } from '../support/test-server.ts'

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    emulatorConfiguration(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

const elsewhere = [
  '0.0.0.0',
  '::',
  '192.168.1.5',
  '10.0.0.1',
  '128.0.0.1',
  '::ffff:192.168.1.5',
  'example.com',
  'localhost.example.com',
  'sub.localhost',
  '127.0.0.1.example.com',
]

for (const host of elsewhere) {
  test(`an emulator does not start on ${host}, and says why and nothing else`, () => {
    const problems = problemsOf({ ADJOURN_HOST: host })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^ADJOURN_HOST must be a loopback one for "adjourn dev"/)
  })
}

for (const baseUrl of ['https://auth.example', 'https://127.0.0.1.example', 'https://192.168.1.5:8787']) {
  test(`an emulator does not start under ${baseUrl}`, () => {
    const problems = problemsOf({ ADJOURN_BASE_URL: baseUrl })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^ADJOURN_BASE_URL must be a loopback one for "adjourn dev"/)
  })
}

test('a host and a base URL that are both reached from elsewhere are both named', () => {
  expect(problemsOf({ ADJOURN_HOST: '0.0.0.0', ADJOURN_BASE_URL: 'https://auth.example' })).toHaveLength(2)
})

test('what is no host or no URL at all is refused as by a start', () => {
  expect(problemsOf({ ADJOURN_BASE_URL: 'localhost' })[0]).toMatch(/^ADJOURN_BASE_URL must /)
  expect(problemsOf({ ADJOURN_PORT: 'none', ADJOURN_PROT: '1' })).toHaveLength(2)
})

test('a database, an administrator key and a client id of an operator are refused rather than passed over', () => {
  const secret = 'an-administrator-key-of-the-operator-012345'
  const given = [
    ['ADJOURN_DATABASE_URL', 'sqlite:./data/adjourn.db'],
    ['ADJOURN_DATABASE_URL', 'postgres://adjourn:topsecret@db.example/adjourn'],
    ['ADJOURN_ADMIN_KEY', secret],
    ['ADJOURN_BOOTSTRAP_CLIENT_ID', '3f0c1d6a-8b1e-4c57-9d55-0c6a7b1f2e10'],
  ] as const
  for (const [name, value] of given) {
    const problems = problemsOf({ [name]: value })
    expect(problems, name).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name} must not be set for "adjourn dev"`))
    expect(problems[0]).not.toMatch(/topsecret|operator/)
  }
})

test('loopback addresses, a port, redirects and a database in memory are taken', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1']) {
    expect(emulatorConfiguration({ ADJOURN_HOST: host }), host).toMatchObject({
      host,
      database: { kind: 'sqlite-memory' },
      developmentOrigins: '*',
    })
  }
  expect(problemsOf({ ADJOURN_HOST: '', ADJOURN_DATABASE_URL: 'sqlite::memory:' })).toEqual([])
  expect(
    emulatorConfiguration({
      ADJOURN_PORT: '4000',
      ADJOURN_BASE_URL: 'https://localhost:4001',
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: 'http://localhost:3000/callback',
    }),
  ).toMatchObject({ port: 4000, bootstrapRedirectUris: ['http://localhost:3000/callback'] })
})

test('a server that is started has none of the routes of an emulator, and does not describe them', async () => {
  await using server = await startTestServer()
  for (const command of ['clock', 'reset', 'faults']) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await send(`${server.url}/dev/${command}`, { method })
      expect([answer.status, refusalOf(answer)], `${method} ${command}`).toEqual([404, '404 NOT_FOUND'])
    }
  }
  const { paths } = (await send(`${server.url}/openapi.json`)).json<{ paths: object }>()
  expect(Object.keys(paths).filter((path) => path.startsWith('/dev'))).toEqual(['/dev/mail'])
  const headers = { authorization: `Bearer ${emulatorAdministratorKey}` }
  expect((await send(`${server.url}/admin/v1/keys`, { headers })).status).toBe(401)
})

test('an emulator writes no backup, although everybody knows its administrator key', async () => {
  await using emulator = await startTestEmulator()
  const headers = { authorization: `Bearer ${emulatorAdministratorKey}` }
  const answer = await send(`${emulator.url}/admin/v1/backups`, { method: 'POST', headers })
  expect(refusalOf(answer)).toBe('403 PERMISSION_DENIED')
})

test('a short password is taken by an emulator, a shorter one and a common one are not', async () => {
  await using emulator = await startTestEmulator()
  const register = (password: string) =>
    send(`${emulator.url}/v2/register`, { json: { loginId: { email: 'ada@shop.example' }, password } })
  expect((await register('x7!')).status).toBe(400)
  expect((await register('password')).status).toBe(400)
  expect((await register('x7!q')).status).toBe(200)
})
