import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Connection } from '../postgres/connection.ts'
import { migrations } from '../postgres/migrate.ts'
import { workAs } from '../postgres/programs-at-work.ts'
import { schemaState } from '../postgres/schema-state.ts'
import { type CopyMade, markAsCopy } from '../sqlite/copy.ts'
import { migrate } from '../sqlite/migrate.ts'
import { assertKnown } from '../stored/migration.ts'
import { integerOrNull } from '../stored/row.ts'
import { rowsAtOnce, type Table, transferredTables } from './tables.ts'

/** Larger than any answer needs that is no answer any more. */
const answerWithinMs = 10 * 60_000

/**
 * Copies a PostgreSQL database, as of one moment, into a new SQLite file, while it is used, and marks the copy.
 *
 * The file holds nothing at all until the last row and the mark are in it. The connection must be for this alone.
 *
 * @throws {SchemaTooNew} When a newer version wrote the database. There is no file then.
 */
export async function copyPostgres(connection: Connection, path: string, made: CopyMade): Promise<void> {
  await workAs(connection, migrations.length)
  assertKnown(await schemaState(connection), migrations.length)
  closeSync(openSync(path, 'wx', 0o600))
  const copy = new DatabaseSync(path)
  try {
    migrate(copy)
    // The file is brought to the disk as a whole in the end.
    copy.exec('PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN')
    await connection.runSimple('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    for (const table of transferredTables) await copyTable(connection, copy, table)
    await connection.runSimple('COMMIT')
    copy
      .prepare(
        `INSERT INTO installation (one, id, epoch, copied_at, synchronous) VALUES (1, ?, 0, ?, 0)
         ON CONFLICT (one) DO UPDATE SET copied_at = coalesce(copied_at, excluded.copied_at), system_identifier = NULL,
           timeline = NULL, table_id = NULL, synchronous = 0`,
      )
      .run(made.newId, made.at)
    copy.exec('COMMIT')
  } finally {
    copy.close()
  }
  markAsCopy(path, made)
}

async function copyTable(connection: Connection, copy: DatabaseSync, table: Table): Promise<void> {
  const { name, columns, numbered } = table
  const [known] = await connection.rows('SELECT (to_regclass($1) IS NOT NULL)::int AS exists', [name])
  // A version before this one had fewer tables.
  if (known?.['exists'] !== 1) return
  copy.exec(`DELETE FROM ${name}`)
  const insert = copy.prepare(
    `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  await connection.runSimple(`DECLARE rows_of_${name} NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${name}`)
  for (;;) {
    const { rows } = await connection.run(
      { text: `FETCH ${rowsAtOnce} FROM rows_of_${name}`, parameters: [] },
      answerWithinMs,
    )
    if (rows.length === 0) break
    for (const row of rows) insert.run(...columns.map((column) => sqliteValue(row[column])))
  }
  await connection.runSimple(`CLOSE rows_of_${name}`)
  if (numbered === null) return
  const [sequence] = await connection.rows(
    `SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass) AS last`,
    [name, numbered],
  )
  const last = sequence === undefined ? null : integerOrNull(sequence, 'last')
  if (last === null) return
  // A number that was given once is never given again, also where its row is gone.
  copy.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(name)
  copy.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, last)
}

function sqliteValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array)
    return value
  throw new RangeError(`Cannot copy a value as it is ${typeof value}`)
}
