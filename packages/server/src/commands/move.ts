import { text as readAll } from 'node:stream/consumers'
import type { PostgresLocation } from '../adapters/postgres/location.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import type { DatabaseLocation } from '../config/configuration.ts'
import { readDatabaseLocation } from '../config/database-location.ts'
import { ConfigurationError, parseConfiguration } from '../config/parse-configuration.ts'
import { destinationOf, type MoveProgress, moveInstallation, undoMove } from '../move-installation.ts'
import { witnessFile } from '../open-storage.ts'
import type { Command } from './command.ts'
import { UsageError } from './refusals.ts'

/** A line of progress for every so many rows, besides one for each table. */
const rowsPerLine = 50_000

/** Takes an installation from SQLite to PostgreSQL with nobody logged out, and back to the file where that was wrong. */
export const move: Command = {
  parameters: '--to <url>',
  summary: 'moves the installation at ADJOURN_DATABASE_URL from SQLite to an empty PostgreSQL database',
  run: async (rest) => {
    const asked = readParameters(rest)
    const configuration = parseConfiguration(process.env)
    const from = sourceOf(configuration.database)
    const keeper = witnessFile(configuration, () => {})
    if ('undo' in asked) await undo(from, asked.keepSessions, keeper)
    else await moveTo(from, await readTarget(asked.to), keeper)
  },
}

async function moveTo(from: string, to: PostgresLocation, keeper: Keeper): Promise<void> {
  say(`Moving ${from} to ${destinationOf(to)}`)
  const { path, destination, rows, logEntries } = await moveInstallation({
    from,
    to,
    keeper,
    clock: systemClock,
    progress: tellProgress(),
  })
  say(
    rows === 0
      ? 'An earlier move had committed already; it is finished now'
      : `Moved ${rows} rows; the counts agree, and the revocation log fits its hash chain up to entry ${logEntries}`,
  )
  say(
    `Nobody was logged out. Set ADJOURN_DATABASE_URL to the database at ${destination}, leave the other settings as they are,`,
    'and start.',
    `${path} was left as it was and refuses to be started from now on. Only to go back for good: adjourn move --undo`,
  )
}

async function undo(path: string, keepSessions: boolean, keeper: Keeper): Promise<void> {
  const undone = await undoMove({ path, keepSessions, keeper, clock: systemClock, randomness: systemRandomness })
  say(
    `${undone.path} can be started again, with members, passwords and clients as they were before the move.`,
    keepSessions
      ? 'Its sessions are as they were, also those that have ended at the new place since.'
      : 'Everyone was logged out, since what has ended at the new place since would be alive again.',
    `Do not start ${undone.destination} any more.`,
  )
}

type Keeper = ReturnType<typeof witnessFile>

type Parameters = { readonly to: string } | { readonly undo: true; readonly keepSessions: boolean }

/** Nothing of what was given is told, since it may hold a password. */
function readParameters(rest: readonly string[]): Parameters {
  const [first = '', second] = rest
  if (rest.length === 1 && first.startsWith('--to=')) return { to: first.slice('--to='.length) }
  if (rest.length === 2 && first === '--to' && second !== undefined) return { to: second }
  if (rest.length === 1 && first === '--undo') return { undo: true, keepSessions: false }
  if (rest.length === 2 && first === '--undo' && second === '--keep-sessions') return { undo: true, keepSessions: true }
  throw new UsageError(
    [
      'Usage: adjourn move --to postgres://user:password@host:port/database',
      '       adjourn move --to -                     reads that URL from standard input, where nobody else sees it',
      '       adjourn move --undo                     lets the file be started again, and logs everyone out',
      '       adjourn move --undo --keep-sessions     the same without logging anyone out: only where nothing was ever',
      '                                               started at the new place',
    ].join('\n'),
  )
}

async function readTarget(given: string): Promise<PostgresLocation> {
  const url = given === '-' ? (await readAll(process.stdin)).trim() : given
  const reading = readDatabaseLocation(url)
  if ('problems' in reading) throw new UsageError(reading.problems.map((problem) => `--to ${problem}`).join('\n'))
  if (reading.value.kind === 'postgres') return reading.value
  throw new UsageError('--to must be a postgres:// URL')
}

function sourceOf(location: DatabaseLocation): string {
  if (location.kind === 'sqlite') return location.path
  throw new ConfigurationError([
    location.kind === 'postgres'
      ? 'ADJOURN_DATABASE_URL must name the file to move from (sqlite:…), and names a PostgreSQL database'
      : 'ADJOURN_DATABASE_URL must name the file to move from (sqlite:…), and a database in memory is gone with its server',
  ])
}

/** Tells of each table when it is done, and now and then before. */
function tellProgress(): (progress: MoveProgress) => void {
  let told = 0
  return ({ table, done, of }) => {
    if (done === of) {
      say(`${table}: ${of} rows`)
      told = 0
    } else if (done - told >= rowsPerLine) {
      say(`${table}: ${done} of ${of} rows`)
      told = done
    }
  }
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
