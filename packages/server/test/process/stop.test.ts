import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/adapters/sqlite/sqlite-storage.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { startChild } from './child.ts'
import { memberByForm } from './members-of-child.ts'
import { beginLogout, refusesConnections } from './slow-logout.ts'

test('D-21: a signal in the moment of the ready line is a stop like any other', async () => {
  using directory = temporaryDirectory()
  const child = startChild({ directory: directory.path })
  await child.ready
  child.kill('SIGTERM')
  expect(await child.exited).toEqual({ code: 0, signal: null })
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`D-21: on ${signal} nobody new is let in, a logout in flight is finished and answered, and the process ends with 0`, async () => {
    using directory = temporaryDirectory()
    const child = startChild({ directory: directory.path })
    const url = await child.ready
    const { cookie } = await memberByForm(url, child)

    const request = beginLogout(url, cookie)
    await request.accepted
    child.kill(signal)
    await refusesConnections(url)
    const answer = await request.finish()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).toContain('"statusCode":200')
    expect(await child.exited).toEqual({ code: 0, signal: null })

    const data = join(directory.path, 'data')
    expect(readdirSync(data).toSorted()).toEqual(['adjourn.db', 'adjourn.db-witness'])
    const storage = openSqliteStorage({
      location: { kind: 'sqlite', path: join(data, 'adjourn.db') },
      clock: systemClock,
      randomness: systemRandomness,
    })
    const log = await readWholeLog(storage)
    expect(problemOfLog(log)).toBeUndefined()
    expect(log.entries.map(({ kind }) => kind)).toEqual(['session'])
    await storage.close()
  })
}

test('a second signal while the process stops does not cut off what is in flight', async () => {
  using directory = temporaryDirectory()
  const child = startChild({ directory: directory.path, environment: { ADJOURN_DATABASE_URL: 'sqlite::memory:' } })
  const url = await child.ready
  const request = beginLogout(url, 'none=1')
  await request.accepted
  child.kill('SIGTERM')
  await refusesConnections(url)
  child.kill('SIGTERM')
  child.kill('SIGINT')
  expect(await request.finish()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(await child.exited).toEqual({ code: 0, signal: null })
})

test('a connection that was only kept open does not hold up the stop', async () => {
  using directory = temporaryDirectory()
  const child = startChild({ directory: directory.path, environment: { ADJOURN_DATABASE_URL: 'sqlite::memory:' } })
  const { hostname, port } = new URL(await child.ready)
  const socket = connect(Number(port), hostname)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  const answered = new Promise((resolve) => socket.once('data', resolve))
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
  await answered
  const before = performance.now()
  child.kill('SIGTERM')
  await closed
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(performance.now() - before).toBeLessThan(9_000)
})
