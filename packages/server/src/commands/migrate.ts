import { Connection } from '../adapters/postgres/connection.ts'
import { migrate as migratePostgres } from '../adapters/postgres/migrate.ts'
import { openDatabase } from '../adapters/sqlite/open-database.ts'
import type { Migrated } from '../adapters/stored/migration.ts'
import type { DatabaseLocation } from '../config/configuration.ts'
import { ConfigurationError, parseConfiguration } from '../config/parse-configuration.ts'
import type { Command } from './command.ts'
import { notOption, UsageError } from './refusals.ts'

/** Brings the database to the newest schema and says what it did. A start does the same by itself. */
export const migrate: Command = {
  parameters: '',
  summary: 'brings the database to the newest schema, as a start does, and ends',
  run: async (rest) => {
    if (rest.length > 0) throw new UsageError(`adjourn migrate takes no parameters${notOption(rest)}`)
    const { database } = parseConfiguration(process.env)
    process.stdout.write(`${report(await migrateAt(database))}\n`)
  },
}

async function migrateAt(location: DatabaseLocation): Promise<Migrated> {
  if (location.kind === 'sqlite-memory') {
    throw new ConfigurationError([
      'ADJOURN_DATABASE_URL is sqlite::memory:, which keeps nothing that could be migrated',
    ])
  }
  if (location.kind === 'sqlite') {
    const { database, migrated } = openDatabase(location)
    database.close()
    return migrated
  }
  // A migration takes as long as it takes, whatever the database's own limit for statements is.
  const connection = await Connection.open(location, { database: { statement_timeout: '0' } })
  try {
    return await migratePostgres(connection)
  } finally {
    await connection.close()
  }
}

function report({ applied, version, known }: Migrated): string {
  if (applied.length > 0) {
    return [...applied.map((name) => `Applied ${name}`), `The schema has version ${version}`].join('\n')
  }
  const newer = version > known ? `, which programs that know version ${known} may work with` : ''
  return `Nothing to do: the schema has version ${version}${newer}`
}
