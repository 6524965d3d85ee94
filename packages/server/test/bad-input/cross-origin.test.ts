import { afterAll, beforeAll, expect, test } from 'vitest'
import { StorageUnavailable } from '../../src/ports/storage.ts'
import { addressesOf } from '../../src/protocol/paths.ts'
import { authorizeQuery } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'
import { type Route, surfaceOf } from './surface.ts'

let server: TestServer
let open: TestServer
/** The methods of the API: all but pages and health. */
let routes: readonly Route[]

beforeAll(async () => {
  server = await startTestServer({ environment: { ADJOURN_DEVELOPMENT_ORIGINS: 'http://localhost:5173' } })
  open = await startTestServer({ environment: { ADJOURN_DEVELOPMENT_ORIGINS: '*' } })
  routes = (await surfaceOf(server)).filter(
    ({ errors, addresses }) => errors !== 'page' && !['/healthz', '/readyz'].includes(addresses[0] ?? ''),
  )
})
afterAll(async () => {
  await server.close()
  await open.close()
})

const knownOrigins = [siteOrigin, 'http://localhost:5173']
const unknownOrigins = [
  'https://evil.example',
  'http://shop.example',
  'https://shop.example.evil.example',
  'https://www.shop.example',
  'https://shop.example@evil.example',
  'https://shop.example/',
  'HTTPS://SHOP.EXAMPLE',
  'http://localhost:5174',
  'null',
  '*',
  '',
]

const askedHeaders =
  'authorization,client-binding,commonconfig,content-type,wix-account-id,wix-site-id,x-wix-bi-gateway,x-wix-consistent,x-wix-linguist'

function preflight(url: string, origin: string, method: string): Promise<Received> {
  return send(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': askedHeaders,
    },
  })
}

function listOf(value: Received['headers'][string]): readonly string[] {
  return String(value ?? '').split(', ')
}

test('a preflight of a known origin is answered 204 with every method and header that the official client sends', async () => {
  for (const { addresses, method } of routes) {
    for (const address of addresses) {
      for (const origin of knownOrigins) {
        const { status, headers, text } = await preflight(`${server.url}${address}`, origin, method)
        expect([status, text], address).toEqual([204, ''])
        expect(headers['access-control-allow-origin'], address).toBe(origin)
        expect(listOf(headers['access-control-allow-methods'])).toEqual([
          'GET',
          'POST',
          'PATCH',
          'PUT',
          'DELETE',
          'OPTIONS',
        ])
        expect(listOf(headers['access-control-allow-headers'])).toEqual(expect.arrayContaining(askedHeaders.split(',')))
        expect(Number(headers['access-control-max-age']), address).toBeGreaterThan(0)
        expect(headers, address).not.toHaveProperty('access-control-allow-credentials')
        expect(listOf(headers['vary']), address).toContain('Origin')
      }
    }
  }
})

test('a preflight of any other origin is allowed nothing', async () => {
  for (const { addresses, method } of routes) {
    for (const origin of unknownOrigins) {
      const { status, headers } = await preflight(`${server.url}${addresses[0]}`, origin, method)
      expect(status, addresses[0]).toBe(204)
      expect(headers, `${origin} at ${addresses[0]}`).not.toHaveProperty('access-control-allow-origin')
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
      expect(listOf(headers['vary'])).toContain('Origin')
    }
  }
})

test('the answer itself, good or bad, may be read by known origins alone', async () => {
  for (const { addresses, method } of routes) {
    for (const address of addresses) {
      const url = `${server.url}${address}`
      const [known, unknown, none] = [
        await send(url, { method, headers: { origin: siteOrigin } }),
        await send(url, { method, headers: { origin: 'https://evil.example' } }),
        await send(url, { method }),
      ]
      expect(known.headers['access-control-allow-origin'], address).toBe(siteOrigin)
      expect(listOf(known.headers['access-control-expose-headers'])).toEqual(['X-Wix-Request-Id', 'X-Wix-Consistent'])
      for (const { headers } of [unknown, none]) {
        expect(headers, address).not.toHaveProperty('access-control-allow-origin')
        expect(headers, address).not.toHaveProperty('access-control-expose-headers')
      }
      for (const { headers } of [known, unknown, none]) {
        expect(headers, address).not.toHaveProperty('access-control-allow-credentials')
        expect(listOf(headers['vary']), address).toContain('Origin')
      }
    }
  }
})

test('that an address is not there, or does not take a method, may be read by known origins alone', async () => {
  const mistakes = [
    ['GET', '/v1/sesions/current', 404],
    ['POST', '/v1/nowhere?a=b', 404],
    ['PUT', '/v1/logout', 405],
    ['DELETE', '/oauth2/token/', 405],
  ] as const
  for (const [method, address, status] of mistakes) {
    const url = `${server.url}${address}`
    for (const origin of [...knownOrigins, ...unknownOrigins]) {
      const isKnown = knownOrigins.includes(origin)
      const answer = await send(url, { method, headers: { origin }, ...(method === 'PUT' ? { body: '{' } : {}) })
      expect(answer.status, `${method} ${address}`).toBe(status)
      expect(answer.headers['access-control-allow-origin'], `${method} ${address}`).toBe(isKnown ? origin : undefined)
      expect('access-control-expose-headers' in answer.headers).toBe(isKnown)
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
      expect(listOf(answer.headers['vary'])).toContain('Origin')
    }
    expect((await send(url, { method })).headers).not.toHaveProperty('access-control-allow-origin')
    const { headers } = await send(`${open.url}${address}`, { method, headers: { origin: 'https://evil.example' } })
    expect(headers['access-control-allow-origin']).toBe('*')
  }
})

test('a preflight of a known origin succeeds where nothing is, so that the answer itself may be read', async () => {
  for (const origin of knownOrigins) {
    const { status, headers } = await preflight(`${server.url}/v1/nowhere`, origin, 'POST')
    expect([status, headers['access-control-allow-origin']]).toEqual([204, origin])
    expect(listOf(headers['access-control-allow-headers'])).toEqual(expect.arrayContaining(askedHeaders.split(',')))
  }
  for (const origin of unknownOrigins) {
    const { status, headers } = await preflight(`${server.url}/v1/nowhere`, origin, 'POST')
    expect([status, headers['access-control-allow-origin']]).toEqual([404, undefined])
  }
  expect((await send(`${server.url}/v1/nowhere`, { method: 'OPTIONS', headers: { origin: siteOrigin } })).status).toBe(
    404,
  )
})

test('while the database is silent nobody knows whose origin it is, and an unknown address is told to programs alone', async () => {
  let isSilent = false
  const silence = new StorageUnavailable('silenced by the test', { outcome: 'nothing_happened' })
  await using failing = await startTestServer({
    decorateStorage: (storage) => ({
      ...storage,
      listClients: () => (isSilent ? Promise.reject(silence) : storage.listClients()),
    }),
  })
  isSilent = true
  const url = `${failing.url}/v1/nowhere`
  const [script, program] = [await send(url, { headers: { origin: siteOrigin } }), await send(url)]
  expect([script.status, script.headers['retry-after'], program.status]).toEqual([503, expect.any(String), 404])
})

test('of what no script may read, no script may read that it does not take a method either', async () => {
  for (const address of ['/healthz', '/readyz', '/openapi.json']) {
    for (const { status, headers } of [
      await send(`${server.url}${address}`, { method: 'PUT', headers: { origin: siteOrigin } }),
      await preflight(`${server.url}${address}`, siteOrigin, 'GET'),
    ]) {
      expect(status, address).toBe(405)
      expect(headers, address).not.toHaveProperty('access-control-allow-origin')
    }
  }
})

test('with the setting for every origin, every origin is answered with the star and never with credentials', async () => {
  for (const { addresses, method } of routes) {
    for (const origin of ['https://evil.example', siteOrigin, 'null']) {
      const asked = await preflight(`${open.url}${addresses[0]}`, origin, method)
      const sent = await send(`${open.url}${addresses[0]}`, { method, headers: { origin } })
      for (const { headers } of [asked, sent]) {
        expect(headers['access-control-allow-origin'], addresses[0]).toBe('*')
        expect(headers, addresses[0]).not.toHaveProperty('access-control-allow-credentials')
      }
    }
  }
})

test('a cookie from another origin ends nothing, with the setting for every origin too', async () => {
  for (const { url } of [server, open]) {
    const answer = await send(`${url}/v1/logout`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', cookie: `adjourn_session=adj_session_${'A'.repeat(43)}` },
    })
    expect(answer.status).toBe(403)
  }
})

test('the authorize endpoint is a page: no script of any origin may read it, and it takes no preflight', async () => {
  for (const { url, client } of [server, open]) {
    for (const address of addressesOf('oauth', '/authorize')) {
      for (const origin of [...knownOrigins, url]) {
        const target = `${url}${address}?${authorizeQuery(client)}`
        for (const answer of [
          await preflight(target, origin, 'GET'),
          await send(target, { headers: { origin } }),
          await send(`${url}${address}`, { headers: { origin }, form: { email: 'a' } }),
        ]) {
          const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))
          expect(cors, `${address} from ${origin}`).toEqual([])
        }
        expect((await preflight(target, origin, 'GET')).status).toBe(405)
      }
    }
  }
})
