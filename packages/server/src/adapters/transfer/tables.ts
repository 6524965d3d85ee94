/** What is carried from one kind of database to the other by backups and restores. */
import { allStoredTables } from '../stored/tables.ts'

/** Rows that are carried at a time: few enough not to hold up the event loop for long. */
export const rowsAtOnce = 1000

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** The column whose numbers the database gives, each only once. */
  readonly numbered: string | null
}

/** All of the installation, and what a database says of itself, which tells a copy apart. */
export const transferredTables: readonly Table[] = [
  ...allStoredTables.map(({ name, columns, numbered }) => ({ name, columns: columns.map((c) => c.name), numbered })),
  {
    name: 'installation',
    columns: ['one', 'id', 'epoch', 'copied_at', 'system_identifier', 'timeline', 'table_id', 'synchronous'],
    numbered: null,
  },
]
