import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizationFieldNames } from '../../src/http/authorization/authorization-request.ts'
import { snakeCase } from '../../src/http/wire/either-spelling.ts'
import { addressesOf } from '../../src/protocol/paths.ts'
import { administer } from '../support/administer.ts'
import { violationOf } from '../support/answers.ts'
import { authorizeQuery } from '../support/members.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { digestOf } from './digest.ts'
import { AnswerWatch } from './expect-answer.ts'
import { fieldsOf, jsonTypes, type Route, surfaceOf, typesTakenBy, valuesOf } from './surface.ts'

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

/** Login is told nothing as a field violation, and the login page shows no field names. */
function names(route: Route, path: string, text: string): boolean {
  return route.errors === 'page' || text.includes(path)
}

test('the generated requests reach every kind of route there is', () => {
  expect(routes.filter(({ body }) => body !== undefined).length).toBeGreaterThanOrEqual(9)
  expect(routes.filter(({ addresses }) => addresses.length > 1).length).toBeGreaterThanOrEqual(10)
  expect(new Set(routes.map(({ errors }) => errors))).toEqual(new Set(['identity', 'oauth', 'page']))
  expect(routes.flatMap(({ body }) => (body === undefined ? [] : fieldsOf(body))).length).toBeGreaterThan(100)
})

test('H-05: every field of every message refuses every type of JSON that is not its own, and nothing changes', async () => {
  let refused = 0
  for (const route of routes) {
    const { body, addresses, method, errors, takesJson } = route
    // A form has texts alone, and no type that could be wrong.
    if (body === undefined || !takesJson) continue
    const headers = { origin: server.url }
    for (const { path, schema, messageWith } of fieldsOf(body)) {
      const taken = typesTakenBy(schema)
      for (const type of jsonTypes) {
        if (taken.has(type)) continue
        for (const value of valuesOf[type]) {
          const json = messageWith(value)
          const answer = await send(`${server.url}${addresses[0]}`, { method, json, headers })
          const sent = `${method} ${addresses[0]} ${JSON.stringify(json)}`
          watch.expectRefusal(answer, 400, errors, sent)
          expect(names(route, path, answer.text), `${sent}: ${answer.text}`).toBe(true)
          refused += 1
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(500)
  expect(digestOf(server.database)).toBe(before)
})

test('H-05: what an address refuses, all other addresses of the same method refuse alike', async () => {
  for (const { method, body, addresses, errors, takesJson } of routes) {
    const [field] = body === undefined || !takesJson ? [] : fieldsOf(body)
    if (field === undefined) continue
    const json = field.messageWith(['text'])
    const texts = new Set<string>()
    for (const address of addresses.flatMap((each) => [each, `${each}/`])) {
      const answer = await send(`${server.url}${address}`, { method, json, headers: { origin: server.url } })
      watch.expectRefusal(answer, 400, errors, `${method} ${address}`)
      texts.add(answer.text.replaceAll(String(answer.headers['x-wix-request-id']), ''))
    }
    expect(texts.size, `${method} ${addresses[0]}: ${[...texts].join('\n')}`).toBe(1)
  }
  expect(digestOf(server.database)).toBe(before)
})

test('H-05: a parameter that is repeated in the query is refused, at every address', async () => {
  let refused = 0
  for (const { method, query, addresses, errors } of routes) {
    for (const name of query) {
      for (const address of addresses) {
        for (const values of [
          ['a', 'b'],
          ['a', 'a'],
          ['', ''],
        ]) {
          const repeated = values.map((value) => `${name}=${value}`).join('&')
          const answer = await send(`${server.url}${address}?${repeated}`, { method })
          watch.expectRefusal(answer, 400, errors, `${method} ${address}?${repeated}`)
          expect(answer.text).toContain(name)
          refused += 1
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(100)
  expect(digestOf(server.database)).toBe(before)
})

test('H-05: a parameter that no method of administration has is refused by its name, before anything is listed or ended', async () => {
  let refused = 0
  for (const { method, query, addresses, smallestQuery } of routes) {
    const [address = ''] = addresses
    if (!address.startsWith('/admin/v1/') || !['GET', 'DELETE'].includes(method)) continue
    const sent = `${address.slice('/admin/v1'.length)}?${smallestQuery}&member=ada&email_prefix=a`
    const answer = await administer(server, method, sent)
    watch.expectRefusal(answer, 400, 'identity', `${method} ${sent}`)
    expect(violationOf(answer), `${method} ${sent}`).toBe(
      '400 member OTHER UNKNOWN_PARAMETER, email_prefix OTHER UNKNOWN_PARAMETER',
    )
    for (const name of query) expect(answer.text).toContain(name)
    refused += 1
  }
  expect(refused).toBeGreaterThan(15)
  expect(digestOf(server.database)).toBe(before)
})

test('H-05: a parameter of an authorization request that is repeated, in either spelling, is refused with a page', async () => {
  const good = authorizeQuery(server.client)
  for (const address of addressesOf('oauth', '/authorize')) {
    for (const name of authorizationFieldNames.flatMap((each) => [each, snakeCase(each)])) {
      const query = `${good}&${name}=a&${name}=b`
      watch.expectRefusal(await send(`${server.url}${address}?${query}`), 400, 'page', `GET ${address}?${query}`)
    }
  }
  expect(digestOf(server.database)).toBe(before)
})

test('NUL in a parameter of an authorization request, or in a wrapped request, is refused', async () => {
  for (const name of authorizationFieldNames) {
    const query = new URLSearchParams(authorizeQuery(server.client))
    query.set(name, `${query.get(name) ?? ''}\0`)
    const answer = await send(`${server.url}/oauth2/authorize?${query}`)
    watch.expectRefusal(answer, 400, 'page', `GET /oauth2/authorize?${query}`)
  }
  const wrapped = { body: Buffer.from(JSON.stringify({ token: 'a\0b' })).toString('base64') }
  watch.expectRefusal(await send(`${server.url}/oauth2/token-info`, { json: wrapped }), 400, 'identity', 'wrapped NUL')
  expect(digestOf(server.database)).toBe(before)
})

test('a parameter in both spellings with two values is refused', async () => {
  const json = { clientId: server.client.id, client_id: 'b', grantType: 'anonymous' }
  watch.expectRefusal(await send(`${server.url}/oauth2/token`, { json }), 400, 'oauth', 'clientId and client_id')
  const query = `${authorizeQuery(server.client)}&client_id=b`
  watch.expectRefusal(await send(`${server.url}/oauth2/authorize?${query}`), 400, 'page', 'clientId and client_id')
})

test('H-05: a parameter that is repeated in a form is refused', async () => {
  let refused = 0
  for (const route of routes) {
    const { method, body, addresses, errors } = route
    if (body?.properties === undefined) continue
    for (const [name, schema] of Object.entries(body.properties)) {
      // A list may take a repeated parameter for its items.
      if (typesTakenBy(schema).has('array')) continue
      const answer = await send(`${server.url}${addresses[0]}`, {
        method,
        body: `${name}=a&${name}=b`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.url },
      })
      watch.expectRefusal(answer, 400, errors, `${method} ${addresses[0]} ${name} twice`)
      expect(names(route, name, answer.text), answer.text).toBe(true)
      refused += 1
    }
  }
  expect(refused).toBeGreaterThan(30)
  expect(digestOf(server.database)).toBe(before)
})

const unwritable = { NUL: 'a\0b', 'half a surrogate pair': 'a\ud800b', 'the other half': '\udc00' }

for (const [what, text] of Object.entries(unwritable)) {
  test(`${what} in any field that takes a text is refused, in JSON, form and query`, async () => {
    for (const { method, body, query, addresses, errors, takesJson } of routes) {
      for (const { path, schema, messageWith } of body === undefined ? [] : fieldsOf(body)) {
        if (!typesTakenBy(schema).has('string') || (!takesJson && text !== unwritable.NUL)) continue
        const answer = await send(`${server.url}${addresses[0]}`, {
          method,
          ...(takesJson ? { json: messageWith(text) } : { form: { [path]: text } }),
          headers: { origin: server.url },
        })
        watch.expectRefusal(answer, 400, errors, `${method} ${addresses[0]} ${path}`)
      }
      // A query and a form cannot carry half a pair: the encoding replaces it on the way.
      if (text !== unwritable.NUL) continue
      for (const name of query) {
        const answer = await send(`${server.url}${addresses[0]}?${name}=a%00b`, { method })
        watch.expectRefusal(answer, 400, errors, `${method} ${addresses[0]}?${name}=a%00b`)
      }
    }
    expect(digestOf(server.database)).toBe(before)
  })
}
