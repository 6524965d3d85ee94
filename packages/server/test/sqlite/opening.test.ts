import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { DatabaseInUse } from '../../src/adapters/sqlite/open-database.ts'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import { SchemaTooNew } from '../../src/adapters/stored/schema-too-new.ts'
import { worldOpener } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { SqliteTestDatabase, temporaryDirectory } from '../support/sqlite-test-database.ts'

const openWorld = worldOpener(async (options) => SqliteTestDatabase.inFile(options))

test('D-01: a commit waits for the disk, the log is written ahead, and the file is held by this process alone', async () => {
  await using world = await openWorld()
  const pragma = (name: string) => Object.values(world.database.connection.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  const full = 2
  expect(pragma('synchronous')).toBe(full)
  expect(pragma('journal_mode')).toBe('wal')
  expect(pragma('locking_mode')).toBe('exclusive')
  expect(pragma('foreign_keys')).toBe(1)
  expect(pragma('trusted_schema')).toBe(0)
})

test('D-01: no table is kept in memory only', async () => {
  await using world = await openWorld()
  const tables = world.database.connection
    .prepare(`SELECT schema, name FROM pragma_table_list WHERE type <> 'shadow' AND name NOT LIKE 'sqlite_%'`)
    .all()
  expect(tables.length).toBeGreaterThan(10)
  for (const { schema } of tables) expect(schema).toBe('main')
})

test('nobody else on the machine may read the file, its log or the directory that was made for it', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'made', 'for', 'adjourn.db')
  const storage = open(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory.path, 'made')).mode & 0o777).toBe(0o700)
  await storage.close()
})

test('a database that was closed leaves nothing beside its file', async () => {
  using directory = temporaryDirectory()
  const storage = open(join(directory.path, 'adjourn.db'))
  await storage.close()
  expect(readdirSync(directory.path)).toEqual(['adjourn.db'])
})

test('a second opening in the same process is refused, and does the first no harm', async () => {
  await using world = await openWorld()
  const { path } = world.database
  expect(() => open(path)).toThrow(DatabaseInUse)
  expect(() => open(path)).toThrow(path)
  await world.addSession(await world.addMember())
  // The refused opening must not have let go of the lock either, as closing any handle of the file would.
  expect(openElsewhere(path)).toMatch(/^DatabaseInUse: Cannot open .*adjourn\.db as another process is using it/)
})

test('a second opening in another process is refused, until the first is closed', async () => {
  await using world = await openWorld()
  const { path } = world.database
  const session = await world.addSession(await world.addMember())
  expect(openElsewhere(path)).toMatch(/^DatabaseInUse: /)
  expect(await world.end({ by: 'id', id: session.id })).toMatchObject({ outcome: 'ended' })
  await world.storage.close()
  expect(openElsewhere(path)).toBe('opened')
})

test('a database of a newer version is refused and left as it is', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  await open(path).close()
  alter(path, 'PRAGMA user_version = 4711; UPDATE schema_compatibility SET oldest_beside = 4711')
  expect(() => open(path)).toThrow(SchemaTooNew)
  expect(() => open(path)).toThrow('version 4711')
  const after = new DatabaseSync(path)
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 4711 })
  after.close()
})

test('an empty file becomes a database', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  writeFileSync(path, '')
  const storage = open(path)
  expect(await storage.findSite()).toBeUndefined()
  expect(await storage.logHead()).toMatchObject({ n: 0 })
  await storage.close()
})

test('a file that is no database is refused and left as it is', () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  const letter = 'Dear Ada, '.repeat(1000)
  writeFileSync(path, letter)
  expect(() => open(path)).toThrow('file is not a database')
  expect(statSync(path).size).toBe(letter.length)
})

test('a migration that was interrupted is begun again by the next opening', async () => {
  using directory = temporaryDirectory()
  const path = join(directory.path, 'adjourn.db')
  // What is in the way makes the first migration fail after some of its statements.
  alter(path, 'CREATE TABLE notice (something TEXT)')
  expect(() => open(path)).toThrow('table notice already exists')
  const between = new DatabaseSync(path)
  expect(between.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notice' }])
  expect(between.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 })
  between.close()
  alter(path, 'DROP TABLE notice')
  const storage = open(path)
  expect(await storage.logHead()).toMatchObject({ n: 0 })
  await storage.close()
})

test('a symbolic link is followed, and what it names is watched', async () => {
  using directory = temporaryDirectory()
  const [real, link] = [join(directory.path, 'real'), join(directory.path, 'link.db')]
  mkdirSync(real)
  const target = join(real, 'adjourn.db')
  await open(target).close()
  symlinkSync(target, link)
  const storage = open(link)
  expect(existsSync(`${target}-wal`)).toBe(true)
  await storage.ping()
  await storage.close()
})

test('a row that is damaged is a failure that names the column, and not an answer', async () => {
  await using world = await openWorld()
  const session = await world.addSession(await world.addMember())
  await world.end({ by: 'id', id: session.id })
  world.database.connection.exec('UPDATE revocation_log SET cause = 200')
  await expect(world.storage.readLog(0, 10)).rejects.toThrow('no cause has the code 200')
  world.database.connection.exec(`UPDATE member SET profile = '[]'`)
  await expect(world.storage.findMember(session.member.id)).rejects.toThrow('column profile')
})

function open(path: string) {
  return openSqliteStorage({
    location: { kind: 'sqlite', path },
    clock: manualClock(),
    randomness: seededRandomness('opening'),
  })
}

/** What another process gets that opens the file. */
function openElsewhere(path: string): string {
  return execFileSync(process.execPath, [new URL('./open-child.ts', import.meta.url).pathname, path], {
    encoding: 'utf8',
  })
}

function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}
