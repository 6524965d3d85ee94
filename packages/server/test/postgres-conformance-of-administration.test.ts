import { afterAll } from 'vitest'
import { storageConformance } from './storage-conformance/storage-conformance.ts'
import { PostgresServer } from './support/postgres-server.ts'
import { PostgresTestDatabase } from './support/postgres-test-database.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

storageConformance('of administration', 'PostgreSQL', async (options) =>
  PostgresTestDatabase.create(await server, options),
)
