import { lastingStorageConformance, storageConformance } from './storage-conformance/storage-conformance.ts'
import { SqliteTestDatabase } from './support/sqlite-test-database.ts'

for (const part of ['of sessions', 'of administration'] as const) {
  storageConformance(part, 'SQLite in memory', async (options) => SqliteTestDatabase.inMemory(options))
  storageConformance(part, 'SQLite in a file', async (options) => SqliteTestDatabase.inFile(options))
}
lastingStorageConformance('SQLite in a file', async (options) => SqliteTestDatabase.inFile(options))
