/** An installation with credentials of every kind is moved, and served from the new place at the same address. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { moveInstallation } from '../../src/move-installation.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { type Credential, present, useUp } from '../support/credentials.ts'
import { manualClock } from '../support/manual-clock.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  cookieOf,
  exchange,
  loginByForm,
  loginTicket,
  password,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { askToRefresh, logoutTicket, tokensOf } from '../support/requests.ts'
import { send } from '../support/send.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'
import { startServerOnPostgres } from './server-on-postgres.ts'

let directory: ReturnType<typeof temporaryDirectory>
let database: PostgresServer
let server: TestServer
/** What was good before, and what was not, with what it was. */
const live: (readonly [string, Credential])[] = []
const over: (readonly [string, Credential])[] = []
let entriesBefore: number
let idBefore: string

/** Everything that can be held before a move: written down in `live` and `over`. */
async function useInEveryWay(before: TestServer): Promise<void> {
  const { client } = before
  const hold = (list: typeof live, whose: string, held: Partial<Record<Credential['kind'], string>>, of = client) => {
    for (const [kind, text] of Object.entries(held)) {
      list.push([`${whose}: ${kind}`, { kind: kind as Credential['kind'], text, client: of }])
    }
  }
  const ada = await signedInMember(before)
  const { accessToken, refreshToken, cookie } = ada
  hold(live, 'a member', { 'access token': accessToken, 'refresh token': refreshToken, cookie })
  hold(live, 'a member', { code: await authorizeWithCookie(before, cookie) })
  hold(live, 'a member at a second device', { 'session ticket': await loginTicket(before, ada.email) })
  hold(live, 'a member in a second browser', { cookie: await loginByForm(before, ada.email, { remember: true }) })
  hold(over, 'a member', { 'session ticket': ada.sessionToken })

  const rotating = await before.addClient({ refreshTokenPolicy: 'rotating', createdAt: before.clock.now() + 1 })
  const account = await registerMember(before)
  const authorized = await authorizeWithTicket(before, account.sessionToken, { client: rotating })
  const first = await exchange(before, authorized.code, rotating)
  const second = tokensOf(await askToRefresh({ ...before, client: rotating }, first.refreshToken))
  hold(live, 'a member of a client with rotation', { 'access token': second.accessToken }, rotating)
  hold(live, 'a member of a client with rotation', { 'refresh token': second.refreshToken }, rotating)

  const leaving = await signedInMember(before)
  hold(live, 'a member who is about to leave', { 'logout ticket': await logoutTicket(before, leaving.accessToken) })

  const gone = await signedInMember(before)
  const held = {
    'access token': gone.accessToken,
    'refresh token': gone.refreshToken,
    cookie: gone.cookie,
    code: await authorizeWithCookie(before, gone.cookie),
    'logout ticket': await logoutTicket(before, gone.accessToken),
  }
  await send(`${before.url}/v1/logout`, { headers: { authorization: gone.accessToken }, json: {} })
  hold(over, 'a member who logged out', held)

  const changing = await signedInMember(before)
  const elsewhere = await loginByForm(before, changing.email)
  const changed = await send(`${before.url}/v2/change-password`, {
    headers: { authorization: changing.accessToken, cookie: changing.cookie },
    json: { newPassword: `${password} again` },
  })
  expect(changed.status, changed.text).toBe(200)
  const renewed = cookieOf(changed.setCookies)
  hold(live, 'a member who changed the password', { cookie: String(renewed), 'access token': changing.accessToken })
  hold(over, 'a member who changed the password', { cookie: changing.cookie })
  hold(over, 'the same member elsewhere', { cookie: elsewhere })

  const visitor = await visitorTokens(before)
  const closed = await visitorTokens(before)
  await send(`${before.url}/v1/logout?logoutTicket=${await logoutTicket(before, closed.accessToken)}`)
  hold(live, 'a visitor', {
    'visitor access token': visitor.accessToken,
    'visitor refresh token': visitor.refreshToken,
  })
  hold(over, 'a visitor who was closed', {
    'visitor access token': closed.accessToken,
    'visitor refresh token': closed.refreshToken,
  })
}

beforeAll(async () => {
  directory = temporaryDirectory()
  database = await PostgresServer.start()
  const path = join(directory.path, 'adjourn.db')
  const keyEncryptionKey = Buffer.alloc(32, 'moved').toString('base64')
  const environment = { ADJOURN_KEY_ENCRYPTION_KEY: keyEncryptionKey, ADJOURN_DATABASE_URL: `sqlite:${path}` }
  const before = await startTestServer({ clock: manualClock(Date.now()), environment })
  await useInEveryWay(before)
  idBefore = before.client.id
  entriesBefore = (await before.service.storage.logHead()).n
  await before.close()

  const name = await database.createDatabase('empty')
  await moveInstallation({ from: path, to: database.location(name), clock: systemClock, progress: () => {} })
  server = await startServerOnPostgres({
    ...environment,
    ADJOURN_PORT: new URL(before.url).port,
    ADJOURN_DATABASE_URL: database.url(name),
  })
  expect(server.url).toBe(before.url)
})
afterAll(async () => {
  await server.close()
  await database[Symbol.asyncDispose]()
  directory[Symbol.dispose]()
})

test('the site, its clients and its administrator are who they were', async () => {
  expect(server.newAdministratorKey).toBeNull()
  expect(server.client.id).toBe(idBefore)
  const headers = { authorization: `Bearer ${administratorKey}` }
  expect((await send(`${server.url}/admin/v1/keys`, { headers })).status).toBe(200)
  const keys = await server.service.storage.listKeys()
  expect(keys.length).toBeGreaterThan(0)
  for (const { wrappedBy } of keys) expect(wrappedBy).toMatch(/^[0-9a-f]{16}$/)
})

test('what was over before the move is over after it, wherever it is presented', async () => {
  expect(over.length).toBeGreaterThan(8)
  for (const [name, credential] of over) {
    const verdicts = { ...(await present(server, credential)), ...(await useUp(server, credential)) }
    expect(Object.values(verdicts), name).not.toContain(true)
    expect(Object.keys(verdicts).length, name).toBeGreaterThan(0)
  }
  expect((await server.service.storage.logHead()).n).toBe(entriesBefore)
})

test('everything that was good before the move is good after it, and good for the same', async () => {
  expect(live.length).toBeGreaterThan(12)
  for (const [name, credential] of live) {
    const verdicts = await present(server, credential)
    expect(
      Object.entries(verdicts).filter(([, isGood]) => !isGood),
      name,
    ).toEqual([])
  }
  // One that ends something comes last.
  const inOrder = live.toSorted(
    ([, one], [, other]) => Number(one.kind === 'logout ticket') - Number(other.kind === 'logout ticket'),
  )
  for (const [name, credential] of inOrder) {
    const verdicts = await useUp(server, credential)
    expect(
      Object.entries(verdicts).filter(([, isGood]) => !isGood),
      name,
    ).toEqual([])
  }
  expect((await server.service.storage.logHead()).n).toBe(entriesBefore + 1)
})

test('members log in with their passwords as before, log out, and the log goes on in one chain', async () => {
  const cookies = live.filter(([, { kind }]) => kind === 'cookie')
  for (const [name, { text, client }] of cookies) {
    const answer = await send(`${server.url}/v1/logout`, { headers: { cookie: text }, json: {} })
    expect(answer.status, name).toBe(200)
    expect(await present(server, { kind: 'cookie', text, client }), name).toEqual({ 'session check': false })
  }
  const someone = await signedInMember(server)
  const again = await loginByForm(server, someone.email)
  expect(await present(server, { kind: 'cookie', text: again, client: server.client })).toEqual({
    'session check': true,
  })
  const log = await readWholeLog(server.service.storage)
  expect(problemOfLog(log)).toBeUndefined()
  expect(log.head.n).toBe(entriesBefore + 1 + cookies.length)
})
