import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

/** A digest over every row of every table: equal before and after means that nothing was changed. */
export function digestOf(database: DatabaseSync): string {
  const digest = createHash('sha256')
  for (const { name } of database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()) {
    digest.update(`\n${String(name)}`)
    for (const row of database.prepare(`SELECT * FROM ${String(name)} ORDER BY 1`).iterate()) {
      digest.update(
        JSON.stringify(row, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
        ),
      )
    }
  }
  return digest.digest('hex')
}
