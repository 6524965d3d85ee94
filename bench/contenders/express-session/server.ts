/** express with express-session, its sessions in a database: what most sites that are older than the others run on. */
import { DatabaseSync } from 'node:sqlite'
import sqliteStore from 'better-sqlite3-session-store'
import connectPgSimple from 'connect-pg-simple'
import express from 'express'
import session from 'express-session'
import pg from 'pg'

const app = express()
app.use(
  session({
    store: openStore(),
    secret: String(process.env['BENCH_SECRET']),
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 30 * 24 * 60 * 60 * 1000 },
  }),
)
app.get('/me', (request, response) => {
  const { member } = request.session as { readonly member?: string }
  if (member === undefined) response.status(401).json({ message: 'not signed in' })
  else response.json({ member })
})
app.post('/logout', (request, response, next) => {
  request.session.destroy((error: unknown) => {
    if (error !== undefined && error !== null) next(error)
    else response.clearCookie('connect.sid').json({ message: 'signed out' })
  })
})
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})
server.keepAliveTimeout = 72_000
process.on('SIGTERM', () => process.exit(0))

function openStore(): session.Store {
  const { BENCH_POSTGRES: url, BENCH_DATABASE: file } = process.env
  if (url !== undefined) {
    const PostgresStore = connectPgSimple(session)
    return new PostgresStore({ pool: new pg.Pool({ connectionString: url, max: 10 }) })
  }
  // The store was written for better-sqlite3; node:sqlite has the methods that it calls, and needs no compiler.
  const client = new DatabaseSync(String(file))
  client.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const SqliteStore = sqliteStore(session)
  return new SqliteStore({ client })
}
