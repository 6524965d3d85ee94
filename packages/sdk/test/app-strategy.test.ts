import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretOf } from '../../server/test/support/clients.ts'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { AppStrategy, createAdminClient } from '../src/server.ts'
import { watchedFetch } from './site.ts'

let server: TestServer
let clientSecret: string
beforeAll(async () => {
  server = await startTestServer()
  clientSecret = await secretOf(server)
})
afterAll(() => server.close())

/** An app of which many calls come at once. */
function busyApp(fetch: typeof globalThis.fetch) {
  const auth = AppStrategy({ clientId: server.client.id, clientSecret })
  const { asContext, auth: app } = createAdminClient({ baseUrl: server.url, auth, fetch })
  return { app, call: () => asContext.call({ verb: 'GET', path: '/oauth2/jwks' }) }
}

const atOnce = (work: () => Promise<unknown>) => Promise.all([work(), work(), work()])

test('of several first calls at once, one asks for a token', async () => {
  const watch = watchedFetch()
  const { app, call } = busyApp(watch.fetch)
  await atOnce(call)
  expect(watch.count('/oauth2/token')).toBe(1)
  expect(new Set(await atOnce(() => app.authorization())).size).toBe(1)
  expect(watch.count('/oauth2/token')).toBe(1)
})

test('of several calls at once that were refused with the same token, one asks for the next', async () => {
  const watch = watchedFetch()
  const { app } = busyApp(watch.fetch)
  const before = await app.authorization()
  server.clock.advance(1_000)
  expect(await atOnce(async () => app.refused?.(before, null))).toEqual([true, true, true])
  expect(await app.authorization()).not.toBe(before)
  expect(watch.count('/oauth2/token')).toBe(2)
})

test('calls that come while a new token is on its way wait for it, and are not made with the refused one', async () => {
  const { app } = busyApp(fetch)
  const before = await app.authorization()
  server.clock.advance(1_000)
  const refused = app.refused?.(before, null)
  expect(await app.authorization()).not.toBe(before)
  expect(await refused).toBe(true)
})

test('when no token can be got, each call says so, and the next one asks anew', async () => {
  let isAway = true
  const watch = watchedFetch(() => (isAway ? new TypeError('fetch failed') : undefined))
  const { app } = busyApp(watch.fetch)
  const ended = await Promise.allSettled([app.authorization(), app.authorization()])
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(watch.count('/oauth2/token')).toBe(1)
  isAway = false
  expect(await app.authorization()).toMatch(/./)
})
