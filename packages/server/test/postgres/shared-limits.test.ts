/** What is counted on one server counts on every other that shares its database. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { throttleRules } from '../../src/domain/throttle.ts'
import { oauthErrorOf, refusalOf } from '../support/answers.ts'
import { addressOf, logInFrom, retryAfterOf, sendFrom, startProxiedServer } from '../support/from-address.ts'
import { type ManualClock, manualClock, minute } from '../support/manual-clock.ts'
import { registerMember } from '../support/members.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresServerDatabase } from '../support/server-database.ts'
import type { TestServer } from '../support/test-server.ts'

let postgres: PostgresServer
let database: PostgresServerDatabase
let clock: ManualClock
let nodes: readonly [TestServer, TestServer]
beforeAll(async () => {
  postgres = await PostgresServer.start()
  database = new PostgresServerDatabase(postgres, await postgres.createDatabase('empty'))
  clock = manualClock()
  nodes = [await startProxiedServer({ database, clock }), await startProxiedServer({ database, clock })]
})
afterAll(async () => {
  for (const node of nodes) await node.close()
  await database[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

const wrong = 'not the passphrase'
/** The two in turn. */
const node = (index: number) => nodes[index % 2 === 0 ? 0 : 1]

test('P-08: failures of one account on two servers add up, and both make it wait', async () => {
  const { email } = await registerMember(nodes[0])
  for (let count = 0; count < 10; count += 1) await logInFrom(addressOf(count), node(count), email, wrong)
  for (const each of nodes) {
    const refused = await logInFrom(addressOf(20), each, email)
    expect([refusalOf(refused), retryAfterOf(refused)]).toEqual(['429 THROTTLED_FEATURE', 30])
  }
})

test('P-08: failures at once on two servers all count', async () => {
  const { email } = await registerMember(nodes[0])
  const address = addressOf(100)
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, count) => logInFrom(address, node(count), email, `${wrong} ${count}`)),
  )
  const counted = answers.filter(({ status }) => status === 401).length
  expect(counted).toBeGreaterThanOrEqual(throttleRules.login_account.allowed)
  const rows = (await database.dump()).split('\n').filter((line) => line.startsWith('throttle ('))
  // Of the account, of its lock, and of the address.
  expect(rows.filter((line) => line.includes(`,${counted},`))).toHaveLength(3)
  clock.advance(15 * minute)
})

test('H-06: an address that used a limit up on one server is turned away by the other at its next failure', async () => {
  const address = addressOf(200)
  const refresh = (at: TestServer) =>
    sendFrom(address, `${at.url}/oauth2/token`, {
      json: { grantType: 'refresh_token', refreshToken: `adj_refresh_${'A'.repeat(43)}` },
    })
  for (let count = 0; count < throttleRules.token_address.allowed; count += 100) {
    await Promise.all(Array.from({ length: 100 }, () => refresh(nodes[0])))
  }
  expect(oauthErrorOf(await refresh(nodes[0]))).toBe('429 temporarily_unavailable')
  expect(oauthErrorOf(await refresh(nodes[1]))).toBe('400 invalid_grant')
  expect(oauthErrorOf(await refresh(nodes[1]))).toBe('429 temporarily_unavailable')
})
