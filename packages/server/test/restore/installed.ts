/** An installation with its files, as an operator sees it: the server is started and stopped, commands run beside it. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { endOf, startChild } from '../process/child.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

export class Installed implements Disposable {
  readonly #directory = temporaryDirectory()
  readonly clock: ManualClock
  /** Where the server listened first: its tokens name the address, so it has to stay. */
  #port = '0'

  constructor(clock = manualClock()) {
    this.clock = clock
  }

  get path(): string {
    return join(this.#directory.path, 'adjourn.db')
  }

  get witness(): string {
    return `${this.path}-witness`
  }

  get backups(): string {
    return join(this.#directory.path, 'backups')
  }

  /** A name in the same directory. */
  beside(name: string): string {
    return join(this.#directory.path, name)
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      ADJOURN_DATABASE_URL: `sqlite:${this.path}`,
      ADJOURN_BACKUP_DIRECTORY: this.backups,
      ADJOURN_ADMIN_KEY: administratorKey,
      ADJOURN_PORT: this.#port,
    }
  }

  async start(more: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = await startTestServer({ clock: this.clock, environment: { ...this.environment, ...more } })
    this.#port = new URL(server.url).port
    return server
  }

  /** Starts the server, and stops it when `use` is done. */
  async serving<T>(use: (server: TestServer) => Promise<T>): Promise<T> {
    await using server = await this.start()
    return await use(server)
  }

  /** Runs `adjourn` with these words to its end. */
  run(...words: readonly string[]) {
    return endOf({ directory: this.#directory.path, environment: this.environment, arguments: words })
  }

  /** The same without waiting for the end. */
  begin(...words: readonly string[]) {
    return startChild({ directory: this.#directory.path, environment: this.environment, arguments: words })
  }

  /** Puts the file of `from` in the place of the database, as `cp` does while no server runs. */
  putBack(from: string): void {
    for (const rest of ['-wal', '-shm']) rmSync(`${this.path}${rest}`, { force: true })
    cpSync(from, this.path)
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]()
  }
}
