import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { PostgresServer } from '../support/postgres-server.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { endOf, withChild } from './child.ts'
import { memberByForm } from './members-of-child.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const sessions = runs({ test: 5_000, soak: 1_000_000 })

/** Adds sessions of one member who has long since lost them, with a refresh token each. */
function addSessions(path: string, count: number): void {
  const database = new DatabaseSync(path)
  database.exec(`
    WITH RECURSIVE one (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i < ${count})
    INSERT INTO session (site_id, member_id, client_id, secret_hash, created_at, used_at, expires_at, idle_ms, claim_by,
      persistent, site_generation, member_generation, look_at)
    SELECT m.site_id, m.id, NULL, randomblob(32), i, i, 9e15, 9e12, NULL, i % 2, 1, 1, 9e15 FROM one, (SELECT * FROM member LIMIT 1) m;
    INSERT INTO client_grant (sid, session_id, client_id, scope, created_at)
    SELECT hex(randomblob(11)), s.id, c.id, 'offline_access', 1 FROM session s, (SELECT id FROM client LIMIT 1) c WHERE secret_hash IS NOT NULL;
    INSERT INTO refresh_token (hash, grant_id, created_at) SELECT randomblob(32), id, 1 FROM client_grant`)
  database.close()
}

test(`adjourn move takes an installation with ${sessions} sessions to PostgreSQL in 64 MB of heap, and the file refuses to be started`, {
  timeout: generatedTestTimeoutMs,
}, async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'data', 'adjourn.db')
  const signedIn = await withChild({ directory: directory.path }, (url, child) => memberByForm(url, child))
  addSessions(path, sessions)
  const started = await server
  const name = await started.createDatabase('empty')
  const moved = await endOf({
    directory: directory.path,
    arguments: ['move', '--to', '-'],
    input: `${started.url(name)}\n`,
    nodeOptions: ['--max-old-space-size=64'],
  })
  expect(moved, moved.stderr).toMatchObject({ code: 0, stderr: '' })
  expect(moved.stdout).toMatch(
    new RegExp(`^Moving \\./data/adjourn\\.db to postgres://127\\.0\\.0\\.1:${started.port}/${name}\n`),
  )
  expect(moved.stdout).toContain('\nsite: 1 rows\n')
  expect(moved.stdout).toContain(`\nsession: ${sessions + 2} rows\n`)
  expect(moved.stdout).toMatch(
    /\nMoved \d+ rows; the counts agree, and the revocation log fits its hash chain up to entry 0\n/,
  )
  expect(moved.stdout).toContain('Nobody was logged out.')
  expect(moved.stdout).not.toContain(':secret')

  const refused = await endOf({ directory: directory.path })
  expect(refused).toMatchObject({ code: 78, stdout: '' })
  expect(refused.stderr).toMatch(
    /^Cannot open .*adjourn\.db as this installation was moved to postgres:.*"adjourn move --undo"\n$/,
  )
  const migrated = await endOf({ directory: directory.path, arguments: ['migrate'] })
  expect(migrated).toMatchObject({ code: 78, stdout: '', stderr: refused.stderr })

  const environment = { ADJOURN_DATABASE_URL: started.url(name) }
  await withChild({ directory: directory.path, environment }, async (url) => {
    const check = await send(`${url}/v1/sessions/current`, { headers: { cookie: signedIn.cookie } })
    expect(check.status).toBe(200)
  })

  const undone = await endOf({ directory: directory.path, arguments: ['move', '--undo'] })
  expect(undone, undone.stderr).toMatchObject({ code: 0, stderr: '' })
  expect(undone.stdout).toMatch(
    /^.*adjourn\.db can be started again, .*\nEveryone was logged out, .*\nDo not start postgres:.*\n$/,
  )
  await withChild({ directory: directory.path }, async (url) => {
    const check = await send(`${url}/v1/sessions/current`, { headers: { cookie: signedIn.cookie } })
    expect(check.status).toBe(401)
  })
})

test('adjourn move tells what it cannot do in a line or two, without passwords, and exits with a code of its own', async () => {
  using directory = temporaryDirectory()
  const secret = 'topsecret'
  const target = `postgres://ada:${secret}@127.0.0.1:1/adjourn`
  const memory = { ADJOURN_DATABASE_URL: 'sqlite::memory:' }
  const postgres = { ADJOURN_DATABASE_URL: target }
  const cases: readonly (readonly [readonly string[], Readonly<Record<string, string>>, number, RegExp])[] = [
    [[], {}, 64, /^Usage: adjourn move --to /],
    [[target], {}, 64, /^Usage: adjourn move --to /],
    [['--to'], {}, 64, /^Usage: adjourn move --to /],
    [['--to', target, '--undo'], {}, 64, /^Usage: adjourn move --to /],
    [['--undo', '--keep'], {}, 64, /^Usage: adjourn move --to /],
    [['--to', `mysql://ada:${secret}@db.example/x`], {}, 64, /^--to must be .*, not mysql:\n$/],
    [['--to', 'sqlite:./other.db'], {}, 64, /^--to must be a postgres:\/\/ URL\n$/],
    [[`--to=${target}`], memory, 78, /a database in memory is gone with its server\n$/],
    [
      ['--to', target],
      postgres,
      78,
      /ADJOURN_DATABASE_URL must name the file to move from .* names a PostgreSQL database\n$/,
    ],
    [['--undo'], postgres, 78, /names a PostgreSQL database\n$/],
    [['--to', target], {}, 69, /^Cannot move .*adjourn\.db as there is no such file\n$/],
  ]
  await Promise.all(
    cases.map(async ([given, environment, exitCode, said]) => {
      const { code, stdout, stderr } = await endOf({
        directory: directory.path,
        arguments: ['move', ...given],
        environment,
      })
      expect(code, stderr).toBe(exitCode)
      expect(stderr).toMatch(said)
      expect(`${stdout}${stderr}`).not.toContain(secret)
      expect(stderr).not.toMatch(/\n\s+at /)
    }),
  )
})
