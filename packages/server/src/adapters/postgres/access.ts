import type { Row } from '../stored/row.ts'
import type { Role } from './commit-queue.ts'
import type { Parameter } from './parameters.ts'
import type { Work } from './work.ts'

/** What the methods of a subject need of an open database: ways to read, and a place in the shared transactions. */
export interface Access {
  /** The rows of a statement that only reads, on the primary. */
  rows(statement: string, ...parameters: readonly Parameter[]): Promise<readonly Row[]>
  /** The first of them as a record; `undefined` where there is none. */
  one<T>(record: (row: Row) => T, statement: string, ...parameters: readonly Parameter[]): Promise<T | undefined>
  /** Does work in the next transaction; resolves to its answer once the commit is durable. */
  commit<T>(work: Work<T>, role?: Role): Promise<T>
}
