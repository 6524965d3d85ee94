import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contender, Wanted } from '../../contender.ts'
import { writeCredentials } from '../../running/data-directory.ts'
import { runServer } from '../../running/run-server.ts'

const program = fileURLToPath(import.meta.resolve('./server.ts'))
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** oidc-provider with everything in memory: nothing of it is durable. */
export const oidcProviderMemory: Contender = {
  name: 'oidc-provider-memory',
  title: 'oidc-provider, in memory',
  endsSessions: true,
  requests: {
    // The second of the two requests of its logout, the one that ends: the question has been put and is not measured.
    logout: {
      method: 'POST',
      path: '/session/end/confirm',
      headers: { cookie: '_session={credential}', ...form },
      body: 'xsrf=xsrf&logout=yes',
      credential: 'cookie',
      expect: { status: 303 },
    },
    check: {
      method: 'POST',
      path: '/token/introspection',
      headers: form,
      body: 'client_id=bench&token={credential}',
      credential: 'refreshToken',
      expect: { status: 200, bodyHolds: '"active":true' },
      refused: { status: 200, bodyHolds: '"active":false' },
    },
    refresh: {
      method: 'POST',
      path: '/token',
      headers: form,
      body: 'client_id=bench&grant_type=refresh_token&refresh_token={credential}',
      credential: 'refreshToken',
      expect: { status: 200, bodyHolds: 'access_token' },
    },
  },
  install: (wanted) => install(wanted, () => ({})),
}

/** oidc-provider on SQLite. */
export const oidcProviderSqlite: Contender = {
  ...oidcProviderMemory,
  name: 'oidc-provider-sqlite',
  title: 'oidc-provider, SQLite',
  install: (wanted) => install(wanted, (file) => ({ BENCH_DATABASE: file })),
}

async function install(
  { directory, known, nodeFlags }: Wanted,
  place: (file: string) => Readonly<Record<string, string>>,
): ReturnType<Contender['install']> {
  mkdirSync(directory, { recursive: true })
  const names = () => Array.from({ length: known }, () => randomBytes(24).toString('base64url'))
  const credentials = writeCredentials(directory, { cookie: names(), refreshToken: names() })
  let starts = 0
  return {
    credentials,
    start: async () => {
      starts += 1
      const file = join(directory, `oidc-provider-${starts}.db`)
      const server = await runServer({
        args: [program],
        nodeFlags,
        env: { ...place(file), BENCH_COOKIES: credentials.cookie ?? '', BENCH_TOKENS: credentials.refreshToken ?? '' },
      })
      const stop = async () => {
        await server.stop()
        for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
      }
      return { ...server, stop }
    },
  }
}
