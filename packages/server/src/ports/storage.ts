/**
 * What the service needs from a database, and what a database must promise.
 *
 * An implementation is right when it passes the suite in `test/storage-conformance`, which every adapter runs against
 * its real database.
 *
 * **Atomic**: each call takes effect wholly or not at all, with its audit rows, log entries and notices.
 * **Durable**: a promise resolves only after the commit that holds its writes has reached the disk.
 * **Shared**: writes that arrive in one turn of the event loop share one commit; each caller gets its own answer, and one
 * that fails does not take the others with it.
 * **Linearizable**: a read that starts after a write was answered sees it.
 * **Honest**: when the database cannot be asked, a call rejects with {@link StorageUnavailable}. "Missing" is a value
 * (`undefined`, or an outcome by name), never an error, and a failure is never "missing".
 *
 * Ends are recorded by `endSessions` and `endGrants` and nowhere else; other calls that end something as part of their
 * own work (a password change, a block, a login that replaces another) go through the same code in the same commit.
 *
 * Times are epoch milliseconds and given by the caller, by the `clock` of the storage. Secrets arrive as hashes only.
 */
import type { Clock } from './clock.ts'
import type { Administrators } from './storage/administrators.ts'
import type { ApiKeys } from './storage/api-keys.ts'
import type { Approvals } from './storage/approvals.ts'
import type { Audit } from './storage/audit.ts'
import type { AuthorizationCodes } from './storage/authorization-codes.ts'
import type { Challenges } from './storage/challenges.ts'
import type { Clients } from './storage/clients.ts'
import type { Duties } from './storage/duties.ts'
import type { Grants } from './storage/grants.ts'
import type { Installations } from './storage/installations.ts'
import type { Keys } from './storage/keys.ts'
import type { Mails } from './storage/mails.ts'
import type { MemberAdministration } from './storage/member-administration.ts'
import type { Members } from './storage/members.ts'
import type { Notices } from './storage/notices.ts'
import type { RedirectSessions } from './storage/redirect-sessions.ts'
import type { RefreshTokens } from './storage/refresh-tokens.ts'
import type { RevocationLog } from './storage/revocation-log.ts'
import type { Sessions } from './storage/sessions.ts'
import type { SignOns } from './storage/sign-ons.ts'
import type { Sites } from './storage/sites.ts'
import type { Throttles } from './storage/throttles.ts'
import type { Tickets } from './storage/tickets.ts'

export * from './storage/administrators.ts'
export * from './storage/api-keys.ts'
export * from './storage/approvals.ts'
export * from './storage/asked.ts'
export * from './storage/audit.ts'
export * from './storage/authorization-codes.ts'
export * from './storage/challenges.ts'
export * from './storage/clients.ts'
export * from './storage/duties.ts'
export * from './storage/ending.ts'
export * from './storage/grants.ts'
export * from './storage/installations.ts'
export * from './storage/keys.ts'
export * from './storage/mails.ts'
export * from './storage/member-administration.ts'
export * from './storage/members.ts'
export * from './storage/notices.ts'
export * from './storage/redirect-sessions.ts'
export * from './storage/refresh-tokens.ts'
export * from './storage/revocation-log.ts'
export * from './storage/sessions.ts'
export * from './storage/sign-ons.ts'
export * from './storage/sites.ts'
export * from './storage/throttles.ts'
export * from './storage/tickets.ts'
export * from './storage/unavailable.ts'

export interface Storage
  extends Sites,
    Administrators,
    ApiKeys,
    Clients,
    Members,
    Challenges,
    Approvals,
    MemberAdministration,
    Mails,
    Sessions,
    SignOns,
    Grants,
    Tickets,
    AuthorizationCodes,
    RefreshTokens,
    RedirectSessions,
    Keys,
    RevocationLog,
    Duties,
    Audit,
    Throttles,
    Notices,
    Installations {
  /**
   * What time it is by the clock that judges sessions here. Where several nodes share a database it is the database's, so
   * that no limit depends on what a node's own machine believes.
   */
  readonly clock: Clock
  /** Resolves when the database answers and is the one that was opened. */
  ping(): Promise<void>
  /** Finishes what was handed over, then lets go of the database. Later calls reject. */
  close(): Promise<void>
}
