/**
 * Auth.js (@auth/express) with sessions in a database. It brings no adapter for node:sqlite, so this is the least that its
 * adapter's interface asks for, with each statement prepared once.
 */
import { DatabaseSync } from 'node:sqlite'
import { ExpressAuth } from '@auth/express'
import github from '@auth/express/providers/github'
import express from 'express'

const database = new DatabaseSync(String(process.env['BENCH_DATABASE']))
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS user (id TEXT PRIMARY KEY, name TEXT, email TEXT UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS session (token TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires INTEGER NOT NULL) STRICT`)
const find = database.prepare(`
  SELECT s.token, s.user_id, s.expires, u.name, u.email FROM session s JOIN user u ON u.id = s.user_id WHERE s.token = ?`)
const update = database.prepare('UPDATE session SET expires = ? WHERE token = ?')
const remove = database.prepare('DELETE FROM session WHERE token = ?')

/** The interface wants them to be there; nobody registers or signs in here. */
const notMeasured = () => Promise.reject(new Error('Not part of what is measured'))

const adapter = {
  createUser: notMeasured,
  getUser: notMeasured,
  getUserByEmail: notMeasured,
  getUserByAccount: notMeasured,
  updateUser: notMeasured,
  linkAccount: notMeasured,
  createSession: notMeasured,
  async getSessionAndUser(sessionToken: string) {
    const row = find.get(sessionToken)
    if (row === undefined) return null
    const userId = String(row['user_id'])
    return {
      session: { sessionToken, userId, expires: new Date(Number(row['expires'])) },
      user: { id: userId, name: String(row['name']), email: String(row['email']), emailVerified: null },
    }
  },
  async updateSession(session: { readonly sessionToken: string; readonly expires?: Date }) {
    if (session.expires !== undefined) update.run(session.expires.getTime(), session.sessionToken)
    return null
  },
  async deleteSession(sessionToken: string) {
    remove.run(sessionToken)
  },
}

const app = express()
app.set('trust proxy', true)
app.use(
  '/auth',
  ExpressAuth({
    secret: String(process.env['BENCH_SECRET']),
    trustHost: true,
    basePath: '/auth',
    providers: [github({ clientId: 'bench', clientSecret: 'bench' })],
    adapter,
    session: { strategy: 'database' },
  }),
)
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
server.keepAliveTimeout = 72_000
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})
