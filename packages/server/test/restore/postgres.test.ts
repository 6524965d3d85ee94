/** Backup and restore on PostgreSQL, and what a running server makes of a database that is replaced under it. */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test, vi } from 'vitest'
import { transferredTables } from '../../src/adapters/transfer/tables.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { auditOf } from '../support/answers.ts'
import { manualClock, minute } from '../support/manual-clock.ts'
import { acceptedOf, everythingAccepted, signedInMember } from '../support/members.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { send } from '../support/send.ts'
import { administratorKey } from '../support/test-server.ts'
import { Installed } from './installed.ts'
import { Machine } from './installed-on-postgres.ts'
import { everythingHandedOut, expectAllDead, expectDeadVisitor, logOut, misfitsAtStart } from './what-restores-show.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const started = PostgresServer.start()
afterAll(async () => (await started)[Symbol.asyncDispose]())

/** A database of a test's own, empty. */
async function newDatabase() {
  const server = await started
  const name = await server.createDatabase('empty')
  return { name, url: server.url(name), [Symbol.asyncDispose]: () => server.dropDatabase(name) }
}

/** Runs SQL as the operator, outside of the databases that it is about. */
async function asOperator(sql: string): Promise<void> {
  const look = (await started).look('postgres')
  await look.unsafe(sql)
  await look.end({ timeout: 1 })
}

/** Takes a copy of a database on its server, as of now. Nobody may be connected to it. */
async function clone(name: string) {
  await asOperator(`CREATE DATABASE ${name}_clone TEMPLATE ${name} STRATEGY FILE_COPY`)
  return {
    /** Puts the copy in the place of the database, whoever is connected to it. */
    putBack: async () => {
      await asOperator(`DROP DATABASE ${name} WITH (FORCE)`)
      await asOperator(`ALTER DATABASE ${name}_clone RENAME TO ${name}`)
    },
    [Symbol.asyncDispose]: () => asOperator(`DROP DATABASE IF EXISTS ${name}_clone WITH (FORCE)`),
  }
}

const refusalOf = (machine: Machine) => misfitsAtStart(() => machine.start())

test('D-18: after a restore nobody is let in until a new epoch, and then by nothing that was handed out before', async () => {
  await using database = await newDatabase()
  await using other = await newDatabase()
  using machine = new Machine(database.url)
  using elsewhere = new Machine(other.url)
  const before = await machine.serving(async (server) => {
    const loggedOut = await signedInMember(server)
    const stays = await everythingHandedOut(server)
    expect(await machine.run('backup', elsewhere.beside('kept.db'))).toMatchObject({ code: 0, stderr: '' })
    await logOut(server, loggedOut.cookie)
    return { loggedOut, stays }
  })
  const kept = elsewhere.beside('kept.db')
  expect(await machine.run('restore', kept)).toMatchObject({ code: 69 })
  expect(await elsewhere.run('restore', kept)).toMatchObject({ code: 0, stderr: '' })
  expect(await refusalOf(elsewhere)).toEqual(['copy'])
  expect(await elsewhere.run('start')).toMatchObject({ code: 78, stdout: '' })
  const decided = await elsewhere.run('epoch', 'new')
  expect([decided.code, decided.stdout]).toEqual([0, expect.stringContaining('Epoch 2 begins')])
  await elsewhere.serving(async (server) => {
    expect(await acceptedOf(server, before.loggedOut)).toEqual([])
    await expectAllDead(server, before.stays)
    const log = await readWholeLog(server.service.storage)
    expect(problemOfLog(log)).toBeUndefined()
    expect(log.entries.at(-1)).toMatchObject({ kind: 'site', cause: 'restored', actor: { kind: 'system' } })
    expect((await auditOf(server)).slice(-2).map(({ event }) => event)).toEqual([
      'site.generation_raised',
      'epoch.started',
    ])
    expect(await acceptedOf(server, await signedInMember(server))).toEqual(everythingAccepted)
  })
})

test('D-18: an earlier state that is put back by the database’s own means is refused; a waiver takes it, on record', async () => {
  await using database = await newDatabase()
  using machine = new Machine(database.url)
  const member = await machine.serving(signedInMember)
  await using earlier = await clone(database.name)
  await machine.serving((server) => logOut(server, member.cookie))
  await earlier.putBack()
  expect(await refusalOf(machine)).toEqual(['other_table', 'log_behind'])
  expect(await machine.run('epoch', 'keep')).toMatchObject({ code: 0 })
  await machine.serving(async (server) => {
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await auditOf(server)).filter(({ event }) => event.startsWith('epoch.'))).toMatchObject([
      { event: 'epoch.kept', actor: { kind: 'system' } },
    ])
  })
})

test('D-18: a database that is replaced under a running server is answered with 503, until a new epoch ends all of it', async () => {
  await using database = await newDatabase()
  using machine = new Machine(database.url)
  const member = await machine.serving(signedInMember)
  await using earlier = await clone(database.name)
  await machine.serving(async (server) => {
    const stays = await everythingHandedOut(server)
    await logOut(server, member.cookie)
    await earlier.putBack()
    const check = () => send(`${server.url}/v1/sessions/current`, { headers: { cookie: member.cookie } })
    for (let times = 0; times < 3; times += 1) expect((await check()).status).toBe(503)
    expect((await send(`${server.url}/readyz`)).status).toBe(503)
    const headers = { cookie: stays.member.cookie, origin: server.url, 'sec-fetch-site': 'same-origin' }
    const answer = await send(`${server.url}/v1/sessions/current`, { method: 'DELETE', headers })
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    expect(server.log.join('')).toContain('The database is not the one that was served here last')

    expect(await machine.run('epoch', 'new')).toMatchObject({ code: 0 })
    expect((await check()).status).toBe(401)
    await expectAllDead(server, stays)
    expect(await acceptedOf(server, await signedInMember(server))).toEqual(everythingAccepted)
  })
})

test('D-18: of several machines each judges for itself, and all go on when one operator has decided', async () => {
  await using database = await newDatabase()
  using one = new Machine(database.url)
  using two = new Machine(database.url)
  const member = await one.serving(signedInMember)
  await using earlier = await clone(database.name)
  const visitor = await two.serving(async (server) => {
    await logOut(server, member.cookie)
    return (await everythingHandedOut(server)).visitor
  })
  await one.serving(async () => {})
  await earlier.putBack()
  for (const machine of [one, two]) expect(await refusalOf(machine)).toContain('log_behind')
  expect(await one.run('epoch', 'new')).toMatchObject({ code: 0 })
  await two.serving(async (server) => {
    expect(await acceptedOf(server, member)).toEqual([])
    await expectDeadVisitor(server, visitor)
  })
})

test('a machine without a witness may join, and keeps one that follows what is ended, by itself', async () => {
  await using database = await newDatabase()
  using one = new Machine(database.url)
  using two = new Machine(database.url)
  await one.serving(async (server) => {
    const member = await signedInMember(server)
    await two.serving(async () => {
      await logOut(server, member.cookie)
      while (!readFileSync(one.witness, 'utf8').includes('"revocationLog":{"n":1,')) await new Promise(setImmediate)
    })
  })
  expect(readFileSync(two.witness, 'utf8')).toBe(readFileSync(one.witness, 'utf8'))
})

test('a backup holds every row as of one moment, and carries an installation from either database to the other', async () => {
  await using database = await newDatabase()
  await using other = await newDatabase()
  using machine = new Machine(database.url)
  // Keys are good from the moment on which they were made, by the clock that made them.
  using file = new Installed(manualClock(Date.now() + minute))
  using back = new Machine(other.url)
  const handedOut = await machine.serving(async (server) => {
    const all = await everythingHandedOut(server)
    await logOut(server, (await signedInMember(server)).cookie)
    const making = send(`${server.url}/admin/v1/backups`, {
      method: 'POST',
      headers: { authorization: `Bearer ${administratorKey}` },
    })
    // Whatever of this the backup holds, it holds whole.
    const busy = Promise.all(Array.from({ length: 5 }, () => signedInMember(server)))
    const answer = await making
    const { path } = answer.json<{ path: string }>()
    await busy
    expect((await auditOf(server)).filter(({ event }) => event === 'backup.ordered')).toMatchObject([
      { actor: { kind: 'administrator' }, requestId: answer.headers['x-wix-request-id'] },
    ])
    expect(await file.run('restore', path)).toMatchObject({ code: 0, stderr: '' })
    return all
  })
  expect(await file.run('epoch', 'keep')).toMatchObject({ code: 0 })
  await file.serving(async (server) => {
    expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
    expect(await acceptedOf(server, { cookie: handedOut.member.cookie })).not.toEqual([])
    await signedInMember(server)
  })
  expect(await file.run('backup', file.beside('from-file.db'))).toMatchObject({ code: 0 })
  expect(await back.run('restore', file.beside('from-file.db'))).toMatchObject({ code: 0, stderr: '' })
  expect(await back.run('epoch', 'keep')).toMatchObject({ code: 0 })
  await back.serving(async (server) => {
    expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
    expect(await acceptedOf(server, { cookie: handedOut.member.cookie })).not.toEqual([])
    const member = await signedInMember(server)
    await logOut(server, member.cookie)
    expect(await acceptedOf(server, member)).toEqual([])
  })
  // Numbers go on where they were: one that was given twice would inherit the end of another.
  const before = new DatabaseSync(file.path)
  const look = (await started).look(other.name)
  for (const { name, numbered } of transferredTables) {
    if (numbered === null) continue
    const last = Number(before.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').get(name)?.['seq'] ?? 0)
    const [row] = await look`SELECT pg_sequence_last_value(pg_get_serial_sequence(${name}, ${numbered})::regclass) AS n`
    expect(Number(row?.['n'] ?? 0)).toBeGreaterThanOrEqual(last)
  }
  await look.end({ timeout: 1 })
  before.close()
})

test('the role of the service needs no rights but on its own database to be told whether it fits', async () => {
  const server = await started
  await asOperator(`CREATE ROLE plain LOGIN PASSWORD 'secret'`)
  await asOperator('CREATE DATABASE of_plain OWNER plain')
  using machine = new Machine(`postgres://plain:secret@127.0.0.1:${server.port}/of_plain`)
  const member = await machine.serving(signedInMember)
  await machine.serving(async (again) => expect(await acceptedOf(again, member)).toEqual(everythingAccepted))
  expect(await machine.run('backup', machine.beside('kept.db'))).toMatchObject({ code: 0 })
  expect(await machine.run('epoch', 'new')).toMatchObject({ code: 0 })
  await machine.serving(async (again) => expect(await acceptedOf(again, member)).toEqual([]))
  await server.dropDatabase('of_plain')
})

test('both databases have the same tables with the same columns, which is what a backup relies on', async () => {
  await using database = await newDatabase()
  using machine = new Machine(database.url)
  using file = new Installed()
  await machine.serving(async () => {})
  await file.serving(async () => {})
  const look = (await started).look(database.name)
  const columns = await look`
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'schema_version'`
  await look.end({ timeout: 1 })
  const database_ = new DatabaseSync(file.path)
  const ofFile = database_
    .prepare(
      `SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT IN ('schema_compatibility', 'moved')`,
    )
    .all()
  database_.close()
  const carried = transferredTables.flatMap(({ name, columns: names }) => names.map((column) => `${name}.${column}`))
  for (const found of [columns, ofFile]) {
    expect(found.map((row) => `${row['table_name']}.${row['column_name']}`).toSorted()).toEqual(carried.toSorted())
  }
})
