/** What a later version of this service may do to the schema, made up for tests. */
import type { Migration } from '../../src/adapters/stored/migration.ts'
import { allStoredTables } from '../../src/adapters/stored/tables.ts'

/** Adds to every table, as a later version may while this one is at work. Keeps programs of `known` at work. */
export function madeUpAddition(known: number): Migration {
  const columns = allStoredTables.map(({ name }) => `ALTER TABLE ${name} ADD COLUMN made_up text;`)
  return {
    name: '9998-made-up-addition',
    oldestBeside: known,
    sql: `${columns.join('\n')}\nCREATE TABLE made_up (id text PRIMARY KEY);\nCREATE INDEX made_up_index ON session (made_up)`,
  }
}

/** Takes something away that programs of `known` need. */
export function madeUpBreak(known: number): Migration {
  return {
    name: '9999-made-up-break',
    oldestBeside: known + 1,
    sql: 'ALTER TABLE session RENAME COLUMN used_at TO last_seen_at',
  }
}
