import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { exchangeBytes } from './raw-exchange.ts'
import { type Route, smallestOf, surfaceOf } from './surface.ts'

let server: TestServer
/** The routes that read a body. */
let routes: readonly Route[]
let before: string
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer()
  routes = (await surfaceOf(server)).filter(({ method }) => method === 'POST')
  before = digestOf(server.database)
})
afterAll(() => server.close())

const json = 'application/json'
const form = 'application/x-www-form-urlencoded'

/** Bodies that no method takes, whatever it is. */
const malformed: Readonly<Record<string, string | Uint8Array>> = {
  'half an object': '{"clientId":',
  'an object and more': '{} {}',
  'a trailing comma': '{"a":1,}',
  'single quotes': `{'a':1}`,
  'a comment': '{} // done',
  NaN: '{"a":NaN}',
  'a bare word': 'clientId',
  'a form sent as JSON': 'clientId=a&code=b',
  'a control character in a text': '{"a":"\u0001"}',
  'an unknown escape': '{"a":"\\x41"}',
  'a list': '[]',
  'a list of messages': '[{"clientId":"a"}]',
  'a text': '"clientId"',
  'a number': '7',
  true: 'true',
  null: 'null',
  'a message that is compressed': gzipSync('{}'),
  'bytes that are not UTF-8': Buffer.from('{"a":"\xff"}', 'latin1'),
  'UTF-16': Buffer.from('\ufeff{}', 'utf16le'),
  'a field __proto__': '{"__proto__":{"isAdmin":true}}',
  'a field __proto__ with an escape in its name': '{"__pr\\u006fto__":null}',
  'a field __proto__ below another': '{"profile":{"__proto__":{"email":"a"}}}',
  'a field __proto__ in a list': '{"captchaTokens":[{"__proto__":[]}]}',
  'constructor.prototype': '{"constructor":{"prototype":{"isAdmin":true}}}',
  'constructor.prototype below another field': '{"clientMetaData":{"constructor":{"prototype":null}}}',
  'lists in lists': `{"clientMetaData":${'['.repeat(1000)}${']'.repeat(1000)}}`,
  'as many objects in objects as the body holds': `${'{"a":'.repeat(10_900)}1${'}'.repeat(10_900)}`,
}

for (const [what, body] of Object.entries(malformed)) {
  test(`H-05: a body that is ${what} is refused by every method`, async () => {
    for (const { addresses, method, errors, takesJson } of routes) {
      const answer = await send(`${server.url}${addresses[0]}`, {
        method,
        body,
        headers: { 'content-type': json, origin: server.url },
      })
      watch.expectRefusal(answer, takesJson ? 400 : 415, errors, `${method} ${addresses[0]} with ${what}`)
    }
    expect(digestOf(server.database)).toBe(before)
  })
}

test('a field called like what every object has is a field like any other', async () => {
  const body = '{"email":"ada@shop.example","constructor":"a","toString":"b","hasOwnProperty":null,"valueOf":{}}'
  const headers = { 'content-type': json }
  const answer = await send(`${server.url}/v2/validate-email`, { body, headers })
  expect(answer.json()).toEqual({ valid: true, formatInvalid: false })
  const asForm = 'email=ada@shop.example&__proto__=a&constructor=b&__proto__[isAdmin]=c'
  const formAnswer = await send(`${server.url}/v2/validate-email`, { body: asForm, headers: { 'content-type': form } })
  expect(formAnswer.json()).toEqual({ valid: true, formatInvalid: false })
  expect(Object.prototype).not.toHaveProperty('isAdmin')
})

test('a body that begins with a byte order mark is read without it', async () => {
  const body = '\ufeff{"email":"ada@shop.example"}'
  const answer = await send(`${server.url}/v2/validate-email`, { body, headers: { 'content-type': json } })
  expect(answer.json()).toEqual({ valid: true, formatInvalid: false })
})

test('H-05: a message in JSON is refused with 415 by the forms that people fill in', async () => {
  for (const { addresses, method, errors, takesJson } of routes) {
    if (takesJson) continue
    for (const address of addresses) {
      const answer = await send(`${server.url}${address}`, { method, json: {}, headers: { origin: server.url } })
      watch.expectRefusal(answer, 415, errors, `${method} ${address}`)
    }
  }
  expect(digestOf(server.database)).toBe(before)
})

const otherMediaTypes = [
  'text/plain',
  'text/html',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/octet-stream',
  'application/jsonp',
  'application/json2',
  'json',
  'nonsense',
  'application/json, text/plain',
  '*/*',
  ';',
]

for (const mediaType of otherMediaTypes) {
  test(`H-05: a body of the media type ${mediaType} is refused with 415 by every method that reads one`, async () => {
    for (const { addresses, method, errors, body } of routes) {
      const text = JSON.stringify(body === undefined ? {} : smallestOf(body))
      for (const address of addresses) {
        const answer = await send(`${server.url}${address}`, {
          method,
          body: text,
          headers: { 'content-type': mediaType, origin: server.url },
        })
        watch.expectRefusal(answer, 415, errors, `${method} ${address} as ${mediaType}`)
      }
    }
    expect(digestOf(server.database)).toBe(before)
  })
}

test('H-05: a body without a media type is refused with 415', async () => {
  for (const { addresses, method, errors } of routes) {
    const answer = await send(`${server.url}${addresses[0]}`, { method, body: '{}', headers: { origin: server.url } })
    watch.expectRefusal(answer, 415, errors, `${method} ${addresses[0]} without a media type`)
  }
  expect(digestOf(server.database)).toBe(before)
})

test('an empty body is an empty message: refused only for the fields that it lacks', async () => {
  for (const { addresses, method, errors, body, takesJson } of routes) {
    const typed = [...(takesJson ? [json] : []), form].map((type) => ({ 'content-type': type }))
    for (const headers of [{}, ...typed]) {
      const answer = await send(`${server.url}${addresses[0]}`, { method, headers: { ...headers, origin: server.url } })
      const sent = `${method} ${addresses[0]} with nothing, ${JSON.stringify(headers)}`
      if (addresses[0] === '/v1/logout') {
        expect(answer.status, sent).toBe(200)
        continue
      }
      watch.expectRefusal(answer, [400, 401, 404], errors, sent)
      for (const name of body?.required ?? []) expect(answer.text, sent).toContain(`"${name}"`)
    }
  }
  expect(digestOf(server.database)).toBe(before)
})

test('a Content-Encoding is not undone: the body is not JSON', async () => {
  const answer = await send(`${server.url}/v2/validate-email`, {
    body: gzipSync('{"email":"ada@shop.example"}'),
    headers: { 'content-type': json, 'content-encoding': 'gzip' },
  })
  watch.expectRefusal(answer, 400, 'identity', 'gzip')
})

const head = (more: string) =>
  `POST /v2/validate-email HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${more}\r\n`

test('a Content-Length that lies is refused, whether the body is longer, shorter, or its length said twice', async () => {
  const body = '{"email":"ada@shop.example"}'
  const longer = await exchangeBytes(server.url, `${head(`Content-Length: ${body.length - 3}\r\n`)}${body}`)
  const shorter = await exchangeBytes(server.url, `${head(`Content-Length: ${body.length + 3}\r\n`)}${body}`, {
    finish: true,
  })
  const twice = await exchangeBytes(server.url, `${head('Content-Length: 2\r\nContent-Length: 28\r\n')}${body}`)
  const both = await exchangeBytes(server.url, `${head('Content-Length: 28\r\nTransfer-Encoding: chunked\r\n')}${body}`)
  const negative = await exchangeBytes(server.url, `${head('Content-Length: -1\r\n')}${body}`)
  const word = await exchangeBytes(server.url, `${head('Content-Length: many\r\n')}${body}`)
  const chunks = await exchangeBytes(server.url, `${head('Transfer-Encoding: chunked\r\n')}zz\r\n${body}\r\n0\r\n\r\n`)
  for (const [sent, answer] of Object.entries({ longer, shorter, twice, both, negative, word, chunks })) {
    if (answer === undefined) throw new Error(`${sent} was not answered`)
    watch.expectRefusal(answer, 400, 'identity', sent)
    expect(answer.headers['connection'], sent).toBe('close')
  }
  expect(digestOf(server.database)).toBe(before)
})
