import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Installation } from '../../domain/installation.ts'
import type { WitnessKeeper } from '../../ports/witness.ts'
import { CannotMove } from '../stored/cannot-move.ts'
import { integer, type Row, text } from '../stored/row.ts'
import { allStoredTables, columnsOfTable, type StoredTableName } from '../stored/tables.ts'
import { FileIdentity } from './file-identity.ts'
import { InstallationTable } from './installation.ts'
import { migrations, schemaState } from './migrate.ts'
import { type MoveMark, moveMarkOf, setMoveMark } from './moved.ts'
import { holdFile } from './open-database.ts'

/** So that no batch needs much memory, whatever is in it. */
const batchRowsMost = 2_000
const batchBytesMost = 4 * 1024 * 1024

/**
 * An installation in a file, held for this process alone, to be read from one end to the other. Nothing in it is changed
 * but the mark that says where it lives now.
 */
export class MoveSource {
  readonly path: string
  /** The site that lives there. */
  readonly siteId: string
  readonly #database: DatabaseSync
  readonly #file: FileIdentity

  /** What it is known by; `undefined` where no server with a witness has opened it yet. */
  readonly installation: Installation | undefined

  /**
   * Holds a file.
   *
   * @param keeper - Of the witness by which the file is known again; without one it is known by nothing but itself.
   * @throws {DatabaseInUse} When another process holds it.
   * @throws {DatabaseDoesNotFit} When it is not the file that was served here last: sessions that were ended may be alive in it.
   * @throws {UnreadableWitness} When what lies where the witness should be is none.
   * @throws {CannotMove} When it is missing, has the schema of another version, or holds no installation.
   */
  constructor(givenPath: string, keeper: WitnessKeeper | undefined) {
    const path = resolve(givenPath)
    // Opening it would make it.
    if (!existsSync(path)) throw new CannotMove(`Cannot move ${path} as there is no such file`)
    const { database } = holdFile(path, (held) => assertCurrentSchema(held, path))
    this.path = path
    this.#database = database
    this.#file = new FileIdentity([database.location() ?? path])
    try {
      const site = database.prepare('SELECT id FROM site').get()
      if (site === undefined) throw new CannotMove(`Cannot move ${path} as there is no site in it`)
      this.siteId = text(site, 'id')
      const found = new InstallationTable(database)
      this.installation = keeper === undefined ? found.current() : found.fitting(keeper)
    } catch (error) {
      database.close()
      throw error
    }
  }

  mark(): MoveMark | undefined {
    return moveMarkOf(this.#database)
  }

  /**
   * Sets the mark, or takes it away. Durable once it returns.
   *
   * @throws {CannotMove} When the file is not the one any more that was opened.
   */
  setMark(mark: MoveMark | undefined): void {
    const problem = this.#file.problem()
    if (problem !== undefined) throw new CannotMove(`Cannot mark ${this.path} as moved: ${problem}`)
    setMoveMark(this.#database, mark)
  }

  count(table: StoredTableName): number {
    return integer(this.#database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() ?? {}, 'rows')
  }

  /** The rows of a table, in batches that are small enough to be held in memory. */
  *batches(table: StoredTableName): Generator<readonly Row[]> {
    let batch: Row[] = []
    let bytes = 0
    const rows = this.#database.prepare(`SELECT ${columnsOfTable(table)} FROM ${table}`).iterate()
    for (const row of rows as Iterable<Row>) {
      batch.push(row)
      bytes += bytesOf(row)
      if (batch.length < batchRowsMost && bytes < batchBytesMost) continue
      yield batch
      batch = []
      bytes = 0
    }
    if (batch.length > 0) yield batch
  }

  /** The highest number that each numbered table has ever given, also to rows that are gone; 0 for none. */
  highestNumbers(): readonly { readonly table: StoredTableName; readonly number: number }[] {
    const sequence = this.#database.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?')
    return allStoredTables
      .filter(({ numbered }) => numbered !== null)
      .map(({ name }) => {
        const row = sequence.get(name)
        return { table: name, number: row === undefined ? 0 : integer(row, 'seq') }
      })
  }

  /** The number of the revocation log's last entry. */
  logNumber(): number {
    return integer(this.#database.prepare('SELECT n FROM log_head').get() ?? {}, 'n')
  }

  close(): void {
    this.#database.close()
  }
}

/** What a version does not know it would not carry over; and an old file would have to be changed before it is read. */
function assertCurrentSchema(database: DatabaseSync, path: string): void {
  const { version } = schemaState(database)
  if (version === migrations.length) return
  const advice = version < migrations.length ? 'run "adjourn migrate" first' : 'use the version that made it'
  throw new CannotMove(
    `Cannot move ${path} as its schema has version ${version} and this version of Adjourn moves ${migrations.length}: ${advice}`,
  )
}

function bytesOf(row: Row): number {
  let bytes = 0
  for (const value of Object.values(row)) {
    bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  }
  return bytes
}
