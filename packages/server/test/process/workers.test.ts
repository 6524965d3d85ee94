import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { UsageError } from '../../src/commands/refusals.ts'
import { start } from '../../src/commands/start.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { type Reading, readMetrics } from '../support/metrics.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { builtPackage } from './built-package.ts'
import { type Child, endOf, startChild, withChild } from './child.ts'
import { loginByForm, memberByForm } from './members-of-child.ts'
import { beginLogout, refusesConnections } from './slow-logout.ts'

const server = PostgresServer.start()
const elsewhere = temporaryDirectory()
afterAll(async () => {
  await (await server)[Symbol.asyncDispose]()
  elsewhere[Symbol.dispose]()
})

/** An empty database, and how to serve it with workers. */
async function workersOn(count: number, environment: Readonly<Record<string, string>> = {}, port?: number) {
  const started = await server
  const name = await started.createDatabase('empty')
  return {
    location: started.location(name),
    directory: elsewhere.path,
    arguments: ['start', '--workers', String(count)],
    environment: { ADJOURN_DATABASE_URL: started.url(name, port), ...environment },
  }
}

interface Line {
  readonly msg: string
  readonly pid: number
  readonly worker?: number
  readonly workerPid?: number
}

/** What was logged so far under a sentence. */
function logged(child: Child, msg: string): readonly Line[] {
  return child
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): Line => JSON.parse(line))
    .filter((line) => line.msg === msg)
}

/** The processes that serve or served, in the order in which they began. */
function workerPids(child: Child): readonly number[] {
  return logged(child, 'A worker serves').map(({ workerPid = 0 }) => workerPid)
}

/** Resolves once the log says it so often. */
async function untilLogged(child: Child, msg: string, times: number): Promise<void> {
  while (logged(child, msg).length < times) await child.heard()
}

const headersOf = (cookie: string, url: string) => ({ cookie, origin: url, 'sec-fetch-site': 'same-origin' })

/** The first three tests tell one story of one installation, in order. */
let child: Child
let url: string
let options: Awaited<ReturnType<typeof workersOn>>

beforeAll(async () => {
  options = await workersOn(2, { ADJOURN_LOG_LEVEL: 'debug' })
  child = startChild(options)
  url = await child.ready
})
afterAll(async () => {
  child.kill('SIGTERM')
  await child.exited
})

/** Cookies of one member, each of a session of its own. */
async function cookiesOf(count: number): Promise<readonly string[]> {
  const { email } = await memberByForm(url, child)
  return Promise.all(Array.from({ length: count }, async () => (await loginByForm(url, child, email)).cookie))
}

/** The log, which has to fit its chain. */
async function endedSessions(): Promise<number> {
  const storage = await openPostgresStorage({ location: options.location, randomness: systemRandomness })
  const log = await readWholeLog(storage)
  await storage.close()
  expect(problemOfLog(log)).toBeUndefined()
  return log.entries.filter(({ kind }) => kind === 'session').length
}

test('several processes serve one site on one port; what one began is known to all, and what one ended is over at all', async () => {
  expect(child.stdout().match(/listening/g)).toHaveLength(1)
  expect(child.stdout().match(/^Client id: /gm)).toHaveLength(1)
  expect(child.stdout().match(/^Administrator key, shown this once: adj_admin_/gm)).toHaveLength(1)
  expect(new Set(workerPids(child)).size).toBe(2)
  const { cookie, accessToken } = await memberByForm(url, child)
  const check = async () => {
    const headers = [{ cookie }, { authorization: accessToken }]
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        send(`${url}/v1/sessions/current`, { headers: headers[index % 2] ?? {} }),
      ),
    )
    return new Set(answers.map(({ status }) => status))
  }
  expect(await check()).toEqual(new Set([200]))
  const ended = await send(`${url}/v1/sessions/current`, { method: 'DELETE', headers: headersOf(cookie, url) })
  expect(ended.status).toBe(204)
  expect(await check()).toEqual(new Set([401]))
  // And it was not one of them that answered everything.
  await untilLogged(child, 'A request was answered', 27)
  const answered = new Set(logged(child, 'A request was answered').map(({ pid }) => pid))
  expect([...answered].toSorted()).toEqual(workerPids(child).toSorted())
})

test('whichever process is asked for metrics answers for all of them, each with its number, and once for the database', async () => {
  const before = await readMetrics({ url })
  for (let count = 0; count < 10; count += 1) await send(`${url}/healthz`)
  const after = await readMetrics({ url })
  const served = (reading: Reading) =>
    ['1', '2'].map((worker) => {
      const labels = `worker="${worker}",method="GET",route="/healthz",status="2xx"`
      return reading.get(`adjourn_request_duration_seconds_count{${labels}}`) ?? 0
    })
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  expect(sum(served(after)) - sum(served(before))).toBe(10)
  const starts = ['1', '2'].map((worker) => after.get(`process_start_time_seconds{worker="${worker}"}`))
  expect(new Set(starts).size).toBe(2)
  expect(after.get('adjourn_database_up')).toBe(1)
  expect(after.has('adjourn_revocation_log_entries')).toBe(true)
})

test('D-05: a worker that is killed while sessions end loses no acknowledged logout, and is replaced', async () => {
  const before = await endedSessions()
  const cookies = await cookiesOf(16)
  const [victim = 0] = workerPids(child)
  let answers = 0
  const acknowledged = await Promise.all(
    cookies.map(async (cookie) => {
      try {
        const { status } = await send(`${url}/v1/logout`, { headers: headersOf(cookie, url), json: {} })
        answers += 1
        if (answers === 3) process.kill(victim, 'SIGKILL')
        return status === 200
      } catch {
        // The worker was gone before it had answered.
        return false
      }
    }),
  )
  expect(acknowledged.filter(Boolean).length).toBeGreaterThanOrEqual(3)
  await untilLogged(child, 'A worker serves', 3)
  expect(logged(child, 'A worker ended and will be replaced')).toMatchObject([{ because: 'SIGKILL', afterMs: 100 }])
  for (const [index, cookie] of cookies.entries()) {
    const { status } = await send(`${url}/v1/sessions/current`, { headers: { cookie } })
    if (acknowledged[index] === true) expect(status).toBe(401)
    else expect([200, 401]).toContain(status)
  }
  expect((await endedSessions()) - before).toBeGreaterThanOrEqual(acknowledged.filter(Boolean).length)
})

test('D-21: on SIGTERM to the parent every worker finishes the logouts in flight, and all processes end with 0', async () => {
  const before = await endedSessions()
  const requests = (await cookiesOf(6)).map((cookie) => beginLogout(url, cookie))
  await Promise.all(requests.map(({ accepted }) => accepted))
  child.kill('SIGTERM')
  await refusesConnections(url)
  child.kill('SIGTERM')
  for (const { finish } of requests) expect(await finish()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect((await endedSessions()) - before).toBe(requests.length)
})

test('when the parent is killed its workers go with it', async () => {
  const orphaning = startChild(options)
  const address = await orphaning.ready
  expect(workerPids(orphaning)).toHaveLength(2)
  orphaning.kill('SIGKILL')
  // Told once nobody holds its outputs any more, and its workers write to the same.
  expect(await orphaning.exited).toEqual({ code: null, signal: 'SIGKILL' })
  await refusesConnections(address)
})

test('a worker that cannot be replaced is tried again until it can, and the parent goes on meanwhile', {
  timeout: 120_000,
}, async () => {
  await using proxy = await TcpProxy.start((await server).port)
  await withChild(await workersOn(1, {}, proxy.port), async (address, parent) => {
    proxy.become('refusing')
    proxy.cut()
    process.kill(workerPids(parent)[0] ?? 0, 'SIGKILL')
    await untilLogged(parent, 'A worker ended and will be replaced', 3)
    expect(parent.stderr()).toMatch(/"because":"The database cannot be used: [^"]*","afterMs":200,/)
    proxy.become('fair')
    await untilLogged(parent, 'A worker serves', 2)
    expect((await send(`${address}/readyz`)).status).toBe(200)
  })
})

test('when a worker cannot start the parent tells why, once, and ends with its exit code', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = address !== null && typeof address === 'object' ? String(address.port) : ''
  const [refused, unreachable] = await Promise.all([
    endOf({ ...options, environment: { ...options.environment, ADJOURN_PORT: port } }),
    endOf({ ...options, environment: { ADJOURN_DATABASE_URL: 'postgres://ada:topsecret@127.0.0.1:1/adjourn' } }),
  ])
  taken.close()
  const told = (stderr: string) => stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  expect(told(refused.stderr)).toEqual([expect.stringMatching(/^Adjourn cannot start: listen EADDRINUSE/)])
  expect(told(unreachable.stderr)).toEqual([expect.stringMatching(/^The database cannot be used: 127\.0\.0\.1:1 /)])
  for (const { code, stdout } of [refused, unreachable]) expect([code, stdout]).toEqual([69, ''])
})

test('workers are refused on SQLite, and for what is no number of them', async () => {
  const at = (given: readonly string[]) =>
    endOf({
      directory: elsewhere.path,
      arguments: ['start', ...given],
      environment: { ADJOURN_DATABASE_URL: 'sqlite:./a.db' },
    })
  const [sqlite, none] = await Promise.all([at(['--workers=1']), at(['--workers', '0'])])
  expect([sqlite.code, sqlite.stdout]).toEqual([78, ''])
  expect(sqlite.stderr).toContain('"adjourn start --workers": a SQLite database is held by one process')
  expect(none).toEqual({ code: 64, stdout: '', stderr: '--workers must be a whole number from 1 to 64\n' })
  for (const given of ['65', '1.5', 'two', '-2', '2 3', '', '1e1', '0x2']) {
    await expect(start.run(['--workers', ...given.split(' ')])).rejects.toThrow(UsageError)
  }
  await expect(start.run(['--workers'])).rejects.toThrow('--workers must be a whole number')
  await expect(start.run(['--threads', '2'])).rejects.toThrow('--workers and nothing else, not "--threads"')
})

test('workers of the built package find their program', async () => {
  using built = await builtPackage()
  await withChild({ ...(await workersOn(2)), program: built.program }, async (address, parent) => {
    await untilLogged(parent, 'A worker serves', 2)
    expect((await send(`${address}/readyz`)).status).toBe(200)
  })
})

test('D-18: workers share one witness: the first keeps it, and the others hold the database against it', async () => {
  using directory = temporaryDirectory()
  const witness = join(directory.path, 'witness')
  const given = await workersOn(2, { ADJOURN_WITNESS: witness })
  await withChild(given, async (_url, parent) => {
    const kept = readFileSync(witness, 'utf8')
    // As when the database had been put back under the workers.
    const ahead = kept.replace('"audit":{"n":', '"audit":{"n":1000')
    expect(ahead).not.toBe(kept)
    writeFileSync(witness, ahead)
    process.kill(workerPids(parent)[1] ?? 0, 'SIGKILL')
    await untilLogged(parent, 'A worker ended and will be replaced', 2)
    const [killed, refused] = logged(parent, 'A worker ended and will be replaced')
    expect(killed).toMatchObject({ worker: 2, because: 'SIGKILL' })
    expect(refused).toMatchObject({ worker: 2, because: expect.stringContaining('the witness saw 1000') })
    expect(readFileSync(witness, 'utf8')).toBe(ahead)
    writeFileSync(witness, kept)
    await untilLogged(parent, 'A worker serves', 3)
  })
})
