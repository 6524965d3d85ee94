/** Nodes of this version, and databases that a later one has been at. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Connection } from '../../src/adapters/postgres/connection.ts'
import { aMoment, programsKeptAway } from '../../src/adapters/postgres/locks.ts'
import { migrate, migrations } from '../../src/adapters/postgres/migrate.ts'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import { OlderProgramsAtWork, workAs } from '../../src/adapters/postgres/programs-at-work.ts'
import { schemaState } from '../../src/adapters/postgres/schema-state.ts'
import type { Migration } from '../../src/adapters/stored/migration.ts'
import { SchemaTooNew } from '../../src/adapters/stored/schema-too-new.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { expectOneOfEverything } from '../storage-conformance/one-of-everything.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { madeUpAddition, madeUpBreak } from '../support/next-version.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const openWorld = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))
const known = migrations.length
const addition = madeUpAddition(known)
const breaking = madeUpBreak(known)

/** Runs a test with a connection of its own to a database. */
async function withConnection<T>(database: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open((await server).location(database))
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

const migrateTo = (database: string, steps: readonly Migration[]) =>
  withConnection(database, (connection) => migrate(connection, steps))

const open = async (database: string) =>
  openPostgresStorage({ location: (await server).location(database), randomness: systemRandomness })

describe('adjacent versions on PostgreSQL', () => {
  test('ten programs that migrate an empty database at once run each migration once', async () => {
    const name = await (await server).createDatabase('empty')
    const steps = [...migrations, addition, breaking]
    const done = await Promise.all(Array.from({ length: 10 }, () => migrateTo(name, steps)))
    expect(done.flatMap(({ applied }) => applied).toSorted()).toEqual(steps.map((step) => step.name).toSorted())
    for (const { version } of done) expect(version).toBe(steps.length)
  })

  test('ten nodes that open an empty database at once make one schema', async () => {
    const name = await (await server).createDatabase('empty')
    const nodes = await Promise.all(Array.from({ length: 10 }, () => open(name)))
    for (const node of nodes) expect(await node.logHead()).toMatchObject({ n: 0 })
    await Promise.all(nodes.map((node) => node.close()))
    expect(await migrateTo(name, migrations)).toEqual({ applied: [], version: known, known })
  })

  test('D-21: running nodes go on with everything while a later version has added to every table, and new ones start', async () => {
    await using world = await openWorld()
    const other = await world.database.openAnother()
    // Every statement of theirs is prepared by then, as it was before the change.
    await expectOneOfEverything(world, other)
    const { applied } = await migrateTo(world.database.name, [...migrations, addition])
    expect(applied).toEqual([addition.name])
    await expectOneOfEverything(world, other)
    const later = await world.database.openAnother()
    await expectOneOfEverything(world, later)
    await Promise.all([other.close(), later.close()])
    const nothing = { applied: [], version: known + 1, known }
    expect(await migrateTo(world.database.name, migrations)).toEqual(nothing)
  })

  test('a step that would break running nodes is not taken while one is connected, and says who', async () => {
    await using world = await openWorld()
    const taken = migrateTo(world.database.name, [...migrations, addition, breaking])
    await expect(taken).rejects.toThrow(OlderProgramsAtWork)
    await expect(taken).rejects.toThrow(
      new RegExp(`migration ${breaking.name} .* process \\d+ for 127\\.0\\.0\\.1, which knows version ${known}$`),
    )
    // The step before it was taken, which breaks nobody.
    expect(await withConnection(world.database.name, schemaState)).toEqual({
      version: known + 1,
      oldestBeside: known,
    })
    await expectOneOfEverything(world)
    await world.storage.close()
    const { applied } = await migrateTo(world.database.name, [...migrations, addition, breaking])
    expect(applied).toEqual([breaking.name])
  })

  test('a node that was cut off when such a step was taken answers nothing from then on, and changes nothing', async () => {
    await using world = await openWorld()
    const session = await world.addSession(await world.addMember())
    await using proxy = await TcpProxy.start(world.database.server.port)
    const node = await world.database.openAnother({ port: proxy.port })
    expect(await node.check({ by: 'id', id: session.id })).toMatchObject({ ended: null })
    await world.storage.close()
    proxy.become('refusing')
    proxy.cut()
    await withConnection(world.database.name, async (connection) => {
      const others = `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'adjourn' AND pid <> pg_backend_pid()`
      while ((await connection.rows(others, [world.database.name])).length > 0);
      await migrate(connection, [...migrations, breaking])
    })
    proxy.become('fair')
    const dump = await world.database.dump()
    const refused = { name: 'StorageUnavailable', outcome: 'nothing_happened' }
    await expect(node.check({ by: 'id', id: session.id })).rejects.toMatchObject(refused)
    await expect(node.check({ by: 'id', id: session.id })).rejects.toThrow('its schema has version')
    await expect(node.touchSession(session.id, world.clock.now())).rejects.toMatchObject(refused)
    await expect(node.ping()).rejects.toMatchObject(refused)
    const [end] = await node.endSessions([world.anEnd({ by: 'id', id: session.id })])
    expect(end).toMatchObject({ outcome: 'failed', error: refused })
    expect(await world.database.dump()).toBe(dump)
    await node.close()
  })

  test('a database with a schema that this version may not be used with is refused and left alone', async () => {
    const name = await (await server).createDatabase()
    await migrateTo(name, [...migrations, addition, breaking])
    await expect(open(name)).rejects.toThrow(SchemaTooNew)
    await expect(open(name)).rejects.toThrow(`has version ${known + 2} and works with programs that know`)
    await expect(migrateTo(name, migrations)).rejects.toThrow(SchemaTooNew)
    const [columns] = await withConnection(name, (connection) =>
      connection.rows(`SELECT count(*) AS n FROM information_schema.columns WHERE column_name = 'last_seen_at'`),
    )
    expect(columns).toEqual({ n: 1 })
  })

  test('a later step that adds does not let in whom an earlier one has shut out', async () => {
    const name = await (await server).createDatabase()
    const after: Migration = { ...addition, oldestBeside: 1 }
    await migrateTo(name, [...migrations, breaking, after])
    expect(await withConnection(name, schemaState)).toEqual({ version: known + 2, oldestBeside: known + 1 })
    await expect(open(name)).rejects.toThrow(SchemaTooNew)
  })

  test('programs of the version before and of the next are told apart by what they know', async () => {
    const name = await (await server).createDatabase()
    await withConnection(name, async (next) => {
      await workAs(next, known + 1)
      // Nobody is at work who could not do with the step: the one who is connected knows it.
      expect((await migrateTo(name, [...migrations, breaking])).applied).toEqual([breaking.name])
    })
    await withConnection(name, async (previous) => {
      await expect(workAs(previous, known)).rejects.toThrow(SchemaTooNew)
    })
  })

  test('who is letting go of the locks of a step is not taken for an older program', async () => {
    const name = await (await server).createDatabase()
    await withConnection(name, (leaving) =>
      withConnection(name, (watching) =>
        withConnection(name, async (next) => {
          // As after a commit, whose locks are let go of one after the other: the one for migrations may be the first.
          await leaving.runSimple('BEGIN')
          await leaving.run(programsKeptAway(known))
          const taken = migrate(next, [...migrations, breaking])
          const waits = `SELECT pid FROM pg_stat_activity WHERE query = $1`
          while ((await watching.rows(waits, [aMoment.text])).length === 0);
          await leaving.runSimple('COMMIT')
          expect((await taken).applied).toEqual([breaking.name])
        }),
      ),
    )
  })

  test('no copy is made of what a later version has added to, as it would lack what this one does not know', async () => {
    await using world = await openWorld()
    using directory = temporaryDirectory()
    const path = join(directory.path, 'copy.db')
    await migrateTo(world.database.name, [...migrations, addition])
    const copied = world.storage.copyTo(path, world.clock.now())
    await expect(copied).rejects.toThrow(`Cannot copy the database as its schema has version ${known + 1}`)
    expect(existsSync(path)).toBe(false)
  })

  test('a database from before this was recorded says nothing of who may use it: only its equals may', async () => {
    const started = await server
    const name = await started.createDatabase()
    const look = started.look(name)
    await look.unsafe('ALTER TABLE schema_version DROP COLUMN oldest_beside')
    await (await open(name)).close()
    await look.unsafe(`UPDATE schema_version SET version = ${known + 1}`)
    await expect(open(name)).rejects.toThrow(SchemaTooNew)
    await look.end({ timeout: 1 })
  })
})
