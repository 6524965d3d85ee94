import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hash } from '@node-rs/argon2'
import { emailOf, membersOf } from '../../adjourn/known-sessions.ts'
import { password } from '../../adjourn/password.ts'
import { clientId, adjournRequests as requests } from '../../adjourn/requests.ts'
import { freshenSqlite, seedSqlite } from '../../adjourn/seed-sqlite.ts'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'

const program = fileURLToPath(import.meta.resolve('../../../packages/server/bin/adjourn.js'))

/** Adjourn as its users start it, on SQLite. */
export const adjournSqlite = onSqlite('adjourn-sqlite', 'Adjourn, SQLite')

/** The same with a client that wants to be told of every logout. */
export const adjournSqliteNotices = onSqlite('adjourn-sqlite-notices', 'Adjourn, SQLite, with notices', {
  backchannelLogoutUri: 'https://shop.example/backchannel-logout',
})

/** The same with members who have a password. */
export const adjournSqlitePasswords = onSqlite('adjourn-sqlite-passwords', 'Adjourn, SQLite', { passwords: true })

/** The same compiled to JavaScript, as a package would carry it. */
export function adjournSqliteBuilt(builtProgram: string): Contender {
  return onSqlite('adjourn-sqlite-built', 'Adjourn, SQLite, compiled', { program: builtProgram })
}

function onSqlite(
  name: string,
  title: string,
  more: { readonly backchannelLogoutUri?: string; readonly passwords?: boolean; readonly program?: string } = {},
): Contender {
  return {
    name,
    title,
    endsSessions: true,
    requests,
    install: (wanted) =>
      installFiles(wanted, {
        program: [more.program ?? program, 'start'],
        environment: (data) => ({
          ADJOURN_PORT: '0',
          ADJOURN_DATABASE_URL: `sqlite:${join(data, 'adjourn.db')}`,
          ADJOURN_BOOTSTRAP_CLIENT_ID: clientId,
        }),
        seed: async (data) => {
          const { sessions, known } = wanted
          const { backchannelLogoutUri } = more
          const seeded = seedSqlite(join(data, 'adjourn.db'), {
            sessions,
            known,
            passwordHash: more.passwords === true ? await hash(password.text, password.cost) : null,
            ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri }),
          })
          return {
            cookie: seeded.map(({ secret }) => secret),
            refreshToken: seeded.map(({ refreshToken }) => refreshToken),
            account: Array.from({ length: membersOf(sessions) }, (_, member) => emailOf(member)),
          }
        },
        // Of that many sessions nobody checks enough for it to matter, and it would take longer than what is measured.
        ...(wanted.sessions > 500_000 ? {} : { freshen: (data: string) => freshenSqlite(join(data, 'adjourn.db')) }),
      }),
  }
}
