import type { SiteSettings } from '../../src/domain/site.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { quickHasher } from './quick-hasher.ts'
import { newServerDatabase } from './server-database.ts'
import { startTestServer, type TestServer } from './test-server.ts'

/** A server on a database that outlives it, which can be stopped and started again at the same address. */
export interface LastingServer extends AsyncDisposable {
  readonly clock: ManualClock
  /** The one that runs now. */
  current(): TestServer
  /** Stops it and starts another on the same database. */
  restart(): Promise<void>
}

/** Starts a server on a database of its own, which goes when the server does. */
export async function startLastingServer(siteSettings: Partial<SiteSettings> = {}): Promise<LastingServer> {
  const database = await newServerDatabase()
  const clock = manualClock()
  let server = await startTestServer({ clock, database, siteSettings, decorateHasher: quickHasher })
  // Access tokens name the address that made them.
  const environment = { ADJOURN_PORT: new URL(server.url).port }
  return {
    clock,
    current: () => server,
    restart: async () => {
      await server.close()
      server = await startTestServer({ clock, database, environment, decorateHasher: quickHasher })
    },
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
