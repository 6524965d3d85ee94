import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** How many rows one statement inserts. Twice as many gain nothing that could be measured. */
const together = 16

/** Inserts rows into a table, many with one statement: one for each row takes half as long again. */
export class RowInsert {
  readonly #width: number
  readonly #many: StatementSync
  readonly #one: StatementSync

  constructor(database: DatabaseSync, table: string, columns: readonly string[]) {
    this.#width = columns.length
    const row = `(${columns.map(() => '?').join(', ')})`
    const prepare = (rows: number) =>
      database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(rows).fill(row).join(', ')}`)
    this.#many = prepare(together)
    this.#one = prepare(1)
  }

  /** @param values - The values of the first row in the order of the columns, then those of the next. */
  run(values: readonly SQLInputValue[]): void {
    const most = this.#width * together
    let from = 0
    for (; values.length - from >= most; from += most) this.#many.run(...values.slice(from, from + most))
    for (; from < values.length; from += this.#width) this.#one.run(...values.slice(from, from + this.#width))
  }
}
