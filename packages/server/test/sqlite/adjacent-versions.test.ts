/** This version, and files that a later one has been at. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate, migrations, schemaState } from '../../src/adapters/sqlite/migrate.ts'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import type { Migration } from '../../src/adapters/stored/migration.ts'
import { SchemaTooNew } from '../../src/adapters/stored/schema-too-new.ts'
import { expectOneOfEverything } from '../storage-conformance/one-of-everything.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { madeUpAddition, madeUpBreak } from '../support/next-version.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { SqliteTestDatabase, temporaryDirectory } from '../support/sqlite-test-database.ts'

const openWorld = worldOpener(async (options) => SqliteTestDatabase.inFile(options))
const known = migrations.length
const addition = madeUpAddition(known)
const breaking = madeUpBreak(known)

function open(path: string) {
  return openSqliteStorage({
    location: { kind: 'sqlite', path },
    clock: manualClock(),
    randomness: seededRandomness('adjacent versions'),
  })
}

/** Takes further steps in a file that nobody holds. */
function migrateTo(path: string, steps: readonly Migration[]) {
  const database = new DatabaseSync(path)
  try {
    return { ...migrate(database, steps), state: schemaState(database) }
  } finally {
    database.close()
  }
}

test('D-21: a file to which a later version has added is opened, and everything works in it', async () => {
  await using world = await openWorld()
  await expectOneOfEverything(world)
  await world.storage.close()
  const { applied, state } = migrateTo(world.database.path, [...migrations, addition])
  expect(applied).toEqual([addition.name])
  expect(state).toEqual({ version: known + 1, oldestBeside: known })
  await world.database.reopen()
  await expectOneOfEverything(world)
  await world.storage.close()
  expect(migrateTo(world.database.path, migrations)).toMatchObject({ applied: [], version: known + 1, known })
})

test('nobody can take a step in a file that a server holds', async () => {
  await using world = await openWorld()
  const taken = () => migrateTo(world.database.path, [...migrations, addition])
  expect(taken).toThrow('database is locked')
  await expectOneOfEverything(world)
})

test('a file with a schema that this version may not be used with is refused and left as it is', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  await open(path).close()
  const after: Migration = { ...addition, oldestBeside: 1 }
  // A later step that adds does not let in whom an earlier one has shut out.
  for (const steps of [
    [...migrations, breaking],
    [...migrations, breaking, after],
  ]) {
    const { state } = migrateTo(path, steps)
    expect(state).toEqual({ version: steps.length, oldestBeside: known + 1 })
    expect(() => open(path)).toThrow(SchemaTooNew)
    expect(() => open(path)).toThrow(
      `has version ${steps.length} and works with programs that know version ${known + 1}`,
    )
    expect(() => migrateTo(path, migrations)).toThrow(SchemaTooNew)
    expect(migrateTo(path, steps)).toMatchObject({ applied: [], state })
  }
})

test('a file that is opened anew after such a step is not used on', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  // As when the disk failed and the file was mended elsewhere: the step is taken in the connection that is held.
  migrate(world.database.connection, [...migrations, breaking])
  await world.database.storage.close()
  await expect(world.database.reopen()).rejects.toThrow(SchemaTooNew)
  await expect(world.database.storage.check({ by: 'id', id: session.id })).rejects.toMatchObject({
    name: 'StorageUnavailable',
  })
})

test('every step of the schema is told once, and a second run has nothing to do', () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  expect(migrateTo(path, migrations)).toMatchObject({ applied: migrations.map(({ name }) => name), version: known })
  expect(migrateTo(path, migrations)).toMatchObject({ applied: [], version: known })
})
