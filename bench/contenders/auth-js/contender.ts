import { hash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { day, sessionsPerMember } from '../../adjourn/known-sessions.ts'
import type { Contender } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))
const secret = 'K3b8Vd1Xq6Zt9Nf2Mw5Jc7Hs4Lp0Ry8G'

// Its protection against forged requests: a token in the body that fits the one in a cookie. One serves for all here.
const csrfToken = hash('sha256', 'a token that a page of the site would hold', 'hex')
const csrfCookie = `authjs.csrf-token=${csrfToken}%7C${hash('sha256', csrfToken + secret, 'hex')}`

/** Auth.js with its sessions in node:sqlite. */
export const authJs: Contender = {
  name: 'auth-js',
  title: 'Auth.js, SQLite',
  endsSessions: true,
  requests: {
    logout: {
      method: 'POST',
      path: '/auth/signout',
      headers: {
        cookie: `authjs.session-token={credential}; ${csrfCookie}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `csrfToken=${csrfToken}`,
      credential: 'cookie',
      expect: { status: 302 },
    },
    check: {
      method: 'GET',
      path: '/auth/session',
      headers: { cookie: 'authjs.session-token={credential}' },
      credential: 'cookie',
      expect: { status: 200, bodyHolds: '"user"' },
      refused: { status: 200, bodyHolds: 'null' },
    },
  },
  install: (wanted) =>
    installFiles(wanted, {
      program: [program],
      environment: (data) => ({ BENCH_DATABASE: join(data, 'auth-js.db'), BENCH_SECRET: secret }),
      seed: (data) => {
        const { sessions, known } = wanted
        const database = new DatabaseSync(join(data, 'auth-js.db'))
        const users = Math.ceil(sessions / sessionsPerMember)
        const userIds = Array.from({ length: users }, () => randomUUID())
        const tokens = Array.from({ length: sessions }, () => randomUUID())
        const insertUser = database.prepare('INSERT INTO user (id, name, email) VALUES (?, ?, ?)')
        const insertSession = database.prepare('INSERT INTO session (token, user_id, expires) VALUES (?, ?, ?)')
        database.exec('PRAGMA synchronous = OFF; BEGIN')
        for (const [index, id] of userIds.entries()) insertUser.run(id, 'a member', `member-${index}@shop.example`)
        for (const [index, token] of tokens.entries()) {
          insertSession.run(token, userIds[index % users] ?? '', Date.now() + 30 * day)
        }
        database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
        database.close()
        return { cookie: tokens.slice(0, known) }
      },
    }),
}
