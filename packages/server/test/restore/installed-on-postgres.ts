/** An installation on PostgreSQL with the machine that its server runs on. */
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { parseConfiguration } from '../../src/config/parse-configuration.ts'
import { type ServerParts, startServer } from '../../src/main.ts'
import { endOf } from '../process/child.ts'
import { firstClientOf } from '../support/first-client.ts'
import { manualClock } from '../support/manual-clock.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { administratorKey, callbackUri, siteOrigin, type TestServer } from '../support/test-server.ts'

export class Machine implements Disposable {
  readonly #directory = temporaryDirectory()
  readonly #databaseUrl: string
  #port = '0'

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl
  }

  get witness(): string {
    return join(this.#directory.path, 'witness')
  }

  beside(name: string): string {
    return join(this.#directory.path, name)
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      ADJOURN_DATABASE_URL: this.#databaseUrl,
      ADJOURN_WITNESS: this.witness,
      ADJOURN_BACKUP_DIRECTORY: join(this.#directory.path, 'backups'),
      ADJOURN_ADMIN_KEY: administratorKey,
      ADJOURN_BOOTSTRAP_REDIRECT_URIS: callbackUri,
      ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS: new URL(siteOrigin).host,
      ADJOURN_PORT: this.#port,
    }
  }

  /** Starts a server, at the same address each time. Its clock is the machine's. */
  async start({ decorateHasher }: Pick<ServerParts, 'decorateHasher'> = {}): Promise<TestServer> {
    const log: string[] = []
    const server = await startServer({
      configuration: parseConfiguration(this.environment),
      clock: systemClock,
      randomness: systemRandomness,
      decorateHasher,
      logger: pino({ level: 'error' }, { write: (line: string) => void log.push(line) }),
    })
    this.#port = new URL(server.url).port
    return {
      ...server,
      clock: manualClock(),
      client: firstClientOf(server),
      log,
      get database(): never {
        throw new Error('There is no connection to look into: the database is PostgreSQL')
      },
      get contents(): never {
        throw new Error('Look into the database by the cluster that it is in')
      },
      quiet: async () => {},
      addClient: () => {
        throw new Error('Clients are added to SQLite only')
      },
      [Symbol.asyncDispose]: server.close,
    }
  }

  async serving<T>(use: (server: TestServer) => Promise<T>): Promise<T> {
    await using server = await this.start()
    return await use(server)
  }

  /** Runs `adjourn` with these words to its end. */
  run(...words: readonly string[]) {
    return endOf({ directory: this.#directory.path, environment: this.environment, arguments: words })
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]()
  }
}
