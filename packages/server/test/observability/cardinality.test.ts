import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Route, surfaceOf } from '../bad-input/surface.ts'
import { password, signedInMember } from '../support/members.ts'
import { type Reading, readMetrics } from '../support/metrics.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let routes: readonly Route[]
beforeAll(async () => {
  server = await startTestServer()
  routes = await surfaceOf(server)
})
afterAll(() => server.close())

/** Every value of every label but the bounds of buckets. */
function labelValuesOf(reading: Reading): ReadonlySet<string> {
  return new Set(
    Array.from(reading.keys()).flatMap((series) =>
      Array.from(series.matchAll(/([a-z]+)="([^"]*)"/g), ([, name, value = '']) =>
        name === 'le' ? [] : [value],
      ).flat(),
    ),
  )
}

/** The same attempts as before with other values: whatever can be chosen is chosen anew. */
async function attemptEverything(): Promise<void> {
  const chosen = () => `${randomUUID()}"\n\\${randomBytes(6).toString('hex')}`
  for (const { method, addresses } of routes) {
    const path = (addresses[0] ?? '').replaceAll('00000000-0000-4000-8000-000000000000', randomUUID())
    const query = new URLSearchParams({ clientId: chosen(), state: chosen(), [randomUUID()]: chosen() })
    await send(`${server.url}${path}?${query}`, {
      method,
      headers: { authorization: randomUUID(), origin: `https://${randomUUID()}.example`, cookie: `${randomUUID()}=1` },
      ...(method === 'GET' || method === 'DELETE' ? {} : { json: { [randomUUID()]: chosen(), grantType: chosen() } }),
    })
    await send(`${server.url}${path}/${randomUUID()}`)
    await send(`${server.url}${path}`, { method: 'PATCH' })
  }
  await send(`${server.url}/v2/login`, { json: { loginId: { email: `${randomUUID()}@shop.example` }, password } })
  await send(`${server.url}/%zz${randomUUID()}`)
  const { accessToken } = await signedInMember(server)
  await send(`${server.url}/v1/logout`, { headers: { authorization: accessToken } })
  await send(`${server.url}/v1/sessions/current`, { headers: { authorization: accessToken } })
}

test('A-03: whatever callers send, they choose no label, and the number of series does not grow with them', async () => {
  await readMetrics(server)
  await attemptEverything()
  const before = await readMetrics(server)
  await attemptEverything()
  await attemptEverything()
  const after = await readMetrics(server)
  expect([...after.keys()].filter((series) => !before.has(series))).toEqual([])
  for (const value of labelValuesOf(after)) {
    // Addresses as the service writes them, with the names of their parameters, and its own words.
    expect(value).toMatch(/^(?:(?:\/[a-z0-9._-]+|\/:[a-zA-Z]+)+|[-A-Za-z0-9_.+]{1,40})$/)
    expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|@|[0-9a-f]{12}/)
  }
})
