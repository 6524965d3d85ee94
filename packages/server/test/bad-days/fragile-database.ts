import type { ServerDatabase } from '../support/server-database.ts'
import type { TestServer } from '../support/test-server.ts'

/** Something that can happen to a database under a running server. */
export interface Damage {
  readonly what: string
  /** Whether questions are still answered: a full database can be read. */
  readonly canRead: boolean
  /** Whether every way out is tried, or a few that stand for the rest. */
  readonly everyWay: boolean
}

/** A database that bad days happen to. */
export interface FragileDatabase {
  readonly database: ServerDatabase
  /** Does damage under a server, and gives what makes it good again. */
  damage(what: string, server: TestServer): Promise<() => Promise<void>>
  /** Makes the next commit fail, so that the server cannot know whether it was `reached`. */
  failNextCommit(reached: boolean): void
  /** Deletes it for good. */
  remove(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** One kind of database. */
export interface BadDays extends AsyncDisposable {
  readonly damages: readonly Damage[]
  newDatabase(): Promise<FragileDatabase>
}
