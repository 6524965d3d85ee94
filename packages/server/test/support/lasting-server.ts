import { join } from 'node:path'
import type { SiteSettings } from '../../src/domain/site.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { temporaryDirectory } from './sqlite-test-database.ts'
import { startTestServer, type TestServer } from './test-server.ts'

/** A server on a database file, which can be stopped and started again at the same address. */
export interface LastingServer extends AsyncDisposable {
  readonly clock: ManualClock
  /** The one that runs now. */
  current(): TestServer
  /** Stops it and starts another on the same file. */
  restart(): Promise<void>
}

/** Starts a server on a file of its own, which goes when the server does. */
export async function startLastingServer(siteSettings: Partial<SiteSettings> = {}): Promise<LastingServer> {
  const directory = temporaryDirectory()
  const clock = manualClock()
  const environment = { ADJOURN_DATABASE_URL: `sqlite:${join(directory.path, 'adjourn.db')}` }
  let server = await startTestServer({ clock, environment, siteSettings })
  // Access tokens name the address that made them.
  const again = { clock, environment: { ...environment, ADJOURN_PORT: new URL(server.url).port } }
  return {
    clock,
    current: () => server,
    restart: async () => {
      await server.close()
      server = await startTestServer(again)
    },
    [Symbol.asyncDispose]: async () => {
      await server.close()
      directory[Symbol.dispose]()
    },
  }
}
