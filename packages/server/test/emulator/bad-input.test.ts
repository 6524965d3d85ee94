/** Generated requests to what only an emulator has, made as for all other routes: see `test/bad-input`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnswerWatch } from '../bad-input/expect-answer.ts'
import { fieldsOf, jsonTypes, type Route, surfaceOf, typesTakenBy, valuesOf } from '../bad-input/surface.ts'
import { send } from '../support/send.ts'
import { startTestEmulator, type TestEmulator } from '../support/test-emulator.ts'

let emulator: TestEmulator
let routes: readonly Route[]
let before: readonly unknown[]
const watch = new AnswerWatch()
const state = async () => [await emulator.look('clock'), await emulator.look('faults')]

beforeAll(async () => {
  emulator = await startTestEmulator()
  routes = (await surfaceOf(emulator)).filter(({ addresses }) => addresses[0]?.startsWith('/dev/'))
  before = await state()
})
afterAll(() => emulator.close())

test('the generated requests reach every route of the emulator', () => {
  expect(routes.map(({ method, addresses }) => `${method} ${addresses[0]}`).toSorted()).toEqual([
    'GET /dev/clock',
    'GET /dev/faults',
    'GET /dev/mail',
    'POST /dev/clock',
    'POST /dev/faults',
    'POST /dev/reset',
  ])
})

test('every field of every message refuses every type of JSON that is not its own, and nothing changes', async () => {
  let refused = 0
  for (const { body, addresses, method } of routes) {
    if (body === undefined) continue
    for (const { path, schema, messageWith } of fieldsOf(body)) {
      for (const type of jsonTypes.filter((each) => !typesTakenBy(schema).has(each))) {
        for (const value of valuesOf[type]) {
          const json = messageWith(value)
          const sent = `${method} ${addresses[0]} ${JSON.stringify(json)}`
          const answer = await send(`${emulator.url}${addresses[0]}`, { method, json })
          watch.expectRefusal(answer, 400, 'identity', sent)
          expect(answer.text, sent).toContain(`"${path}"`)
          refused += 1
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(20)
  expect(await state()).toEqual(before)
})

test('a body that is no JSON object is refused at every route that takes one, and nothing changes', async () => {
  for (const { addresses, method } of routes.filter((route) => route.method === 'POST')) {
    for (const body of ['{', '[]', '"text"', '1', 'null', '{"__proto__":{}}']) {
      const sent = `${method} ${addresses[0]} ${body}`
      const headers = { 'content-type': 'application/json' }
      const answer = await send(`${emulator.url}${addresses[0]}`, { method, body, headers })
      watch.expectRefusal(answer, 400, 'identity', sent)
    }
    const headers = { 'content-type': 'text/plain' }
    const answer = await send(`${emulator.url}${addresses[0]}`, { method, body: '{}', headers })
    watch.expectRefusal(answer, 415, 'identity', `${method} ${addresses[0]} as text`)
  }
  expect(await state()).toEqual(before)
})

test('methods that a route does not have are refused with those that it has', async () => {
  for (const address of ['/dev/clock', '/dev/faults', '/dev/reset']) {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await send(`${emulator.url}${address}`, { method })
      watch.expectRefusal(answer, 405, 'identity', `${method} ${address}`)
      expect(answer.headers['allow'], address).toContain('POST')
    }
  }
})

test('scripts of every origin may move the clock', async () => {
  const preflight = await send(`${emulator.url}/dev/clock`, {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' },
  })
  expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
})
