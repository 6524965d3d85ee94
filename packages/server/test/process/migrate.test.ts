import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { migrations as postgresMigrations } from '../../src/adapters/postgres/migrate.ts'
import { migrate, migrations } from '../../src/adapters/sqlite/migrate.ts'
import { madeUpAddition, madeUpBreak } from '../support/next-version.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { endOf, withChild } from './child.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const known = migrations.length
const allApplied = migrations.map(({ name }) => `Applied ${name}\n`).join('')

test('adjourn migrate makes the schema in a new file and says so, once; the start finds nothing to do', async () => {
  using directory = temporaryDirectory()
  const given = { directory: directory.path, arguments: ['migrate'] }
  const first = await endOf(given)
  expect(first).toEqual({ code: 0, stdout: `${allApplied}The schema has version ${known}\n`, stderr: '' })
  expect(readdirSync(join(directory.path, 'data'))).toEqual(['adjourn.db'])
  const second = await endOf(given)
  expect(second).toEqual({ code: 0, stdout: `Nothing to do: the schema has version ${known}\n`, stderr: '' })
})

test('adjourn migrate is refused while a server holds the file, in words that name it', async () => {
  using directory = temporaryDirectory()
  await withChild({ directory: directory.path }, async () => {
    const refused = await endOf({ directory: directory.path, arguments: ['migrate'] })
    expect(refused).toMatchObject({ code: 69, stdout: '' })
    expect(refused.stderr).toMatch(/^Cannot open .*\/data\/adjourn\.db as another process is using it\n$/)
  })
})

test('a newer schema is said to be good enough, or refused, by adjourn migrate and by the start alike', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  const environment = { ADJOURN_DATABASE_URL: `sqlite:${path}` }
  const take = (steps: Parameters<typeof migrate>[1]) => {
    const database = new DatabaseSync(path)
    migrate(database, steps)
    database.close()
  }
  const addition = madeUpAddition(known)
  take([...migrations, addition])
  const given = { directory: directory.path, environment, arguments: ['migrate'] }
  expect(await endOf(given)).toMatchObject({
    code: 0,
    stdout: `Nothing to do: the schema has version ${known + 1}, which programs that know version ${known} may work with\n`,
  })
  await withChild({ directory: directory.path, environment }, async () => {})
  take([...migrations, addition, madeUpBreak(known)])
  for (const name of ['migrate', 'start']) {
    const refused = await endOf({ ...given, arguments: [name] })
    expect(refused).toMatchObject({ code: 69, stdout: '' })
    expect(refused.stderr).toMatch(
      new RegExp(
        `^Cannot open the database as its schema has version ${known + 2} .*: this version of Adjourn knows ${known}\n$`,
      ),
    )
  }
})

test('adjourn migrate refuses a database in memory and what it does not know', async () => {
  using directory = temporaryDirectory()
  const [memory, parameter] = await Promise.all([
    endOf({
      directory: directory.path,
      environment: { ADJOURN_DATABASE_URL: 'sqlite::memory:' },
      arguments: ['migrate'],
    }),
    endOf({ directory: directory.path, arguments: ['migrate', '--dry-run'] }),
  ])
  expect(memory).toMatchObject({ code: 78, stdout: '' })
  expect(memory.stderr).toContain('sqlite::memory:, which keeps nothing')
  expect(parameter).toMatchObject({
    code: 64,
    stdout: '',
    stderr: 'adjourn migrate takes no parameters, not "--dry-run"\n',
  })
  expect(readdirSync(directory.path)).toEqual([])
})

test('three processes that migrate one PostgreSQL database at once make its schema once, and an unreachable one is told', async () => {
  using directory = temporaryDirectory()
  const started = await server
  const at = (url: string) =>
    endOf({ directory: directory.path, environment: { ADJOURN_DATABASE_URL: url }, arguments: ['migrate'] })
  const url = started.url(await started.createDatabase('empty'))
  const ends = await Promise.all([at(url), at(url), at(url), at('postgres://ada:topsecret@127.0.0.1:1/adjourn')])
  const unreachable = ends.pop()
  expect(unreachable).toMatchObject({ code: 69, stdout: '' })
  expect(unreachable?.stderr).toMatch(/^The database cannot be used: 127\.0\.0\.1:1 cannot be reached: .*\n$/)
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, '']))
  const said = ends.map(({ stdout }) => stdout).join('')
  for (const { name } of postgresMigrations) expect(said.split(`Applied ${name}\n`)).toHaveLength(2)
})
