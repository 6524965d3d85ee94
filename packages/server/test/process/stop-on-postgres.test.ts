/** One of several real processes on PostgreSQL is told to stop while members log out at it, as in every rolling update. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/adapters/postgres/postgres-storage.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import type { MemberId } from '../../src/domain/ids.ts'
import { hashSecret, mintSecret } from '../../src/domain/secrets.ts'
import { judgeSession } from '../../src/domain/session.ts'
import type { Storage } from '../../src/ports/storage.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { password } from '../support/members.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { runs } from '../support/runs.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { type Child, startChild } from './child.ts'

let database: PostgresServer
let name: string
let storage: Storage

beforeAll(async () => {
  database = await PostgresServer.start()
  name = await database.createDatabase('empty')
  storage = await openPostgresStorage({ location: database.location(name), randomness: systemRandomness })
})
afterAll(async () => {
  await storage.close()
  await database[Symbol.asyncDispose]()
})

/** Starts sessions as a login does, but without the password, whose hash would cost more than all the rest. */
async function cookiesOf(memberId: MemberId, count: number): Promise<readonly string[]> {
  const member = await storage.findMember(memberId)
  if (member === undefined) throw new Error('The member is not there')
  const createdAt = storage.clock.now()
  return Promise.all(
    Array.from({ length: count }, async () => {
      const secret = mintSecret('session', systemRandomness)
      const session = {
        siteId: member.siteId,
        memberId,
        clientId: null,
        createdAt,
        expiresAt: createdAt + 3_600_000,
        idleMs: 3_600_000,
        claimBy: null,
        persistent: false,
        secretHash: hashSecret(secret),
        device: null,
        sessionsMost: 1000,
        ticket: null,
      }
      const asked = { at: createdAt, requestId: systemRandomness.guid() }
      await storage.startSession({ session, passwordHash: null, replaces: null, ...asked })
      return `adjourn_session=${secret}`
    }),
  )
}

async function isLive(cookie: string): Promise<boolean> {
  const facts = await storage.check({ by: 'secret', hash: hashSecret(cookie.slice(cookie.indexOf('=') + 1)) })
  if (facts === undefined) throw new Error('The session is not there')
  return judgeSession(facts).state === 'live'
}

/** Sends the head of a logout and waits until the server asks for the rest, which `finish` sends. */
async function beginLogout(url: string, cookie: string): Promise<{ finish: () => Promise<string> }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const goAhead = 'HTTP/1.1 100 Continue\r\n\r\n'
  let received = ''
  const ended = new Promise<void>((resolve, reject) => socket.on('close', () => resolve()).on('error', reject))
  const accepted = Promise.withResolvers<void>()
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
    if (received.startsWith(goAhead)) accepted.resolve()
  })
  const head = `POST /v1/logout HTTP/1.1\r\nHost: a\r\nCookie: ${cookie}\r\nContent-Type: application/json`
  socket.write(`${head}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`)
  await accepted.promise
  return {
    finish: async () => {
      socket.write('{}')
      await ended
      return received.slice(goAhead.length)
    },
  }
}

/** A logout by somebody who comes while the process may be gone already; whether it was acknowledged. */
async function tryLogout(url: string, cookie: string): Promise<boolean> {
  try {
    const { status } = await send(`${url}/v1/logout`, { headers: { cookie }, json: {} })
    return status === 200
  } catch {
    return false
  }
}

async function registerAt(url: string): Promise<MemberId> {
  const registered = await send(`${url}/v2/register`, {
    json: { loginId: { email: `${systemRandomness.guid()}@shop.example` }, password },
  })
  return registered.json<{ identity: { id: MemberId } }>().identity.id
}

test('D-21: on SIGTERM under load the logouts in progress are finished and answered, all that was acknowledged is on record, and the others serve on', async () => {
  using directory = temporaryDirectory()
  await using proxy = await TcpProxy.start(database.port)
  const start = (port: number): Child =>
    startChild({ directory: directory.path, environment: { ADJOURN_DATABASE_URL: database.url(name, port) } })
  const other = start(database.port)
  const stays = await other.ready
  for (let round = 0; round < runs({ test: 1, soak: 50 }); round += 1) {
    const child = start(proxy.port)
    const url = await child.ready
    const cookies = await cookiesOf(await registerAt(url), 120)
    const { n: before } = await storage.logHead()
    const [begun, coming] = [cookies.slice(0, 40), cookies.slice(40)]
    const inProgress = await Promise.all(begun.map((cookie) => beginLogout(url, cookie)))

    // From here on every question to the database takes a while, so that the stop finds commits under way.
    proxy.become({ lateByMs: 20 })
    let acknowledged = 0
    const answered = Promise.withResolvers<void>()
    const load = coming.map(async (cookie, index) => {
      // Some come at once, the others one by one when somebody has been answered.
      if (index >= 20) await answered.promise
      const isDone = await tryLogout(url, cookie)
      if (isDone) acknowledged += 1
      answered.resolve()
      return isDone
    })
    await answered.promise
    child.kill('SIGTERM')
    const finished = await Promise.all(inProgress.map(({ finish }) => finish()))
    for (const answer of finished) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(answer).toContain('"statusCode":200')
    }
    const outcomes = await Promise.all(load)
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(acknowledged).toBeGreaterThan(0)

    for (const cookie of begun) expect(await isLive(cookie)).toBe(false)
    let ended = begun.length
    for (const [index, cookie] of coming.entries()) {
      const lives = await isLive(cookie)
      if (outcomes[index] === true) expect(lives).toBe(false)
      if (!lives) ended += 1
      // Whoever was not answered tries again, and is sent to another process.
      expect(await tryLogout(stays, cookie)).toBe(true)
    }
    // What was carried out was answered: nobody's logout was dropped on the way.
    expect(ended).toBe(begun.length + acknowledged)
    expect((await storage.logHead()).n - before).toBe(cookies.length)
    expect(problemOfLog(await readWholeLog(storage))).toBeUndefined()
  }
  other.kill('SIGTERM')
  expect(await other.exited).toEqual({ code: 0, signal: null })
})
