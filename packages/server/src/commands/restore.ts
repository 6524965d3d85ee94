import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FileExists, writeWhole } from '../adapters/backup/backup-file.ts'
import { Connection } from '../adapters/postgres/connection.ts'
import type { PostgresLocation } from '../adapters/postgres/location.ts'
import { migrate as migratePostgres } from '../adapters/postgres/migrate.ts'
import { type CopyMade, isAdjournDatabase, markAsCopy } from '../adapters/sqlite/copy.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { fillPostgres } from '../adapters/transfer/sqlite-to-postgres.ts'
import { parseConfiguration } from '../config/parse-configuration.ts'
import type { Command } from './command.ts'
import { isUrl, notOption, RefusedCommand, UsageError } from './refusals.ts'

/** Puts a backup in the place of a database that is not there. What comes of it is a copy until an operator decides. */
export const restore: Command = {
  parameters: '<file>',
  summary: 'puts a backup where ADJOURN_DATABASE_URL points, which must be empty',
  run: async (rest) => {
    const [file, ...more] = rest
    if (file === undefined || more.length > 0) {
      throw new UsageError(`adjourn restore needs the name of a backup${notOption(rest)}`)
    }
    if (isUrl(file)) throw new UsageError('adjourn restore needs the name of a backup, not a URL')
    const { database: location } = parseConfiguration(process.env)
    if (!existsSync(file)) throw new RefusedCommand(`There is no file ${resolve(file)}`)
    if (!isAdjournDatabase(file))
      throw new RefusedCommand(`${resolve(file)} is no backup of Adjourn, or not a whole one`)
    const made: CopyMade = { at: systemClock.now(), newId: systemRandomness.guid() }
    if (location.kind === 'sqlite-memory') throw new RefusedCommand('A database in memory cannot be restored')
    if (location.kind === 'postgres') await restoreToPostgres(file, location, made)
    else await restoreToFile(file, resolve(location.path), made)
    process.stdout.write(
      'The backup is in place. No server starts on it until you run one of:\n' +
        '  adjourn epoch new    every session, grant and token from before is ended\n' +
        '  adjourn epoch keep   nothing is ended: only when nothing was ended since the backup was made\n',
    )
  },
}

async function restoreToFile(file: string, path: string, made: CopyMade): Promise<void> {
  for (const rest of ['-wal', '-journal']) {
    // SQLite would carry what is in there into the file that it finds beside it, whichever that is.
    if (existsSync(`${path}${rest}`))
      throw new FileExists(`Move ${path}${rest} away first: it belongs to another database`)
  }
  await writeWhole(path, async (partial) => {
    await copyFile(file, partial)
    markAsCopy(partial, made)
  })
}

async function restoreToPostgres(file: string, location: PostgresLocation, made: CopyMade): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'adjourn-restore-'))
  try {
    // Brought to the newest schema first, which must not happen to the backup itself.
    const path = join(directory, 'backup.db')
    await copyFile(file, path)
    markAsCopy(path, made)
    const backup = new DatabaseSync(path)
    const connection = await Connection.open(location)
    try {
      await migratePostgres(connection)
      await fillPostgres(connection, backup)
    } finally {
      await connection.close()
      backup.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
