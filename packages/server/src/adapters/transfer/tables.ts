/**
 * Carries all rows from one kind of database to the other. Both have the same tables with the same columns, so that
 * nothing here has to know what they hold.
 */
import type { DatabaseSync } from 'node:sqlite'
import { text } from '../stored/row.ts'

/** Rows that are carried at a time: few enough not to hold up the event loop for long. */
export const rowsAtOnce = 1000

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** The column whose numbers the database gives, each only once. */
  readonly numbered: string | null
}

/** The tables of a SQLite database, in an order in which rows may point at those of tables before. */
export function tablesOf(database: DatabaseSync): readonly Table[] {
  return database
    .prepare(
      `SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name <> 'site', name`,
    )
    .all()
    .map((row) => {
      const name = text(row, 'name')
      const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(name)
      const numbered = /^\s*(\w+) INTEGER PRIMARY KEY AUTOINCREMENT/m.exec(text(row, 'sql'))?.[1] ?? null
      return { name, columns: columns.map((column) => text(column, 'name')), numbered }
    })
}
