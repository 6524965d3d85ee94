import { METHODS } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { exchangeBytes } from './raw-exchange.ts'
import { nobody, type Route, surfaceOf } from './surface.ts'

let server: TestServer
let routes: readonly Route[]
let before: string
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer()
  routes = await surfaceOf(server)
  before = digestOf(server.database)
})
afterAll(() => server.close())

/** All that Node lets through; `CONNECT` it keeps to itself. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/** The methods that an address takes, by the document, with what comes along: HEAD with GET, and preflights. */
function takenAt(address: string): readonly string[] {
  const documented = routes.filter(({ addresses }) => addresses.includes(address)).map(({ method }) => method)
  const isPage = routes.some(({ addresses, errors }) => addresses.includes(address) && errors === 'page')
  const isHealth = address === '/healthz' || address === '/readyz'
  return [
    ...documented,
    // A HEAD of the authorize page would use a ticket up for nobody.
    ...(documented.includes('GET') && !isPage ? ['HEAD'] : []),
    ...(isPage || isHealth ? [] : ['OPTIONS']),
  ].toSorted()
}

/** The methods that an address takes as the one of something whose id would be its last part, such as `query`. */
function takenOfSomethingCalledSo(address: string): readonly string[] {
  return takenAt(address.replace(/[^/]+$/, nobody))
}

test('H-05: every method of HTTP that an address does not take is answered 405 with the ones it does', async () => {
  const formOf = new Map(routes.flatMap(({ addresses, errors }) => addresses.map((each) => [each, errors] as const)))
  let refused = 0
  for (const [address, form] of formOf) {
    const taken = takenAt(address)
    for (const method of methods) {
      if (taken.includes(method) || takenOfSomethingCalledSo(address).includes(method)) continue
      const answer = await send(`${server.url}${address}`, { method })
      const sent = `${method} ${address}`
      watch.expectRefusal(answer, 405, form, sent)
      expect(String(answer.headers['allow']).split(', ').toSorted(), sent).toEqual(taken)
      refused += 1
    }
  }
  expect(refused).toBeGreaterThan(1000)
  expect(digestOf(server.database)).toBe(before)
})

test('H-05: 405 comes before any look at the body, and with a slash, a query, an encoding or a host in the address', async () => {
  for (const target of ['/v1/logout', '/v1/logout/', '/v1/logout?a=b', '/v1/%6cogout', '/v1/logout/?']) {
    const headers = { 'content-type': 'text/plain' }
    const answer = await send(`${server.url}${target}`, { method: 'PUT', body: '{', headers })
    watch.expectRefusal(answer, 405, 'identity', `PUT ${target}`)
    expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS, POST')
  }
  const absolute = await exchangeBytes(server.url, 'PUT http://shop.example/v1/logout?a HTTP/1.1\r\nHost: a\r\n\r\n')
  if (absolute === undefined) throw new Error('PUT of an absolute address was not answered')
  watch.expectRefusal(absolute, 405, 'identity', 'PUT of an absolute address')
})

test('a method of a header that stands for another one is not listened to', async () => {
  for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
    const answer = await send(`${server.url}/v1/sessions`, { method: 'PUT', headers: { [name]: 'DELETE' } })
    watch.expectRefusal(answer, 405, 'identity', name)
    const asGet = await send(`${server.url}/oauth2/token-info?_method=POST`, { headers: { [name]: 'POST' } })
    watch.expectRefusal(asGet, 405, 'identity', `GET with ${name}`)
  }
})

const unknown = [
  '/',
  '//',
  '/index.html',
  '/v1',
  '/v1/',
  '/v1/Logout',
  '/V1/logout',
  '/v1/logout/more',
  '/v1//logout',
  '//v1/logout',
  '/v1/logout//',
  '/v1%2flogout',
  '/v1/logout%00',
  '/v1/logout%2e',
  '/v1/logout;a=b',
  '/v1/..%2f..%2fetc%2fpasswd',
  '/v3/login',
  '/_api/v2/login',
  '/iam/authentication',
  '/admin',
  '/admin/v1/member',
  '/admin/v1/members/00000000-0000-4000-8000-000000000000/more',
  '/admin/v1/members/00000000-0000-4000-8000-000000000000/sessions/1/more',
  '/oauth2/',
  '/oauth2/tokens',
  '/__proto__',
  '/constructor',
  '/v1/logout/__proto__',
  '/.env',
  '/%e2%82%ac',
]

for (const method of ['GET', 'POST', 'DELETE', 'PROPFIND']) {
  test(`an address that is not there is answered 404, whatever ${method} brings along`, async () => {
    for (const path of unknown) {
      for (const extra of [
        {},
        { body: '{', headers: { 'content-type': 'application/json' } },
        { body: 'x'.repeat(70_000) },
      ]) {
        const answer = await send(`${server.url}${path}`, { method, ...extra })
        watch.expectRefusal(answer, 404, 'identity', `${method} ${path}`)
      }
    }
    expect(digestOf(server.database)).toBe(before)
  })
}

test('a path with dots is an address like any other, and not there', async () => {
  for (const path of ['/v1/./logout', '/v2/../v1/logout', '/../v1/logout', '/v1/logout/..', '/v1/%2e/logout']) {
    const answer = await exchangeBytes(server.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    if (answer === undefined) throw new Error(`${path} was not answered`)
    watch.expectRefusal(answer, 404, 'identity', `GET ${path}`)
  }
})

test('a path whose percent-encoding is broken is answered 400 with all that every answer carries', async () => {
  for (const path of ['/%', '/%zz', '/v1/%', '/v1/logout%', '/v1/%c3%28', '/%ff', '/v1/logout%e0%a4', '/%u0041']) {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
      const answer = await send(`${server.url}${path}`, { method })
      watch.expectRefusal(answer, 400, 'identity', `${method} ${path}`)
    }
  }
})

test('broken percent-encoding in a query is taken as it stands, and breaks nothing', async () => {
  for (const { method, addresses } of routes) {
    for (const query of ['%', '%zz=%zz', 'clientId=%', 'state=%c3%28', '=', '&&&', 'a=b=c', '?', '%00']) {
      const answer = await send(`${server.url}${addresses[0]}?${query}`, { method, headers: { origin: server.url } })
      expect(answer.status, `${method} ${addresses[0]}?${query}`).toBeLessThan(500)
      watch.expectCommon(answer, `${method} ${addresses[0]}?${query}`)
    }
  }
  expect(digestOf(server.database)).toBe(before)
})
