import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { day, makeKnownSessions, storedHash } from '../../adjourn/known-sessions.ts'
import { adjournRequests } from '../../adjourn/requests.ts'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))

/** A durable logout without any of the work that makes a product: the least that could be called honest. */
export const naive: Contender = {
  name: 'naive',
  title: 'naive durable logout (Fastify, SQLite, a commit each)',
  endsSessions: true,
  requests: { logout: adjournRequests.logout, check: adjournRequests.check },
  install: (wanted) =>
    installFiles(wanted, {
      program: [program],
      environment: (data) => ({ BENCH_DATABASE: join(data, 'naive.db'), BENCH_ANSWERS: wanted.answersFile }),
      seed: (data) => {
        const { sessions, known } = wanted
        const seeded = makeKnownSessions(known)
        const database = new DatabaseSync(join(data, 'naive.db'))
        const insert = database.prepare(
          'INSERT INTO session (secret_hash, member_id, expires_at) VALUES (?, lower(hex(randomblob(16))), ?)',
        )
        const expiresAt = Date.now() + 30 * day
        database.exec('BEGIN')
        for (const { secret } of seeded) insert.run(storedHash(secret), expiresAt)
        database.exec('COMMIT')
        database
          .prepare(`
            WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n <= :more)
            INSERT INTO session (secret_hash, member_id, expires_at)
            SELECT randomblob(32), lower(hex(randomblob(16))), :at FROM series WHERE n <= :more`)
          .run({ ':more': sessions - known, ':at': expiresAt })
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        database.close()
        return { cookie: seeded.map(({ secret }) => secret) }
      },
    }),
}
