import { readDatabaseLocation } from '../../src/config/database-location.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { TestDatabase } from '../storage-conformance/test-database.ts'
import { PostgresDatabases } from './postgres-databases.ts'
import { PostgresTestDatabase } from './postgres-test-database.ts'
import { SqliteTestDatabase } from './sqlite-test-database.ts'

/** Opens the database at an URL, for processes of their own that a test starts: they know nothing but that. */
export async function testDatabaseAt(
  url: string,
  options: { readonly clock: Clock; readonly randomness: Randomness },
): Promise<TestDatabase> {
  const reading = readDatabaseLocation(url)
  if (!('value' in reading)) throw new Error(`Cannot open a database as its URL ${reading.problems.join(', ')}`)
  const location = reading.value
  if (location.kind === 'sqlite-memory') return SqliteTestDatabase.inMemory(options)
  if (location.kind === 'sqlite') return SqliteTestDatabase.at(location.path, options)
  const [host] = location.hosts
  const server = new PostgresDatabases(host?.port ?? 0, { makesOnesUnsynced: false })
  return PostgresTestDatabase.at(server, location.database, options)
}
