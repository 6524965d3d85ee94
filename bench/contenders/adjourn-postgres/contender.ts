import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientId, adjournRequests as requests } from '../../adjourn/requests.ts'
import { freshenPostgres, seedPostgres } from '../../adjourn/seed-postgres.ts'
import type { Contender } from '../../contender.ts'
import { installInPostgres } from '../../running/data-in-postgres.ts'

const itself = fileURLToPath(import.meta.resolve('../../../packages/server/bin/adjourn.js'))
const unshared = fileURLToPath(import.meta.resolve('./unshared-server.ts'))

/** Adjourn as its users start it, on PostgreSQL; service and database have one core between them. */
export const adjournPostgres = onPostgres('adjourn-postgres', 'Adjourn, PostgreSQL', [itself, 'start'], 1)

/** The same by two processes that serve one database. */
export const adjournPostgresTwice = onPostgres(
  'adjourn-postgres-twice',
  'Adjourn, PostgreSQL, two processes',
  [itself, 'start'],
  2,
)

/** The same with a commit for each logout: what sharing commits is worth. */
export const adjournPostgresUnshared = onPostgres(
  'adjourn-postgres-unshared',
  'Adjourn, PostgreSQL, a commit for each logout',
  [unshared],
  1,
)

function onPostgres(name: string, title: string, program: readonly string[], processes: number): Contender {
  return {
    name,
    title,
    endsSessions: true,
    requests,
    install: (wanted) => {
      const environment = (url: string) => ({
        ADJOURN_PORT: '0',
        ADJOURN_DATABASE_URL: url,
        ADJOURN_BOOTSTRAP_CLIENT_ID: clientId,
        ADJOURN_WITNESS: join(wanted.directory, 'witness'),
      })
      return installInPostgres(wanted, {
        program,
        processes,
        environment,
        seed: async (sql) => {
          const seeded = await seedPostgres(sql, wanted)
          return {
            cookie: seeded.map(({ secret }) => secret),
            refreshToken: seeded.map(({ refreshToken }) => refreshToken),
          }
        },
        freshen: async (sql, url) => {
          await freshenPostgres(sql)
          // A copy is not the database that was served last, and is refused until somebody says that it may be.
          execFileSync(process.execPath, [itself, 'epoch', 'keep'], { env: { ...process.env, ...environment(url) } })
        },
      })
    },
  }
}
