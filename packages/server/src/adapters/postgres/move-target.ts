import type { LogEntry } from '../../domain/revocation-log.ts'
import { RevocationLogCheck } from '../../domain/revocation-log-check.ts'
import { CannotMove } from '../stored/cannot-move.ts'
import { logEntryOf } from '../stored/records.ts'
import { blob, integer, type Row, text } from '../stored/row.ts'
import {
  allStoredTables,
  columnsOfTable,
  type StoredTable,
  type StoredTableName,
  storedTables,
} from '../stored/tables.ts'
import { Connection } from './connection.ts'
import { type MovedIn, makeHome } from './installation.ts'
import type { PostgresLocation } from './location.ts'
import { firstStartLock, logLock, migrationLock } from './locks.ts'
import { migrations, takeNextStep } from './migrate.ts'
import { insertOf, type Statement } from './parameters.ts'
import { schemaState } from './schema-state.ts'
import { commitWith, giveUp, TransactionFailed } from './transaction.ts'

/** A batch has to be written to several indexes, on a machine that may be busy. */
const answerWithinMs = 120_000
/** How long somebody else may be at work on the empty database before we give up. */
const lockWithinMs = 30_000
const pageRows = 2_000

/**
 * An empty database that an installation is moved into, in one transaction: until the commit nobody sees anything of it,
 * not even the schema, and after a failure nothing was there.
 */
export class MoveTarget {
  readonly #connection: Connection
  readonly #inserts = new Map<StoredTableName, (rows: readonly Row[]) => Statement>()

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * @throws {ConnectionLost} When no host can be reached that takes writes.
   * @throws {StatementRefused} When it does not let us in.
   * @throws {UnsuitableDatabase} When it could lose what it has answered, or is too old.
   */
  static async open(location: PostgresLocation): Promise<MoveTarget> {
    const connection = await Connection.open(location, {
      database: {
        statement_timeout: '0',
        idle_in_transaction_session_timeout: '0',
        lock_timeout: String(lockWithinMs),
      },
      answerWithinMs,
    })
    return new MoveTarget(connection)
  }

  /**
   * The site that lives there; `undefined` for none. Waits for a transaction that is making one, so that after a commit
   * of unknown outcome the answer is final.
   */
  async findSite(): Promise<string | undefined> {
    await this.#connection.runSimple('BEGIN')
    try {
      await this.#connection.runSimple(migrationLock)
      await this.#connection.run(firstStartLock)
      if ((await schemaState(this.#connection)).version === 0) return undefined
      const [site] = await this.#connection.rows('SELECT id FROM site')
      return site === undefined ? undefined : text(site, 'id')
    } finally {
      await giveUp(this.#connection)
    }
  }

  /**
   * Begins: keeps everybody else out, and makes the schema.
   *
   * @throws {CannotMove} When something is there already.
   */
  async begin(): Promise<void> {
    const connection = this.#connection
    await connection.runSimple('BEGIN')
    // Whoever starts on this database meanwhile waits for us, and then finds the site.
    await connection.runSimple(migrationLock)
    await connection.run(firstStartLock)
    await connection.run(logLock)
    const { version } = await schemaState(connection)
    if (version > migrations.length) {
      throw new CannotMove(
        `Cannot move to a database whose schema has version ${version}: this version of Adjourn knows ${migrations.length}`,
      )
    }
    while ((await takeNextStep(connection)) !== undefined);
    for (const { name } of allStoredTables) {
      const where = name === 'log_head' ? 'WHERE n > 0' : ''
      const [found] = await connection.rows(`SELECT EXISTS (SELECT FROM ${name} ${where})::int AS found`)
      if (found?.['found'] !== 0) {
        throw new CannotMove(
          name === 'site'
            ? 'Cannot move to a database in which a site lives already'
            : `Cannot move to a database that is not empty: there is something in ${name}`,
        )
      }
    }
    // The schema begins with a head of its own.
    await connection.runSimple('DELETE FROM log_head')
  }

  /** Adds rows as they are. */
  async insert(
    { name, columns }: StoredTable & { readonly name: StoredTableName },
    rows: readonly Row[],
  ): Promise<void> {
    const insert = this.#inserts.get(name) ?? insertion(name, columns)
    this.#inserts.set(name, insert)
    await this.#connection.run(insert(rows))
  }

  /** Makes the database the home of the installation. To be called when all rows are there. */
  async settle(installation: MovedIn): Promise<void> {
    await makeHome(this.#connection, installation)
  }

  /** Sets where the numbers of a table go on. Belongs to the transaction, as `setval` would not. */
  async continueAfter(table: StoredTableName, number: number): Promise<void> {
    const { numbered } = storedTables[table]
    if (numbered === null) throw new RangeError(`Cannot number the rows of ${table} as nobody numbers them`)
    await this.#connection.runSimple(`ALTER TABLE ${table} ALTER COLUMN ${numbered} RESTART WITH ${number + 1}`)
  }

  async count(table: StoredTableName): Promise<number> {
    const [row] = await this.#connection.rows(`SELECT count(*) AS rows FROM ${table}`)
    return integer(row ?? {}, 'rows')
  }

  /** Recomputes the whole chain of the revocation log from what is stored. Says what does not fit. */
  async problemOfLog(): Promise<string | undefined> {
    const check = new RevocationLogCheck()
    const entries = this.#pages('revocation_log', logEntryOf)
    let next = await entries.next()
    for await (const batch of this.#pages('log_batch', stepOf)) {
      const own: LogEntry[] = []
      while (next.done !== true && next.value.n <= batch.n) {
        own.push(next.value)
        next = await entries.next()
      }
      const problem = check.problemOfBatch(batch, own)
      if (problem !== undefined) return problem
    }
    if (next.done !== true) return `entry ${next.value.n} belongs to no batch`
    const [head] = await this.#connection.rows('SELECT n, chain FROM log_head')
    if (head === undefined) return 'it has no head'
    return check.problemOfHead({ n: integer(head, 'n'), chain: blob(head, 'chain') })
  }

  /**
   * Commits.
   *
   * @throws {TransactionFailed} Whose `outcome` says whether it may have been committed all the same.
   */
  async commit(): Promise<void> {
    await commitWith(this.#connection, [], true)
  }

  /** Lets go of the database. What was not committed is gone. */
  async close(): Promise<void> {
    await giveUp(this.#connection)
    await this.#connection.close()
  }

  /** The rows of the log or of its steps, in order, a page at a time. */
  async *#pages<T>(table: 'revocation_log' | 'log_batch', record: (row: Row) => T): AsyncGenerator<T> {
    const statement = `SELECT ${columnsOfTable(table)} FROM ${table} WHERE n > $1 ORDER BY n LIMIT ${pageRows}`
    let after = 0
    for (;;) {
      const rows = await this.#connection.rows(statement, [after])
      for (const row of rows) yield record(row)
      const last = rows.at(-1)
      if (last === undefined) return
      after = integer(last, 'n')
    }
  }
}

/** Whether it is known that a commit did not take place. */
export function isUndone(error: unknown): boolean {
  return !(error instanceof TransactionFailed) || error.outcome === 'nothing_happened'
}

/** What to tell of an error at the target: of a transaction the reason for which it failed. */
export function reasonOf(error: unknown): unknown {
  return error instanceof TransactionFailed ? error.reason : error
}

function insertion(name: StoredTableName, columns: StoredTable['columns']): (rows: readonly Row[]) => Statement {
  return insertOf<Row>(
    name,
    columns.map((column) => ({
      name: column.name,
      type: column.type,
      of: (row) => parameterOf(row[column.name], column.type === 'boolean'),
    })),
  )
}

function parameterOf(
  value: Row[string] | undefined,
  isBoolean: boolean,
): string | number | boolean | Uint8Array | null {
  if (value === undefined || typeof value === 'bigint') throw new RangeError('Cannot move a value that was not read')
  return isBoolean ? value === 1 : value
}

function stepOf(row: Row) {
  return {
    n: integer(row, 'n'),
    entries: integer(row, 'entries'),
    digest: blob(row, 'digest'),
    chain: blob(row, 'chain'),
  }
}
