import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpApp } from '../../src/http/app.ts'
import { answerBrokenRequest } from '../../src/http/errors/broken-request.ts'
import { authorizeQuery, signedInMember, visitorTokens } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { exchangeBytes, type RawAnswer } from './raw-exchange.ts'
import { type Route, surfaceOf } from './surface.ts'

let server: TestServer
let routes: readonly Route[]
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer()
  routes = await surfaceOf(server)
})
afterAll(() => server.close())

function answered(answer: RawAnswer | undefined): RawAnswer {
  if (answer === undefined) throw new Error('The request was not answered')
  return answer
}

const jsonType = { 'content-type': 'application/json' }
const formType = { 'content-type': 'application/x-www-form-urlencoded' }

test('H-04: a body of 64 KiB is read, one of a byte more is refused with 413, by every method at every address', async () => {
  const before = digestOf(server.database)
  for (const { method, addresses, errors, body, takesJson } of routes) {
    if (body === undefined) continue
    const spaces = (length: number) => (takesJson ? '{"a":1}' : 'a=1').padEnd(length, ' ')
    const headers = { ...(takesJson ? jsonType : formType), origin: server.url }
    const atLimit = await send(`${server.url}${addresses[0]}`, { method, body: spaces(65_536), headers })
    expect(atLimit.status, `${method} ${addresses[0]}`).not.toBe(413)
    for (const address of addresses) {
      const beyond = await send(`${server.url}${address}`, { method, body: spaces(65_537), headers })
      watch.expectRefusal(beyond, 413, errors, `${method} ${address}`)
    }
  }
  expect(digestOf(server.database)).toBe(before)
})

test('H-04: a body of 10 MB is refused with 413 before it has arrived, with its length said and without', async () => {
  const piece = Buffer.alloc(64 * 1024, ' ')
  for (const { method, addresses, errors, body, takesJson } of routes) {
    if (body === undefined) continue
    const type = (takesJson ? jsonType : formType)['content-type']
    const head = `${method} ${addresses[0]} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nOrigin: ${server.url}\r\n`
    const said = await exchangeBytes(server.url, [
      `${head}Content-Length: ${160 * piece.length}\r\n\r\n`,
      ...Array.from({ length: 160 }, () => piece),
    ])
    watch.expectRefusal(answered(said), 413, errors, `${method} ${addresses[0]}, 10 MB`)
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    const unsaid = await exchangeBytes(server.url, [
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 160 }, () => chunk),
    ])
    watch.expectRefusal(answered(unsaid), 413, errors, `${method} ${addresses[0]}, 10 MB in chunks`)
  }
})

test('H-04: a body is refused by the length that was announced, before a byte of it was sent', async () => {
  const answer = await exchangeBytes(
    server.url,
    'POST /v2/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 65537\r\n\r\n',
  )
  watch.expectRefusal(answered(answer), 413, 'identity', 'an announced length')
})

test('H-04: a token of 8 KiB in the header is looked at, a longer one refused with 431, up to any length', async () => {
  const before = digestOf(server.database)
  for (const scheme of ['', 'Bearer ', 'x,', ',']) {
    const atLimit = await send(`${server.url}/v1/sessions/current`, {
      headers: { authorization: `${scheme}${'x'.repeat(8192 - 'Bearer '.length)}` },
    })
    watch.expectRefusal(atLimit, 401, 'identity', 'a token of 8 KiB')
  }
  for (const { method, addresses, errors } of routes) {
    for (const length of [8193, 12_000, 15_500, 20_000, 100_000]) {
      for (const authorization of [
        'x'.repeat(length),
        `${'a.b.'}${'c'.repeat(length)}`,
        `adj_api_${'x'.repeat(length)}`,
      ]) {
        const bytes = `${method} ${addresses[0]} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`
        const answer = answered(await exchangeBytes(server.url, bytes))
        const form = length > 16_000 ? 'identity' : errors
        watch.expectRefusal(answer, 431, form, `${method} ${addresses[0]}, a token of ${length}`)
      }
    }
  }
  expect(digestOf(server.database)).toBe(before)
})

test('the tokens that are issued are far below the limit', async () => {
  const member = await signedInMember(server)
  const visitor = await visitorTokens(server)
  const held = [member.accessToken, member.refreshToken, member.cookie, visitor.accessToken, visitor.refreshToken]
  for (const token of held) expect(token.length).toBeLessThan(1024)
})

test('a cookie of 8 to 15 KB names nobody, and is no error', async () => {
  for (const length of [8193, 15_000]) {
    const cookie = `adjourn_session=adj_session_${'x'.repeat(length)}`
    const check = await send(`${server.url}/v1/sessions/current`, { headers: { cookie } })
    watch.expectRefusal(check, 401, 'identity', `a cookie of ${length}`)
    expect((await send(`${server.url}/v1/logout`, { method: 'POST', headers: { ...jsonType, cookie } })).status).toBe(
      200,
    )
  }
})

test('H-04: an address of 8 KiB is read, a longer one refused with 414, on every route', async () => {
  const before = digestOf(server.database)
  for (const { method, addresses, errors } of routes) {
    const path = `${addresses[0]}?x=`
    const atLimit = await send(`${server.url}${path}${'y'.repeat(8192 - path.length)}`, { method })
    expect(atLimit.status, path).not.toBe(414)
    for (const length of [8193, 12_000]) {
      const answer = await send(`${server.url}${path}${'y'.repeat(length - path.length)}`, { method })
      watch.expectRefusal(answer, 414, errors, `${method} ${path} of ${length}`)
    }
    const flood = await send(`${server.url}${path}${'y'.repeat(20_000)}`, { method })
    watch.expectRefusal(flood, 431, 'identity', `${method} ${path} of 20 KB`)
  }
  watch.expectRefusal(await send(`${server.url}/${'a'.repeat(8192)}`), 414, 'identity', 'a long path')
  watch.expectRefusal(await send(`${server.url}/${'%41'.repeat(2731)}`), 414, 'identity', 'a long path, encoded')
  expect(digestOf(server.database)).toBe(before)
})

const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')

test('H-04: 50 parameters are read and 51 refused, in a query and in a form', async () => {
  const before = digestOf(server.database)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: server.url }
  for (const { method, addresses, errors, body } of routes) {
    const url = `${server.url}${addresses[0]}`
    const fits = await send(`${url}?${many(50)}`, { method, headers: { origin: server.url } })
    expect(fits.text, `${method} ${addresses[0]}`).not.toContain('50 parameters')
    const query = await send(`${url}?${many(51)}`, { method, headers: { origin: server.url } })
    watch.expectRefusal(query, 400, errors, `${method} ${addresses[0]}, 51 parameters`)
    if (body === undefined) continue
    const form = await send(url, { method, body: many(51), headers })
    watch.expectRefusal(form, 400, errors, `${method} ${addresses[0]}, a form of 51`)
    const flood = await send(url, { method, body: 'a&'.repeat(32_000), headers })
    watch.expectRefusal(flood, 400, errors, `${method} ${addresses[0]}, a form of 32,000`)
  }
  expect(digestOf(server.database)).toBe(before)
})

test('H-04: one parameter that is repeated 51 times is refused, and costs no more than 51', async () => {
  const query = `${authorizeQuery(server.client)}${'&scope=a'.repeat(51)}`
  watch.expectRefusal(await send(`${server.url}/oauth2/authorize?${query}`), 400, 'page', '51 scopes')
})

test('H-04: the server gives headers and body ten seconds, and looks every second', async () => {
  const app = await appOf(server)
  expect(app.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 10_000 })
  await app.close()
})

test('H-04: headers, and a body, that do not arrive in time are answered 408, and the connection is closed', async () => {
  const app = await appOf(server)
  app.server.headersTimeout = 1
  app.server.requestTimeout = 1
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const [headers, body] = await Promise.all([
    exchangeBytes(url, 'POST /v1/logout HTTP/1.1\r\nHost: a\r\nX-Slow: '),
    exchangeBytes(
      url,
      'POST /v1/logout HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"',
    ),
  ])
  for (const [sent, answer] of Object.entries({ headers, body })) {
    watch.expectRefusal(answered(answer), 408, 'identity', `slow ${sent}`)
    expect(answer?.headers['connection']).toBe('close')
  }
  await app.close()
})

async function appOf({ service }: TestServer) {
  return createHttpApp({
    surroundings: { service, developmentOrigins: [], limitedSource: () => null },
    logger: (await import('pino')).default({ level: 'silent' }),
    trustedProxies: [],
  })
}

const brokenRequests = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_INVALID_METHOD: 400,
  HPE_INVALID_CONSTANT: 400,
  'a code that nobody knows': 400,
}

for (const [code, status] of Object.entries(brokenRequests)) {
  test(`H-04: a request that is broken off with ${code} is answered ${status} and its connection closed`, async () => {
    const answer = await answerTo((socket) => {
      answerBrokenRequest(server.service)(Object.assign(new Error('Parse Error: secret bytes'), { code }), socket)
    })
    watch.expectRefusal(answered(answer), status, 'identity', code)
    expect(answer?.text).not.toContain('secret bytes')
    expect(answer?.headers['connection']).toBe('close')
  })
}

test('a connection that was reset, or is gone, is not written to', async () => {
  const answer = answerBrokenRequest(server.service)
  expect(
    await answerTo((socket) => answer(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), socket)),
  ).toBeUndefined()
  const gone = new Socket()
  gone.destroy()
  expect(() => answer(new Error('too late'), gone)).not.toThrow()
})

/** What a client hears when this is done to its connection. */
async function answerTo(doIt: (socket: Socket) => void): Promise<RawAnswer | undefined> {
  const listening: Server = createServer(doIt).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('Nothing listens')
  const answer = await exchangeBytes(`http://127.0.0.1:${address.port}`, 'hello')
  listening.close()
  return answer
}
