/** The list of what is stored holds every table and column of both adapters. */
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { migrate } from '../src/adapters/sqlite/migrate.ts'
import { allStoredTables } from '../src/adapters/stored/tables.ts'
import { PostgresServer } from './support/postgres-server.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

/** What says something of the database and nothing of the installation in it; a move makes it anew. */
const ofTheDatabase: ReadonlySet<string> = new Set(['schema_version', 'schema_compatibility', 'moved', 'installation'])

const listed = allStoredTables
  .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name} ${column.type}`))
  .toSorted()

test('the list of stored tables holds every column of the schema on SQLite', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  const rows = database
    .prepare(
      `SELECT t.name AS table_name, c.name AS column_name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all()
    .filter(({ table_name }) => !ofTheDatabase.has(String(table_name)))
  const types: Readonly<Record<string, string>> = { TEXT: 'text', INTEGER: 'bigint', BLOB: 'bytea' }
  const found = rows.map((row) => `${row['table_name']}.${row['column_name']} ${types[String(row['type'])]}`)
  const asSqlite = listed.map((line) => line.replace(/ boolean$/, ' bigint'))
  expect(found.toSorted()).toEqual(asSqlite.toSorted())
  const numbered = database.prepare(`SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%'`).all()
  expect(numbered.map(({ name }) => name).toSorted()).toEqual(numberedTables())
})

test('the list of stored tables holds every column of the schema on PostgreSQL', async () => {
  const started = await server
  const look = started.look(await started.createDatabase())
  const rows = await look`
    SELECT table_name, column_name, data_type, is_identity FROM information_schema.columns WHERE table_schema = 'public'`
  await look.end({ timeout: 1 })
  const ours = rows.filter(({ table_name }) => !ofTheDatabase.has(table_name))
  const found = ours.map((row) => `${row['table_name']}.${row['column_name']} ${row['data_type']}`)
  expect(found.toSorted()).toEqual(listed)
  const numbered = ours.filter(({ is_identity }) => is_identity === 'YES').map(({ table_name }) => table_name)
  expect(numbered.toSorted()).toEqual(numberedTables())
})

function numberedTables(): readonly string[] {
  return allStoredTables
    .filter(({ numbered }) => numbered !== null)
    .map(({ name }) => name)
    .toSorted()
}
