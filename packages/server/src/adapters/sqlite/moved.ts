import type { DatabaseSync } from 'node:sqlite'
import { integer, text } from '../stored/row.ts'

/**
 * That an installation lives elsewhere now. `moving` is written right before the commit at the new place and stays only
 * where nobody could find out whether that commit took place.
 */
export interface MoveMark {
  readonly state: 'moving' | 'moved'
  /** Where to, without secrets. */
  readonly destination: string
  readonly at: number
}

/** The file was left behind by a move: what has ended at the new place would be alive again here. */
export class InstallationMoved extends Error {
  override readonly name = 'InstallationMoved'
}

/** The mark in a file of any version; `undefined` where there is none. */
export function moveMarkOf(database: DatabaseSync): MoveMark | undefined {
  const isKept = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'moved'`).get()
  const row = isKept === undefined ? undefined : database.prepare('SELECT * FROM moved').get()
  if (row === undefined) return undefined
  const state = text(row, 'state') === 'moved' ? 'moved' : 'moving'
  return { state, destination: text(row, 'destination'), at: integer(row, 'at') }
}

/** Sets the mark, or takes it away. Durable once it returns. */
export function setMoveMark(database: DatabaseSync, mark: MoveMark | undefined): void {
  if (mark === undefined) {
    database.exec('DELETE FROM moved')
    return
  }
  database
    .prepare('INSERT OR REPLACE INTO moved (one, state, destination, at) VALUES (1, ?, ?, ?)')
    .run(mark.state, mark.destination, mark.at)
}

/** @throws {InstallationMoved} When there is a mark. */
export function assertNotMoved(database: DatabaseSync, path: string): void {
  const mark = moveMarkOf(database)
  if (mark === undefined) return
  const { state, destination } = mark
  const at = new Date(mark.at).toISOString()
  throw new InstallationMoved(
    state === 'moved'
      ? `Cannot open ${path} as this installation was moved to ${destination} at ${at}: set ADJOURN_DATABASE_URL to that ` +
          'database. Only to go back for good to what the file held then, run "adjourn move --undo"'
      : `Cannot open ${path} as a move to ${destination} at ${at} was broken off while it committed, so the installation may ` +
          'live there: run the same "adjourn move" again, which finds out and finishes it',
  )
}
