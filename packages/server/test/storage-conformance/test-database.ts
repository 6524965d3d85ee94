import type { StoredTableName } from '../../src/adapters/stored/tables.ts'
import type { Client } from '../../src/domain/client.ts'
import type { ClientId, GrantId, MemberId, SessionId, Sid } from '../../src/domain/ids.ts'
import type { MemberStatus } from '../../src/domain/member.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Randomness } from '../../src/ports/randomness.ts'
import type { Storage } from '../../src/ports/storage.ts'

/** What every adapter stores, by the names that its tables have. */
export type Table = StoredTableName

/** A notice as far as the suite looks at it. */
export interface OwedNotice {
  /** The number of the log entry that it goes with. */
  readonly logN: number
  readonly clientId: ClientId
  readonly memberId: MemberId | null
  readonly sid: Sid | null
  readonly kind: string
  readonly state: string
}

/**
 * A way round the port of an open database: to put in what no method of the port makes yet, to look at what none shows, and
 * to make writes fail. Each adapter brings its own.
 */
export interface DatabaseContents {
  addClient(client: Client): Promise<void>
  setMemberStatus(id: MemberId, status: MemberStatus): Promise<void>
  count(table: Table): Promise<number>
  sessions(): Promise<readonly SessionId[]>
  grants(): Promise<readonly { readonly sid: Sid; readonly clientId: ClientId }[]>
  codes(): Promise<readonly { readonly isSpent: boolean; readonly grantId: GrantId | null }[]>
  /** In the order in which they were written. */
  notices(): Promise<readonly OwedNotice[]>
  /** Runs a statement that both databases understand, for what would take too many calls. */
  execute(statement: string): Promise<void>
  /** Every row of every table as text: two dumps are equal when nothing was changed in between. */
  dump(): Promise<string>
  /** From now on a write to this table fails, as if the database could not do it. */
  breakWrites(table: Table): Promise<void>
  /** Undoes every `breakWrites`. */
  mend(): Promise<void>
}

/** A storage under test, and a way round its port. */
export interface TestDatabase extends DatabaseContents, AsyncDisposable {
  /** After `reopen` another one than before. */
  readonly storage: Storage
}

export type OpenTestDatabase<Database extends TestDatabase = TestDatabase> = (options: {
  readonly clock: Clock
  readonly randomness: Randomness
}) => Promise<Database>

/** One that keeps its content when it is closed and opened again. */
export interface LastingTestDatabase extends TestDatabase {
  reopen(): Promise<void>
}
