import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { day, sessionsPerMember } from '../../adjourn/known-sessions.ts'
import type { Contender, Wanted } from '../../contender.ts'
import { installFiles } from '../../running/data-directory.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))
const secret = 'H0Yxm1h6Gf3v9Zc5Qp7Tn2Lk8Ws4Rb6D'
const cookie = 'better-auth.session_token={credential}'
/** It compares the origin of what changes anything with its own. */
const origin = 'http://127.0.0.1:{port}'

/** better-auth with its sessions in node:sqlite. */
export const betterAuth: Contender = {
  name: 'better-auth',
  title: 'better-auth, SQLite',
  endsSessions: true,
  requests: {
    logout: {
      method: 'POST',
      path: '/api/auth/sign-out',
      headers: { cookie, origin, 'content-type': 'application/json' },
      body: '{}',
      credential: 'cookie',
      expect: { status: 200, bodyHolds: '"success":true' },
    },
    check: {
      method: 'GET',
      path: '/api/auth/get-session',
      headers: { cookie },
      credential: 'cookie',
      expect: { status: 200, bodyHolds: '"expiresAt"' },
      refused: { status: 200, bodyHolds: 'null' },
    },
  },
  install: (wanted) => install(wanted, {}),
}

/** The same with its plugin for tokens in the Authorization header. */
export const betterAuthBearer: Contender = {
  ...betterAuth,
  name: 'better-auth-bearer',
  title: 'better-auth with bearer tokens, SQLite',
  requests: {
    ...betterAuth.requests,
    'logout-token': {
      method: 'POST',
      path: '/api/auth/sign-out',
      headers: { authorization: 'Bearer {credential}', 'content-type': 'application/json' },
      body: '{}',
      credential: 'accessToken',
      expect: { status: 200, bodyHolds: '"success":true' },
    },
  },
  install: (wanted) => install(wanted, { BENCH_BEARER: 'yes' }),
}

function install(wanted: Wanted, more: Readonly<Record<string, string>>) {
  const { sessions, known } = wanted
  return installFiles(wanted, {
    program: [program],
    environment: (data) => ({ BENCH_DATABASE: join(data, 'better-auth.db'), BENCH_SECRET: secret, ...more }),
    firstEnvironment: { BENCH_MIGRATE: 'yes' },
    seed: (data) => {
      const tokens = Array.from({ length: known }, () => randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x'))
      fill(join(data, 'better-auth.db'), sessions, tokens)
      const key = createSecretKey(Buffer.from(secret))
      const signed = tokens.map((token) => `${token}.${createHmac('sha256', key).update(token).digest('base64')}`)
      return { cookie: signed.map((value) => encodeURIComponent(value)), accessToken: signed }
    },
  })
}

/** Users with a password and a few sessions each, as its own registration and login leave them. */
function fill(path: string, sessions: number, tokens: readonly string[]): void {
  const database = new DatabaseSync(path)
  const at = new Date().toISOString()
  const expiresAt = new Date(Date.now() + 7 * day).toISOString()
  const users = Math.ceil(sessions / sessionsPerMember)
  const insertUser = database.prepare(
    'INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt) VALUES (?, ?, ?, 0, ?, ?)',
  )
  const insertAccount = database.prepare(`
    INSERT INTO account (id, accountId, providerId, userId, password, createdAt, updatedAt)
    VALUES (?, ?, 'credential', ?, ?, ?, ?)`)
  const insertSession = database.prepare(`
    INSERT INTO session (id, expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId)
    VALUES (?, ?, ?, ?, ?, '', 'bench', ?)`)
  const newId = () => randomBytes(16).toString('hex')
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN')
  const userIds = Array.from({ length: users }, newId)
  for (const [index, id] of userIds.entries()) {
    insertUser.run(id, 'a member', `member-${index}@shop.example`, at, at)
    insertAccount.run(newId(), id, id, `${newId()}:${newId().repeat(4)}`, at, at)
  }
  for (let index = 0; index < sessions; index += 1) {
    const token = tokens[index] ?? newId()
    insertSession.run(newId(), expiresAt, token, at, at, userIds[index % users] ?? '')
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}
