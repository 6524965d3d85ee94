import type { SchemaState } from '../stored/migration.ts'
import { integer, integerOrNull } from '../stored/row.ts'
import type { Connection } from './connection.ts'

/** What the database says of its schema. Where it does not say who may use it, nobody but its equals may. */
export async function schemaState(connection: Connection): Promise<SchemaState> {
  const [table] = await connection.rows(`SELECT (to_regclass('schema_version') IS NOT NULL)::int AS exists`)
  if (table?.['exists'] !== 1) return { version: 0, oldestBeside: 0 }
  // Read through JSON since an early version has no such column.
  const { rows } = await connection.runSimple(
    `SELECT version, (to_jsonb(v) ->> 'oldest_beside')::bigint AS oldest_beside FROM schema_version v`,
  )
  const [row] = rows
  if (row === undefined) return { version: 0, oldestBeside: 0 }
  const version = integer(row, 'version')
  return { version, oldestBeside: integerOrNull(row, 'oldest_beside') ?? version }
}
