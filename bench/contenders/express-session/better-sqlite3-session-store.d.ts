declare module 'better-sqlite3-session-store' {
  import type { DatabaseSync } from 'node:sqlite'
  import type session from 'express-session'

  export default function sqliteStore(
    from: typeof session,
  ): new (options: {
    readonly client: DatabaseSync
  }) => session.Store
}
