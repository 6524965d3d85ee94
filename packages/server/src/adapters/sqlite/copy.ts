import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../domain/ids.ts'
import { isSqliteFailure } from './failures.ts'
import { migrate } from './migrate.ts'

/** A server that commits all the time still leaves gaps; one that leaves none in so many tries has another problem. */
const attemptsMost = 200

export interface CopyMade {
  readonly at: EpochMs
  /** The id of the installation, should the database have none yet. */
  readonly newId: string
}

/** Pages copied before others get a turn at the database: two megabytes. */
const pagesAtOnce = 500

/**
 * Copies an open database as of the last moment of copying, while it is used, and marks the copy.
 *
 * The pages are copied outside of the event loop, a share at a time; what this process commits meanwhile goes into the copy
 * as well. Until the mark is on the disk the file has a name that nobody takes for a backup: that is for the caller to see
 * to.
 */
export async function copyDatabase(database: DatabaseSync, path: string, made: CopyMade): Promise<void> {
  // Nobody else may look into it, also while it grows.
  closeSync(openSync(path, 'wx', 0o600))
  await copyPages(database, path)
  markAsCopy(path, made)
}

/**
 * The runtime gives a copy up that finds a transaction open in its very first step, and only then; it says so with the error
 * "not an error". Nothing was copied by then, so it begins again.
 */
async function copyPages(database: DatabaseSync, path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await backup(database, path, { rate: pagesAtOnce })
      return
    } catch (error) {
      if (attempt === attemptsMost || !isSqliteFailure(error) || error.errcode !== 0) throw error
    }
  }
}

/** Marks a file as a copy, in itself, and brings it to the disk as one file with nothing beside it. */
export function markAsCopy(path: string, { at, newId }: CopyMade): void {
  const copy = new DatabaseSync(path)
  try {
    copy.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL')
    // A file of before the mark was known has nowhere to put it.
    migrate(copy)
    copy
      .prepare(
        `INSERT INTO installation (one, id, epoch, copied_at, synchronous) VALUES (1, ?, 0, ?, 0)
         ON CONFLICT (one) DO UPDATE SET copied_at = coalesce(copied_at, excluded.copied_at)`,
      )
      .run(newId, at)
  } finally {
    copy.close()
  }
  chmodSync(path, 0o600)
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

/** Whether a file is a SQLite database of ours, and whole. It is not changed. */
export function isAdjournDatabase(path: string): boolean {
  let file: DatabaseSync | undefined
  try {
    file = new DatabaseSync(path, { readOnly: true })
    const isOurs = file.prepare('SELECT n FROM log_head').get() !== undefined
    return isOurs && file.prepare('PRAGMA quick_check').get()?.['quick_check'] === 'ok'
  } catch {
    return false
  } finally {
    file?.close()
  }
}
