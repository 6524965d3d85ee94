import type { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../postgres/connection.ts'
import { arrayOf } from '../postgres/parameters.ts'
import { migrations, schemaState } from '../sqlite/migrate.ts'
import { assertKnown } from '../stored/migration.ts'
import { integerOrNull, type Row, text } from '../stored/row.ts'
import { rowsAtOnce, type Table, transferredTables } from './tables.ts'

/** There is something in the database already. */
export class DatabaseNotEmpty extends Error {
  override readonly name = 'DatabaseNotEmpty'
}

/**
 * Fills an empty PostgreSQL database that has the newest schema from a SQLite database that has it too, in one transaction.
 *
 * @throws {DatabaseNotEmpty} When it holds a site. Nothing is changed.
 * @throws {SchemaTooNew} When a newer version wrote the SQLite database. Nothing is changed.
 */
export async function fillPostgres(connection: Connection, database: DatabaseSync): Promise<void> {
  assertKnown(schemaState(database), migrations.length)
  await connection.runSimple('BEGIN')
  try {
    // A server that starts here meanwhile waits, and finds the site.
    await connection.runSimple('LOCK TABLE site IN ACCESS EXCLUSIVE MODE')
    const [site] = await connection.rows('SELECT id FROM site LIMIT 1')
    if (site !== undefined) throw new DatabaseNotEmpty('Cannot restore into a database that holds a site already')
    for (const table of transferredTables) await fillTable(connection, database, table)
    await connection.runSimple('COMMIT')
  } catch (error) {
    if (connection.usable) await connection.runSimple('ROLLBACK')
    throw error
  }
}

async function fillTable(connection: Connection, database: DatabaseSync, table: Table): Promise<void> {
  const { name, columns, numbered } = table
  const types = await typesOf(connection, table)
  await connection.runSimple(`DELETE FROM ${name}`)
  const insert = `
    INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT * FROM unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`
  let waiting: Row[] = []
  const flush = async () => {
    const parameters = columns.map((column, index) =>
      arrayOf(waiting.map((row) => postgresValue(row[column], types[index] === 'boolean'))),
    )
    await connection.run({ text: insert, parameters })
    waiting = []
  }
  const rows: Iterable<Row> = database.prepare(`SELECT ${columns.join(', ')} FROM ${name}`).iterate()
  for (const row of rows) {
    waiting.push(row)
    if (waiting.length === rowsAtOnce) await flush()
  }
  if (waiting.length > 0) await flush()
  if (numbered === null) return
  const sequence = database.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').get(name)
  const last = sequence === undefined ? null : integerOrNull(sequence, 'seq')
  if (last === null || last === 0) return
  // A number that was given once is never given again, also where its row is gone.
  await connection.rows('SELECT setval(pg_get_serial_sequence($1, $2), $3::bigint)::text AS last', [
    name,
    numbered,
    last,
  ])
}

/** The types of a table's columns, in their order. */
async function typesOf(connection: Connection, { name, columns }: Table): Promise<readonly string[]> {
  const found = await connection.rows(
    `SELECT a.attname AS column, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
    [name],
  )
  const byColumn = new Map(found.map((row) => [text(row, 'column'), text(row, 'type')]))
  return columns.map((column) => {
    const type = byColumn.get(column)
    if (type === undefined) throw new RangeError(`Cannot fill ${name} as it has no column ${column}`)
    return type
  })
}

function postgresValue(value: Row[string] | undefined, isBoolean: boolean) {
  if (value === undefined || typeof value === 'bigint')
    throw new RangeError(`Cannot carry a value as it is ${typeof value}`)
  return isBoolean && typeof value === 'number' ? value === 1 : value
}
