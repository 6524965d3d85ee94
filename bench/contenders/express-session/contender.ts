import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'
import {
  expiresAt,
  expressSessionRequests,
  newSessionIds,
  secret,
  signedCookies,
  storedSession,
} from './stored-sessions.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))

/** express-session with its sessions in SQLite. */
export const expressSession: Contender = {
  name: 'express-session',
  title: 'express-session, SQLite',
  packages: ['express', 'express-session', 'better-sqlite3-session-store'],
  endsSessions: true,
  requests: expressSessionRequests,
  install: ({ directory, sessions, known }) =>
    installFiles(directory, {
      program: [program],
      environment: (data) => ({ BENCH_DATABASE: join(data, 'express-session.db'), BENCH_SECRET: secret }),
      seed: (data) => {
        const ids = newSessionIds(sessions)
        const expires = expiresAt()
        const database = new DatabaseSync(join(data, 'express-session.db'))
        const insert = database.prepare('INSERT INTO sessions (sid, sess, expire) VALUES (?, ?, ?)')
        const stored = storedSession(expires)
        database.exec('PRAGMA synchronous = OFF; BEGIN')
        for (const id of ids) insert.run(id, stored, expires.toISOString())
        database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
        database.close()
        return { cookie: signedCookies(ids.slice(0, known)) }
      },
    }),
}
