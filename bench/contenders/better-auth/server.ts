/**
 * better-auth on node:sqlite as its documentation sets it up, for production: WAL with a synced commit, no rate limit, no
 * telemetry, and no cookie cache, with which a copied cookie outlives its logout.
 */
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { bearer } from 'better-auth/plugins'

const database = new DatabaseSync(String(process.env['BENCH_DATABASE']))
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')

const server = createServer()
server.keepAliveTimeout = 72_000
server.listen(0, '127.0.0.1', async () => {
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const options = {
    baseURL: url,
    secret: String(process.env['BENCH_SECRET']),
    database,
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // Only where tokens are sent: it looks at every request.
    plugins: process.env['BENCH_BEARER'] === 'yes' ? [bearer()] : [],
  }
  if (process.env['BENCH_MIGRATE'] === 'yes') await (await getMigrations(options)).runMigrations()
  server.on('request', toNodeHandler(betterAuth(options)))
  process.stdout.write(`listening on ${url}\n`)
})
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})
