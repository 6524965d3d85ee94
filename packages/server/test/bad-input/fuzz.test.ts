import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { fieldsOf, type Route, surfaceOf } from './surface.ts'

let server: TestServer
let routes: readonly Route[]
const watch = new AnswerWatch()

beforeAll(async () => {
  server = await startTestServer({ siteSettings: { registration: 'closed' } })
  routes = await surfaceOf(server)
})
afterAll(() => server.close())

const seed = Number(process.env['SEED'] ?? 20_260_115)
const runs = Number(process.env['SOAK'] ?? 0) > 0 ? 5_000 : 60

/** JSON of any shape, with the names that mean something to JavaScript among its keys. */
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'length', 'then', 'toJSON', '0', ''),
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('\0', '\ud800', `'; DROP TABLE session; --`, '<script>', '%s%n', '\r\nSet-Cookie: a=b', 'null', '-1'),
  fc.constantFrom('adj_session_', `adj_refresh_${'A'.repeat(43)}`, 'eyJhbGciOiJub25lIn0.e30.', 'https://shop.example/'),
)
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value

/** A message in which one field that the method knows holds anything. */
function messageOf(route: Route): fc.Arbitrary<unknown> {
  const fields = route.body === undefined ? [] : fieldsOf(route.body)
  if (fields.length === 0) return anything
  return fc.oneof(
    anything,
    fc.tuple(fc.constantFrom(...fields), anything).map(([field, value]) => field.messageWith(value)),
    fc
      .array(fc.tuple(fc.constantFrom(...fields.map(({ path }) => path.split('.')[0] ?? '')), anything), {
        maxLength: 6,
      })
      .map((pairs) => Object.fromEntries(pairs)),
  )
}

function look(answer: Received, sent: string): void {
  expect(answer.status, `${sent} was answered ${answer.text}`).toBeLessThan(500)
  watch.expectCommon(answer, sent)
  expect(answer.text, sent).not.toMatch(/\n\s+at |\.ts:\d|SQLITE|TypeError/)
}

test(`random JSON is never an internal error, and changes nothing (seed ${seed})`, async () => {
  const before = digestOf(server.database)
  for (const route of routes) {
    const { method, addresses } = route
    if (method !== 'POST') continue
    await fc.assert(
      fc.asyncProperty(messageOf(route), async (message) => {
        const headers = { 'content-type': 'application/json', origin: server.url }
        const body = JSON.stringify(message) ?? ''
        look(await send(`${server.url}${addresses[0]}`, { method, body, headers }), `${method} ${addresses[0]} ${body}`)
      }),
      { seed, numRuns: runs },
    )
  }
  expect(digestOf(server.database)).toBe(before)
})

test(`random queries, forms and headers are never an internal error, and change nothing (seed ${seed})`, async () => {
  const before = digestOf(server.database)
  const parameters = fc.array(fc.tuple(fc.oneof(key, fc.constantFrom('clientId', 'state', 'code', 'email')), text), {
    maxLength: 8,
  })
  const header = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,200}$/)
  for (const { method, addresses } of routes) {
    const url = `${server.url}${addresses[0]}`
    await fc.assert(
      fc.asyncProperty(parameters, header, header, async (pairs, authorization, cookie) => {
        const encoded = String(new URLSearchParams(pairs))
        const headers = { authorization, cookie: `adjourn_session=${cookie}`, origin: server.url, accept: 'text/html' }
        look(await send(`${url}?${encoded}`, { method, headers }), `${method} ${url}?${encoded}`)
        if (method !== 'POST') return
        const form = { 'content-type': 'application/x-www-form-urlencoded' }
        look(
          await send(url, { method, body: encoded, headers: { ...headers, ...form } }),
          `${method} ${url} ${encoded}`,
        )
      }),
      { seed, numRuns: Math.ceil(runs / 3) },
    )
  }
  expect(digestOf(server.database)).toBe(before)
})
