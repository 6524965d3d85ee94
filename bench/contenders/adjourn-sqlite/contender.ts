import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientId, adjournRequests as requests } from '../../adjourn/requests.ts'
import { freshenSqlite, seedSqlite } from '../../adjourn/seed-sqlite.ts'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'

const program = fileURLToPath(import.meta.resolve('../../../packages/server/bin/adjourn.js'))

/** Adjourn as its users start it, on SQLite. */
export const adjournSqlite: Contender = {
  name: 'adjourn-sqlite',
  title: 'Adjourn, SQLite',
  packages: [],
  endsSessions: true,
  requests,
  install: ({ directory, sessions, known }) =>
    installFiles(directory, {
      program: [program, 'start'],
      environment: (data) => ({
        ADJOURN_PORT: '0',
        ADJOURN_DATABASE_URL: `sqlite:${join(data, 'adjourn.db')}`,
        ADJOURN_BOOTSTRAP_CLIENT_ID: clientId,
      }),
      seed: (data) => {
        const seeded = seedSqlite(join(data, 'adjourn.db'), { sessions, known, passwordHash: null })
        return {
          cookie: seeded.map(({ secret }) => secret),
          refreshToken: seeded.map(({ refreshToken }) => refreshToken),
        }
      },
      freshen: (data) => freshenSqlite(join(data, 'adjourn.db')),
    }),
}
