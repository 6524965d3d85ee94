import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'
import { installInPostgres } from '../../running/data-in-postgres.ts'
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
  endsSessions: true,
  requests: expressSessionRequests,
  install: (wanted) =>
    installFiles(wanted, {
      program: [program],
      environment: (data) => ({ BENCH_DATABASE: join(data, 'express-session.db'), BENCH_SECRET: secret }),
      seed: (data) => {
        const { sessions, known } = wanted
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

/** express-session with its sessions in PostgreSQL. */
export const expressSessionPostgres: Contender = {
  ...expressSession,
  name: 'express-session-postgres',
  title: 'express-session, PostgreSQL',
  install: (wanted) =>
    installInPostgres(wanted, {
      program: [program],
      environment: (url) => ({ BENCH_POSTGRES: url, BENCH_SECRET: secret }),
      seed: async (sql) => {
        const ids = newSessionIds(wanted.sessions)
        const expires = expiresAt()
        const table = readFileSync(fileURLToPath(import.meta.resolve('connect-pg-simple/table.sql')), 'utf8')
        await sql.unsafe(table)
        for (let from = 0; from < ids.length; from += 10_000) {
          await sql`
            INSERT INTO session (sid, sess, expire)
            SELECT sid, ${storedSession(expires)}::json, ${expires} FROM unnest(${ids.slice(from, from + 10_000)}::text[]) sid`
        }
        return { cookie: signedCookies(ids.slice(0, wanted.known)) }
      },
    }),
}
