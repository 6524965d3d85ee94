import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { moveWhole, whereToWrite, writeBackup } from '../adapters/backup/backup-file.ts'
import { Connection } from '../adapters/postgres/connection.ts'
import { copyDatabase } from '../adapters/sqlite/copy.ts'
import { DatabaseInUse, openToCopy } from '../adapters/sqlite/open-database.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { systemRandomness } from '../adapters/system/randomness.ts'
import { copyPostgres } from '../adapters/transfer/postgres-to-sqlite.ts'
import type { Configuration } from '../config/configuration.ts'
import { parseConfiguration } from '../config/parse-configuration.ts'
import { askRunningServer } from './ask-running-server.ts'
import type { Command } from './command.ts'
import { isUrl, notOption, RefusedCommand, UsageError } from './refusals.ts'

/** Writes a backup, whether a server is running or not. The database itself is left as it is, its schema included. */
export const backup: Command = {
  parameters: '[file or directory]',
  summary: 'writes a backup (of a running server on SQLite with ADJOURN_ADMIN_KEY set)',
  run: async (rest) => {
    const [named, ...more] = rest
    if (more.length > 0 || named?.startsWith('-') === true) {
      throw new UsageError(`adjourn backup takes the name of a file or directory${notOption(rest)}`)
    }
    if (named !== undefined && isUrl(named)) {
      throw new UsageError('adjourn backup takes the name of a file or directory, not a URL')
    }
    const path = await backUp(parseConfiguration(process.env), named)
    process.stdout.write(`The backup is ${path}\n`)
  },
}

async function backUp(configuration: Configuration, named: string | undefined): Promise<string> {
  const { database: location, backupDirectory } = configuration
  const where = whereToWrite(named, backupDirectory)
  const made = { at: systemClock.now(), newId: systemRandomness.guid() }
  switch (location.kind) {
    case 'sqlite-memory':
      throw new RefusedCommand('A database in memory cannot be backed up from outside of its process')
    case 'postgres': {
      const connection = await Connection.open(location)
      try {
        return await writeBackup(where, made.at, (partial) => copyPostgres(connection, partial, made))
      } finally {
        await connection.close()
      }
    }
    case 'sqlite': {
      if (!existsSync(location.path)) throw new RefusedCommand(`There is no database at ${resolve(location.path)}`)
      let database: ReturnType<typeof openToCopy>
      try {
        database = openToCopy(location.path)
      } catch (error) {
        if (error instanceof DatabaseInUse) return backUpRunningServer(configuration, named, where)
        throw error
      }
      try {
        return await writeBackup(where, made.at, (partial) => copyDatabase(database, partial, made))
      } finally {
        database.close()
      }
    }
  }
}

/**
 * The server holds the file, so it writes the backup: where it was configured to, since whoever has a key must not choose
 * any file of the machine. From there it is ours to move.
 */
async function backUpRunningServer(
  configuration: Configuration,
  named: string | undefined,
  where: ReturnType<typeof whereToWrite>,
): Promise<string> {
  const made = await askRunningServer(configuration)
  if (named === undefined) return made.path
  const path = resolve('path' in where ? where.path : join(where.directory, basename(made.path)))
  await moveWhole(made.path, path)
  return path
}
