import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { exchangeBytes } from './raw-exchange.ts'

let server: TestServer
let before: string
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer()
  before = digestOf(server.database)
})
afterAll(() => server.close())

const get = (headers: string) => `GET /healthz HTTP/1.1\r\n${headers}\r\n`

const broken: Readonly<Record<string, string | Uint8Array>> = {
  'a greeting': 'hello\r\n\r\n',
  'the hello of TLS': Buffer.from(`16030100c2010000be0303${'00'.repeat(180)}`, 'hex'),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'the greeting of SSH': 'SSH-2.0-OpenSSH_9.6\r\n',
  'a method that nobody knows': 'LOGOUT /v1/logout HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method in small letters': 'get /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'a version that nobody speaks': 'GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n',
  'a space in the address': 'GET /v1/log out HTTP/1.1\r\nHost: a\r\n\r\n',
  'a NUL in the address': 'GET /v1/logout\0 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a NUL in a header': get('Host: a\r\nAuthorization: a\0b\r\n'),
  'a lone carriage return in a header': get('Host: a\r\nX-Other: a\rb\r\n'),
  'a header without a colon': get('Host: a\r\nAuthorization\r\n'),
  'a header whose name has a space': get('Host: a\r\nWix Site: b\r\n'),
  'a space before the colon': get('Host: a\r\nContent-Length : 0\r\n'),
  'a header that goes on in the next line': get('Host: a\r\nX-Other: a\r\n b\r\n'),
  'a Transfer-Encoding that nobody knows': 'POST /v1/logout HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n',
  'no Host': get(''),
}

for (const [what, bytes] of Object.entries(broken)) {
  test(`${what} is answered 400, with all that every answer carries`, async () => {
    const answer = await exchangeBytes(server.url, bytes, { finish: true })
    if (answer === undefined) throw new Error('There was no answer')
    watch.expectRefusal(answer, 400, 'identity', what)
    expect(digestOf(server.database)).toBe(before)
  })
}

test('a first line that does not end, and headers that do not end, are refused with 431 before they have arrived', async () => {
  const endless = ['A'.repeat(30_000), `GET /${'a'.repeat(30_000)}`, `GET / HTTP/1.1\r\n${'X-Y: z\r\n'.repeat(4_000)}`]
  for (const bytes of endless) {
    const answer = await exchangeBytes(server.url, bytes)
    if (answer === undefined) throw new Error('There was no answer')
    watch.expectRefusal(answer, [400, 431], 'identity', bytes.slice(0, 20))
  }
})

test('a tunnel is not opened', async () => {
  const answer = await exchangeBytes(server.url, 'CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example\r\n\r\n')
  expect(answer).toBeUndefined()
})

test('an expectation that nobody knows, and an upgrade that nobody offers, are not listened to', async () => {
  for (const headers of [
    'Host: a\r\nExpect: a miracle\r\n',
    'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YWJjZGVmZ2hpamtsbW5vcA==\r\n',
  ]) {
    const answer = await exchangeBytes(server.url, get(headers))
    if (answer === undefined) throw new Error(`${headers} was not answered`)
    expect(answer.status, headers).toBe(200)
    watch.expectCommon(answer, headers)
  }
})

test('a request that is cut off in the middle changes nothing and breaks nothing', async () => {
  const whole = `POST /v2/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 78\r\n\r\n{"loginId":{"email":"cut@shop.example"},"password":"a long passphrase of ada"}`
  for (let length = 1; length < whole.length; length += 7) {
    const answer = await exchangeBytes(server.url, whole.slice(0, length), { finish: true })
    expect(answer?.status ?? 400, `cut at ${length}`).toBe(400)
  }
  expect(digestOf(server.database)).toBe(before)
  expect((await send(`${server.url}/healthz`)).status).toBe(200)
})

const seed = process.env['SEED'] ?? 'noise'

test(`noise is answered 400 or 431, or with a closed connection (seed ${seed})`, async () => {
  const random = seededRandomness(seed)
  const good = Buffer.from(
    'POST /v1/logout HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  )
  for (let round = 0; round < 200; round += 1) {
    const bytes = random.below(2) === 0 ? random.bytes(1 + random.below(400)) : Buffer.from(good)
    for (let flips = random.below(6); flips > 0; flips -= 1) bytes[random.below(bytes.length)] = random.below(256)
    const answer = await exchangeBytes(server.url, bytes, { finish: true })
    if (answer === undefined) continue
    const sent = Buffer.from(bytes).toString('latin1')
    expect(answer.status, sent).toBeLessThan(500)
    watch.expectCommon(answer, sent)
  }
  expect(digestOf(server.database)).toBe(before)
})
