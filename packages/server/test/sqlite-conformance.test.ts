import { lastingStorageConformance, storageConformance } from './storage-conformance/storage-conformance.ts'
import { SqliteTestDatabase } from './support/sqlite-test-database.ts'

storageConformance('SQLite in memory', async (options) => SqliteTestDatabase.inMemory(options))
storageConformance('SQLite in a file', async (options) => SqliteTestDatabase.inFile(options))
lastingStorageConformance('SQLite in a file', async (options) => SqliteTestDatabase.inFile(options))
