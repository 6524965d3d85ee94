import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { administer, block } from '../support/administer.ts'
import { FailingStorage } from '../support/failing-storage.ts'
import { loginTicket, password, registerMember, signedInMember } from '../support/members.ts'
import { growthOf, type Reading, readMetrics } from '../support/metrics.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const storage = new FailingStorage()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ decorateStorage: storage.decorate })
})
afterEach(() => storage.mend())
afterAll(() => server.close())

/** What grew while something was done, of the metrics with this beginning. */
async function growth(of: string, work: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const before = await readMetrics(server)
  await work()
  const grown = Object.entries(growthOf(before, await readMetrics(server)))
  return Object.fromEntries(grown.filter(([series]) => series.startsWith(of)))
}

const person = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }
const requests = 'adjourn_request_duration_seconds_count'
const countOf = (reading: Reading, series: string) => reading.get(series) ?? 0

test('every answer is counted once, by method, documented address and class of status', async () => {
  const { accessToken, email } = await signedInMember(server)
  const grown = await growth(requests, async () => {
    await send(`${server.url}/v1/sessions/current`, { headers: { authorization: accessToken } })
    await send(`${server.url}/v1/sessions/current`)
    await send(`${server.url}/v1/sessions/current`, { method: 'DELETE' })
    await send(`${server.url}/v1/sessions/current`, { method: 'HEAD' })
    await send(`${server.url}/v1/sessions/current`, { method: 'OPTIONS' })
    await send(`${server.url}/v2/login`, { json: { loginId: { email }, password } })
    // The same method at another of its addresses.
    await send(`${server.url}/_api/iam/authentication/v2/login`, { json: { loginId: { email }, password } })
  })
  const current = (method: string, status: string) =>
    `${requests}{method="${method}",route="/v1/sessions/current",status="${status}"}`
  expect(grown).toEqual({
    [current('GET', '2xx')]: 1,
    [current('GET', '4xx')]: 1,
    [current('DELETE', '2xx')]: 1,
    [current('HEAD', '4xx')]: 1,
    [current('OPTIONS', '2xx')]: 1,
    [`${requests}{method="POST",route="/v2/login",status="2xx"}`]: 2,
    [`${requests}{method="GET",route="/metrics",status="2xx"}`]: 1,
  })
})

test('addresses that are not there, and methods that are not taken, are counted together', async () => {
  const grown = await growth(requests, async () => {
    for (let count = 0; count < 20; count += 1) await send(`${server.url}/${randomUUID()}`)
    await send(`${server.url}/v1/sessions/current`, { method: 'PATCH' })
  })
  expect(grown).toMatchObject({ [`${requests}{method="any",route="none",status="4xx"}`]: 21 })
  expect(Object.keys(grown)).toHaveLength(2)
})

test('a refusal is counted by its code, and by what lay behind it where the code does not say', async () => {
  const { email, accessToken, cookie } = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  const refused = await growth('adjourn_refusals_total', async () => {
    await send(`${server.url}/v1/sessions/current`, { headers: { cookie } })
    await send(`${server.url}/v1/sessions/current`, { headers: { authorization: 'nonsense' } })
    await send(`${server.url}/v2/login`, { json: { loginId: { email }, password: 'not the passphrase' } })
    await send(`${server.url}/v2/register`, { json: {} })
    await send(`${server.url}/oauth2/token`, { json: { grantType: 'refresh_token', refreshToken: 'nonsense' } })
    await send(`${server.url}/v1/logout?clientId=${server.client.id}&postLogoutRedirectUri=ftp://a`, {
      headers: person,
    })
  })
  expect(refused).toMatchObject({
    'adjourn_refusals_total{code="UNAUTHENTICATED",because="logout"}': 1,
    'adjourn_refusals_total{code="UNAUTHENTICATED"}': 1,
    'adjourn_refusals_total{code="-19976"}': 1,
    'adjourn_refusals_total{code="INVALID_ARGUMENT",because="invalid_grant"}': 1,
  })
  expect(refused['adjourn_refusals_total{code="INVALID_ARGUMENT"}']).toBe(2)
})

test('a check of a session is counted by what it found', async () => {
  const { accessToken, cookie } = await signedInMember(server)
  const blocked = await signedInMember(server)
  const check = (headers: Readonly<Record<string, string>>) => send(`${server.url}/v1/sessions/current`, { headers })
  const checks = await growth('adjourn_session_checks_total', async () => {
    await check({ cookie })
    await check({ authorization: accessToken })
    await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
    await check({ cookie })
    await check({ authorization: accessToken })
    await check({ cookie: cookie.replace(/[^=]{43}$/, 'A'.repeat(43)) })
    await block(server, blocked.memberId)
    await check({ cookie: blocked.cookie })
  })
  expect(checks).toEqual({
    'adjourn_session_checks_total{outcome="live"}': 2,
    'adjourn_session_checks_total{outcome="logout"}': 2,
    'adjourn_session_checks_total{outcome="unknown"}': 1,
    'adjourn_session_checks_total{outcome="blocked"}': 1,
  })
})

test('logins, ends by their cause and administrative acts are counted as they go on record', async () => {
  const acts = await growth('adjourn_audit_records_total', async () => {
    const first = await signedInMember(server)
    await loginTicket(server, first.email)
    await send(`${server.url}/v1/logout`, { headers: { authorization: first.accessToken } })
    // What had ended before is not on record again.
    await send(`${server.url}/v1/logout`, { headers: { authorization: first.accessToken } })
    await block(server, first.memberId)
    await administer(server, 'POST', '/keys/rotate')
  })
  expect(acts).toEqual({
    'adjourn_audit_records_total{event="member.registered"}': 1,
    'adjourn_audit_records_total{event="session.started"}': 2,
    'adjourn_audit_records_total{event="session.claimed"}': 1,
    'adjourn_audit_records_total{event="grant.opened"}': 1,
    'adjourn_audit_records_total{event="session.ended",cause="logout"}': 1,
    'adjourn_audit_records_total{event="session.ended",cause="blocked"}': 1,
    'adjourn_audit_records_total{event="member.blocked"}': 1,
    'adjourn_audit_records_total{event="keys.rotated"}': 1,
  })
})

test('passwords are counted by outcome, and their hashes timed', async () => {
  const { email } = await registerMember(server)
  const logIn = (as: string, by: string) =>
    send(`${server.url}/v2/login`, { json: { loginId: { email: as }, password: by } })
  const grown = await growth('adjourn_password', async () => {
    await logIn(email, password)
    await logIn(email, 'not the passphrase')
    await logIn(`${randomUUID()}@shop.example`, password)
  })
  expect(grown).toMatchObject({
    'adjourn_password_checks_total{outcome="right"}': 1,
    'adjourn_password_checks_total{outcome="wrong_password"}': 1,
    'adjourn_password_checks_total{outcome="unknown_address"}': 1,
    adjourn_password_hash_duration_seconds_count: 3,
  })
  const reading = await readMetrics(server)
  expect(countOf(reading, 'adjourn_password_hashes_running')).toBe(0)
  expect(countOf(reading, 'adjourn_password_hashes_waiting')).toBe(0)
})

test('A-06: every commit is counted with how long it took and how many writes shared it', async () => {
  const members = await Promise.all(Array.from({ length: 8 }, () => signedInMember(server)))
  const done = 'adjourn_commit_duration_seconds_count{outcome="done"}'
  const grown = await growth('adjourn_commit', () =>
    Promise.all(
      members.map(({ accessToken }) => send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })),
    ),
  )
  expect(grown['adjourn_commit_batch_size_sum']).toBe(8)
  expect(grown[done]).toBe(grown['adjourn_commit_batch_size_count'])
  expect(grown[done]).toBeLessThanOrEqual(8)
  expect(grown['adjourn_commit_duration_seconds_sum{outcome="done"}']).toBeGreaterThan(0)
})

test('A-06: a commit that fails is counted as such', async () => {
  const { accessToken } = await signedInMember(server)
  await server.contents.breakWrites('audit')
  const grown = await growth('adjourn_commit_duration_seconds_count', async () => {
    const answer = await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
    expect(answer.status).toBe(503)
  })
  await server.contents.mend()
  expect(grown).toEqual({ 'adjourn_commit_duration_seconds_count{outcome="nothing_happened"}': 1 })
})

test('look-ups of sessions are counted by how many went together', async () => {
  const { cookie } = await signedInMember(server)
  const grown = await growth('adjourn_check_batch_size', () =>
    send(`${server.url}/v1/sessions/current`, { headers: { cookie } }),
  )
  expect(grown['adjourn_check_batch_size_sum']).toBeGreaterThanOrEqual(1)
})

test('the number of the last entry of the revocation log is told, and that the database answers', async () => {
  const { accessToken } = await signedInMember(server)
  const before = await readMetrics(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  const after = await readMetrics(server)
  expect(after.get('adjourn_revocation_log_entries')).toBe(countOf(before, 'adjourn_revocation_log_entries') + 1)
  expect(after.get('adjourn_database_up')).toBe(1)
})

test('without the database metrics are answered all the same, and say so', async () => {
  storage.reject('nothing_happened', 'owedDuties')
  const reading = await readMetrics(server)
  expect(reading.get('adjourn_database_up')).toBe(0)
  expect([...reading.keys()].some((series) => series.startsWith('adjourn_dut'))).toBe(false)
  expect(countOf(reading, 'process_cpu_seconds_total')).toBeGreaterThan(0)
})

test('the process tells of itself', async () => {
  const reading = await readMetrics(server)
  for (const name of ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes', 'process_start_time_seconds']) {
    expect(countOf(reading, name), name).toBeGreaterThan(0)
  }
  expect(reading.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0)
  expect([...reading.keys()].find((series) => series.startsWith('adjourn_build_info'))).toMatch(
    /^adjourn_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\}$/,
  )
})
