import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender, Installation } from '../contender.ts'
import { writeCredentials } from '../running/data-directory.ts'
import type { RunningServer } from '../running/run-server.ts'

const cookie = '{credential}'

/** A contender in this process whose logout does what a test wants. */
export const fakeContender: Contender = {
  name: 'fake',
  title: 'a fake',
  endsSessions: true,
  requests: {
    logout: { method: 'POST', path: '/logout', headers: { cookie }, credential: 'cookie', expect: { status: 200 } },
    check: {
      method: 'GET',
      path: '/check',
      headers: { cookie },
      credential: 'cookie',
      expect: { status: 200 },
      refused: { status: 401 },
    },
  },
  install: () => Promise.reject(new Error('A fake is started by its test')),
}

/** Serves sessions by these names. */
export async function startFake(
  names: readonly string[],
  logOut: (live: Set<string>, name: string) => void,
): Promise<{ readonly installation: Installation; readonly server: RunningServer }> {
  const live = new Set(names)
  const listener: RequestListener = (request, response) => {
    const name = request.headers.cookie ?? ''
    if (request.url === '/logout') logOut(live, name)
    response.writeHead(request.url === '/logout' || live.has(name) ? 200 : 401, { 'content-length': 0 }).end()
  }
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const directory = mkdtempSync(join(tmpdir(), 'adjourn-bench-test-'))
  const stop = async () => {
    await new Promise<void>((resolve) => http.close(() => resolve()))
    rmSync(directory, { recursive: true })
  }
  const credentials = writeCredentials(directory, { cookie: names })
  return {
    installation: { credentials, start: () => Promise.reject(new Error('It runs')) },
    server: { port, pids: [process.pid], readyMs: 0, stop },
  }
}
