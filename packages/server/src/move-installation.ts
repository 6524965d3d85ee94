/**
 * Moves an installation from SQLite to PostgreSQL, with everybody logged in who was, and nobody who was not.
 *
 * The file is held from the first row to the last, and all rows go into one transaction. The file is marked right before the
 * commit and not after it: were this process to end between the two, both could be started, and a logout at one would be
 * unknown to the other.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { UnsuitableDatabase } from './adapters/postgres/connection.ts'
import { isPostgresFailure } from './adapters/postgres/failures.ts'
import type { PostgresLocation } from './adapters/postgres/location.ts'
import { isUndone, MoveTarget, reasonOf } from './adapters/postgres/move-target.ts'
import { MoveSource } from './adapters/sqlite/move-source.ts'
import { type MoveMark, moveMarkOf, setMoveMark } from './adapters/sqlite/moved.ts'
import { openDatabase, type SqliteLocation } from './adapters/sqlite/open-database.ts'
import { openSqliteStorage } from './adapters/sqlite/sqlite-storage.ts'
import { CannotMove } from './adapters/stored/cannot-move.ts'
import { allStoredTables, type StoredTableName } from './adapters/stored/tables.ts'
import { keptEpoch } from './adapters/witness/kept-epoch.ts'
import type { Clock } from './ports/clock.ts'
import type { Randomness } from './ports/randomness.ts'
import type { WitnessKeeper } from './ports/witness.ts'

export interface Move {
  /** The file. */
  readonly from: string
  readonly to: PostgresLocation
  /** Of the witness by which the file is known again. */
  readonly keeper?: WitnessKeeper | undefined
  readonly clock: Clock
  /** Told after each batch, and once for a table without rows. */
  readonly progress: (progress: MoveProgress) => void
}

export interface MoveProgress {
  readonly table: StoredTableName
  /** How many rows were written so far. */
  readonly done: number
  readonly of: number
}

export interface Moved {
  readonly path: string
  readonly destination: string
  /** How many rows were written; 0 where an earlier move had been broken off after its commit and was finished now. */
  readonly rows: number
  /** The number of the revocation log's last entry. */
  readonly logEntries: number
}

/**
 * Moves an installation, or finishes a move that was broken off as it committed.
 *
 * @throws {DatabaseInUse} When another process holds the file.
 * @throws {DatabaseDoesNotFit} When the file is not the one that was served last; UnreadableWitness when nobody can tell.
 * @throws {CannotMove} When nothing was moved, and why. The target is as it was, and so is the file, unless the message says
 *   that nobody could find out whether the commit took place.
 */
export async function moveInstallation(move: Move): Promise<Moved> {
  const source = new MoveSource(move.from, move.keeper)
  try {
    const { path } = source
    const destination = destinationOf(move.to)
    const before = source.mark()
    assertMovable(path, before, destination)
    const failed =
      before === undefined
        ? `Nothing was moved to ${destination}`
        : `Nobody could find out yet whether the installation lives in ${destination}`
    return await withTarget(move.to, failed, async (target) => {
      const logEntries = source.logNumber()
      if (before !== undefined && (await target.findSite()) === source.siteId) {
        source.setMark({ ...before, state: 'moved' })
        return { path, destination, rows: 0, logEntries }
      }
      await target.begin()
      const rows = await carryOver(source, target, move.progress)
      await verify(source, target)
      const mark: MoveMark = { state: 'moving', destination, at: move.clock.now() }
      source.setMark(mark)
      await commit(source, target, move.to)
      source.setMark({ ...mark, state: 'moved' })
      return { path, destination, rows, logEntries }
    })
  } finally {
    source.close()
  }
}

/**
 * Takes the mark away that a move has left, so that the file can be started again. Begins a new
 * epoch in it, which ends everyone's sessions: those that have ended at the new place since would be alive again.
 *
 * @param options.keepSessions - Leaves them: for an installation that was never started at the new place.
 * @throws {DatabaseInUse} When another process holds the file.
 * @throws {CannotMove} When there is no mark.
 */
export async function undoMove(options: {
  readonly path: string
  readonly keepSessions: boolean
  readonly clock: Clock
  readonly randomness: Randomness
  /** Of the witness of the file. */
  readonly keeper?: WitnessKeeper | undefined
}): Promise<{ readonly path: string; readonly destination: string }> {
  const { clock, randomness, keepSessions, keeper } = options
  const path = resolve(options.path)
  // Opening it would make it.
  if (!existsSync(path)) throw new CannotMove(`There is nothing to undo as there is no ${path}`)
  const location = { kind: 'sqlite', path } as const
  const mark = withFile(location, moveMarkOf)
  if (mark === undefined) throw new CannotMove(`There is nothing to undo as ${path} was not moved`)
  if (!keepSessions) {
    const storage = openSqliteStorage({ location, clock, randomness, evenIfMoved: true })
    try {
      await storage.decideEpoch({
        decision: 'new',
        newId: randomness.guid(),
        above: keeper === undefined ? 0 : keptEpoch(keeper),
        at: clock.now(),
        requestId: randomness.guid(),
      })
      keeper?.keepNow(await storage.witness())
    } finally {
      await storage.close()
    }
  }
  // Last, so that an undoing that is broken off has undone nothing.
  withFile(location, (database) => setMoveMark(database, undefined))
  return { path, destination: mark.destination }
}

/** Where a database is, without secrets. */
export function destinationOf({ hosts, database }: PostgresLocation): string {
  return `postgres://${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}/${database}`
}

function assertMovable(path: string, mark: MoveMark | undefined, destination: string): void {
  if (mark?.state === 'moved') {
    throw new CannotMove(
      `Cannot move ${path} as it was moved to ${mark.destination} at ${new Date(mark.at).toISOString()} already`,
    )
  }
  if (mark !== undefined && mark.destination !== destination) {
    throw new CannotMove(
      `Cannot move ${path} to ${destination} as a move to ${mark.destination} was broken off while it committed, so the ` +
        'installation may live there: move it to there again, which finds out',
    )
  }
}

/** Tells failures of the target as what they mean for the move: `failed` says that in words. */
async function withTarget<T>(
  location: PostgresLocation,
  failed: string,
  use: (target: MoveTarget) => Promise<T>,
): Promise<T> {
  let target: MoveTarget | undefined
  try {
    target = await MoveTarget.open(location)
    return await use(target)
  } catch (error) {
    const reason = reasonOf(error)
    if (!isPostgresFailure(reason) && !(reason instanceof UnsuitableDatabase)) throw reason
    throw new CannotMove(`${failed}: ${reason.message}`, { cause: reason })
  } finally {
    await target?.close()
  }
}

async function carryOver(source: MoveSource, target: MoveTarget, progress: Move['progress']): Promise<number> {
  let rows = 0
  for (const table of allStoredTables) {
    const of = source.count(table.name)
    let done = 0
    for (const batch of source.batches(table.name)) {
      await target.insert(table, batch)
      done += batch.length
      progress({ table: table.name, done, of })
    }
    if (of === 0) progress({ table: table.name, done, of })
    rows += done
  }
  if (source.installation !== undefined) await target.settle(source.installation)
  // Numbers are never used twice, also not those of rows that are gone: an end could be taken for another's.
  for (const { table, number } of source.highestNumbers()) await target.continueAfter(table, number)
  return rows
}

/** Counts what is there now and recomputes the chain, from what the target itself says. */
async function verify(source: MoveSource, target: MoveTarget): Promise<void> {
  for (const { name } of allStoredTables) {
    const [here, there] = [source.count(name), await target.count(name)]
    if (here !== there) {
      throw new CannotMove(`Nothing was moved as ${name} has ${here} rows in the file and ${there} in the database`)
    }
  }
  const problem = await target.problemOfLog()
  if (problem !== undefined) {
    throw new CannotMove(`Nothing was moved as the revocation log does not fit its hash chain: ${problem}`)
  }
}

/** Commits, and finds out what became of it where the answer did not come. */
async function commit(source: MoveSource, target: MoveTarget, location: PostgresLocation): Promise<void> {
  try {
    await target.commit()
  } catch (error) {
    if (isUndone(error) || !(await isThere(source, location))) {
      source.setMark(undefined)
      throw error
    }
  }
}

async function isThere(source: MoveSource, location: PostgresLocation): Promise<boolean> {
  let other: MoveTarget | undefined
  try {
    other = await MoveTarget.open(location)
    return (await other.findSite()) === source.siteId
  } catch (error) {
    if (!isPostgresFailure(error) && !(error instanceof UnsuitableDatabase)) throw error
    throw new CannotMove(
      `The connection was lost while the move committed, so nobody knows whether the installation lives in the file or in ` +
        `the database (${error.message}). ${source.path} refuses to be started until this is known: run the same ` +
        '"adjourn move" again once the database can be reached, which finds out and finishes',
      { cause: error },
    )
  } finally {
    await other?.close()
  }
}

function withFile<T>(location: SqliteLocation, use: (database: DatabaseSync) => T): T {
  const { database } = openDatabase(location, { evenIfMoved: true })
  try {
    return use(database)
  } finally {
    database.close()
  }
}
