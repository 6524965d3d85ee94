/** What a proxy says that it was sent without TLS, where the service is at an https address. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHttpsServer } from '../support/https-server.ts'
import { acceptedOf, loginByForm, registerMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { surfaceOf } from './surface.ts'

let server: TestServer
beforeAll(async () => {
  server = await startHttpsServer({ environment: { ADJOURN_TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => server.close())

const refusal = 'This service is reached by https alone'
const machines = ['/healthz', '/readyz', '/metrics']

test.each(['http', 'HTTP', 'https, http', 'ws', 'anything'])(
  'H-01: every route refuses what came by %s, redirects nobody and lets nothing happen',
  async (proto) => {
    for (const { method, addresses } of await surfaceOf(server)) {
      const [address = ''] = addresses
      if (machines.includes(address)) continue
      const answer = await send(`${server.url}${address}`, {
        method,
        headers: { 'x-forwarded-proto': proto, accept: 'text/html' },
      })
      expect([address, answer.status], address).toEqual([address, 400])
      expect(answer.text, address).toContain(refusal)
      expect(answer.headers['location'], address).toBeUndefined()
      expect(answer.headers['strict-transport-security'], address).toBe('max-age=31536000')
    }
  },
)

test('H-01: a logout and a login that came without TLS end and begin nothing', async () => {
  const { email } = await registerMember(server)
  const cookie = await loginByForm(server, email)
  const plain = { 'x-forwarded-proto': 'http', cookie, 'x-requested-with': 'a script' }
  expect((await send(`${server.url}/v1/logout`, { method: 'POST', headers: plain })).status).toBe(400)
  expect(await acceptedOf(server, { cookie })).not.toEqual([])
  const login = { json: { loginId: { email }, password: 'a long passphrase of ada' } }
  expect((await send(`${server.url}/v2/login`, { ...login, headers: { 'x-forwarded-proto': 'http' } })).status).toBe(
    400,
  )
  expect((await send(`${server.url}/v2/login`, { ...login, headers: { 'x-forwarded-proto': 'https' } })).status).toBe(
    200,
  )
})

test('the machines around the service may ask whether it is well', async () => {
  for (const path of ['/healthz', '/readyz']) {
    expect((await send(`${server.url}${path}`, { headers: { 'x-forwarded-proto': 'http' } })).status).toBe(200)
  }
})

test('a proxy that says nothing of it is taken to have ended TLS', async () => {
  expect((await send(`${server.url}/login?clientId=${server.client.id}`)).status).toBe(200)
})

test('H-07: what a peer says that is no trusted proxy counts for nothing, and a loopback address has no TLS to ask for', async () => {
  await using apart = await startHttpsServer({ environment: { ADJOURN_TRUSTED_PROXIES: '10.0.0.0/8' } })
  await using local = await startTestServer({ environment: { ADJOURN_TRUSTED_PROXIES: '127.0.0.1' } })
  for (const each of [apart, local]) {
    const answer = await send(`${each.url}/login?clientId=${each.client.id}`, {
      headers: { 'x-forwarded-proto': 'http' },
    })
    expect(answer.status).toBe(200)
  }
})
