/**
 * A durable logout as one would write it first: the session is a row, looked up by the SHA-256 of the cookie's secret, and
 * each logout is a statement with a commit of its own. Nothing is checked, audited or told to anybody.
 *
 * It answers with Adjourn's own answers, so that only the work differs.
 */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fastify } from 'fastify'
import type { RecordedAnswers } from '../../adjourn/recorded-answers.ts'

const answers = JSON.parse(readFileSync(String(process.env['BENCH_ANSWERS']), 'utf8')) as RecordedAnswers
const database = new DatabaseSync(String(process.env['BENCH_DATABASE']))
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS session (
    secret_hash BLOB PRIMARY KEY,
    member_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT, WITHOUT ROWID`)
const find = database.prepare('SELECT member_id, expires_at, ended_at FROM session WHERE secret_hash = ?')
const end = database.prepare('UPDATE session SET ended_at = ? WHERE secret_hash = ? AND ended_at IS NULL')

const app = fastify({ keepAliveTimeout: 72_000 })
app.removeContentTypeParser('application/json')
app.addContentTypeParser('application/json', { parseAs: 'string' }, async () => ({}))
app.get('/v1/sessions/current', async (request, reply) => {
  const row = find.get(hashOf(request.headers.cookie))
  if (row === undefined || row['ended_at'] !== null || Date.now() >= Number(row['expires_at'])) {
    return reply.code(401).send({ message: 'not signed in' })
  }
  return answer(reply, 'GET /v1/sessions/current')
})
app.post('/v1/logout', async (request, reply) => {
  end.run(Date.now(), hashOf(request.headers.cookie))
  return answer(reply, 'POST /v1/logout')
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`listening on ${url}\n`)
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})

function hashOf(cookie = ''): Uint8Array {
  return hash('sha256', cookie.slice(cookie.indexOf('=') + 1), 'buffer')
}

function answer(
  reply: { code(status: number): unknown; header(name: string, value: string): unknown; send(body: string): unknown },
  asked: string,
): unknown {
  const recorded = answers[asked]
  if (recorded === undefined) throw new Error(`Nothing was recorded for ${asked}`)
  reply.code(recorded.status)
  for (const [name, value] of recorded.headers) reply.header(name, value)
  return reply.send(recorded.body)
}
