import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

/** A row as the list of its values, in the order in which the statement names them. */
export type Values = readonly SQLOutputValue[]

/**
 * A statement whose rows come as lists. For what every request reads: an object for each row costs a look-up of each of
 * its names when it is made, and another when it is read.
 */
export class ListStatement {
  readonly #statement: StatementSync

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql)
    this.#statement.setReturnArrays(true)
  }

  get(...parameters: SQLInputValue[]): Values | undefined {
    return this.#statement.get(...parameters) as unknown as Values | undefined
  }

  all(...parameters: SQLInputValue[]): readonly Values[] {
    return this.#statement.all(...parameters) as unknown as readonly Values[]
  }
}
