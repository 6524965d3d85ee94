import { DatabaseSync } from 'node:sqlite'
import pino from 'pino'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import { startServer } from '../../src/main.ts'
import { firstClientOf } from '../support/first-client.ts'
import { manualClock } from '../support/manual-clock.ts'
import { sqliteContents } from '../support/server-database.ts'
import type { TestServer } from '../support/test-server.ts'

/**
 * Starts the real server on a PostgreSQL database that holds an installation, for what a test does by HTTP. Sessions are
 * judged by the database's clock, so no test moves the time here.
 */
export async function startServerOnPostgres(environment: Readonly<Record<string, string>>): Promise<TestServer> {
  const server = await startServer({
    configuration: parseConfiguration(environment),
    clock: systemClock,
    randomness: systemRandomness,
    logger: pino({ level: 'silent' }),
  })
  const none = new DatabaseSync(':memory:', { open: false })
  return {
    ...server,
    clock: manualClock(Date.now()),
    client: firstClientOf(server),
    log: [],
    // There is none to look into: whoever tries is told that it is not open.
    database: none,
    contents: sqliteContents(none),
    quiet: async () => {},
    addClient: () => {
      throw new Error('Clients were added before the move')
    },
    [Symbol.asyncDispose]: server.close,
  }
}
