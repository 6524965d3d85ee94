/** Every address, every verb, every way to send the fields: the same logout. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientMarker, endsOnRecord, envelopeOf, isAccepted, logoutAddresses } from '../support/logout.ts'
import { signedInMember } from '../support/members.ts'
import { type Sent, send } from '../support/send.ts'
import { callbackUri, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const goodbye = 'https://shop.example/bye'

/** The ways to send the two fields, as a query or a body. */
const ways: readonly (readonly [name: string, make: (fields: Record<string, string>) => { query?: string } & Sent])[] =
  [
    ['GET with a query', (fields) => ({ query: String(new URLSearchParams(fields)) })],
    ['POST with a query and no body', (fields) => ({ method: 'POST', query: String(new URLSearchParams(fields)) })],
    ['POST with JSON', (fields) => ({ json: fields })],
    ['POST with a form', (fields) => ({ form: fields })],
    [
      'POST with JSON in another spelling of its type',
      (fields) => ({ headers: { 'content-type': 'Application/JSON; charset=utf-8' }, body: JSON.stringify(fields) }),
    ],
  ]

describe.each(logoutAddresses)('%s', (address) => {
  describe.each(['', '/'])('ending in "%s"', (slash) => {
    test.each(ways)('%s ends the session and answers with the redirect inside an envelope', async (_name, make) => {
      const { accessToken } = await signedInMember(server)
      const { query, headers, ...sent } = make({ clientId: server.client.id, postLogoutRedirectUri: goodbye })
      const answer = await send(`${server.url}${address}${slash}${query === undefined ? '' : `?${query}`}`, {
        ...sent,
        headers: { ...headers, authorization: accessToken },
      })
      expect(envelopeOf(answer)).toMatchObject({ statusCode: 302, location: goodbye })
      expect(await isAccepted(server, { accessToken })).toBe(false)
    })

    test('HEAD is a GET without a body', async () => {
      const { accessToken } = await signedInMember(server)
      const answer = await send(`${server.url}${address}${slash}`, {
        method: 'HEAD',
        headers: { authorization: accessToken },
      })
      expect(answer).toMatchObject({ status: 200, text: '' })
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(await isAccepted(server, { accessToken })).toBe(false)
    })

    test('OPTIONS answers a preflight of a site of the client and ends nothing', async () => {
      const { accessToken, cookie } = await signedInMember(server)
      const answer = await send(`${server.url}${address}${slash}`, {
        method: 'OPTIONS',
        headers: {
          origin: new URL(callbackUri).origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization,x-wix-bi-gateway',
          authorization: accessToken,
          cookie,
        },
      })
      expect(answer).toMatchObject({ status: 204, text: '' })
      expect(answer.headers['access-control-allow-origin']).toBe(new URL(callbackUri).origin)
      expect(answer.headers['access-control-allow-methods']).toBe('GET, POST, PATCH, PUT, DELETE, OPTIONS')
      const allowed = String(answer.headers['access-control-allow-headers']).split(', ')
      expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'x-wix-bi-gateway']))
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
      expect(await isAccepted(server, { cookie })).toBe(true)
    })

    test.each(['PUT', 'PATCH', 'DELETE'])('H-05: %s is refused with 405 and ends nothing', async (method) => {
      const { accessToken, cookie } = await signedInMember(server)
      const answer = await send(`${server.url}${address}${slash}`, {
        method,
        headers: { authorization: accessToken, cookie, 'sec-fetch-site': 'same-origin' },
      })
      expect(answer.status).toBe(405)
      expect(String(answer.headers['allow']).split(', ').toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS', 'POST'])
      expect(answer.setCookies).toEqual([])
      expect(await isAccepted(server, { cookie })).toBe(true)
    })
  })
})

test.each(['/v1/Logout', '/V1/logout', '/v1/logout/x', '/_api/iam/v1/logout', '//v1/logout'])(
  'there is no logout at %s',
  async (address) => {
    const { accessToken } = await signedInMember(server)
    const answer = await send(`${server.url}${address}`, { headers: { authorization: accessToken } })
    expect(answer.status).toBe(404)
    expect(await isAccepted(server, { accessToken })).toBe(true)
  },
)

describe('the fields', () => {
  const url = () => `${server.url}/v1/logout`
  const whole = () => ({ clientId: server.client.id, postLogoutRedirectUri: goodbye })

  test.each<readonly [string, Sent]>([
    ['nothing at all', { method: 'POST' }],
    ['nothing, called JSON', { headers: { 'content-type': 'application/json' }, body: '' }],
    ['white space, called JSON', { headers: { 'content-type': 'application/json' }, body: ' \n' }],
    ['an empty object', { json: {} }],
    ['nothing, called a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' }],
    ['an empty text, as fetch sends it', { headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: '' }],
    ['null fields', { json: { clientId: null, postLogoutRedirectUri: null, logoutTicket: null, confirmation: null } }],
    ['empty fields', { json: { clientId: '', postLogoutRedirectUri: '', logoutTicket: '', confirmation: '' } }],
    ['an empty form', { form: { clientId: '', postLogoutRedirectUri: '' } }],
    ['fields that are not known', { json: { client_id: 5, everywhere: true, deep: { a: [null] } } }],
  ])('a POST of %s is a logout without a redirect', async (_name, sent) => {
    const { accessToken } = await signedInMember(server)
    const answer = await send(url(), { ...sent, headers: { ...sent.headers, authorization: accessToken } })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 200 })
    expect(envelopeOf(answer).location).toBeUndefined()
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })

  test('a query of empty fields and of fields that are not known is a logout without a redirect', async () => {
    const { accessToken } = await signedInMember(server)
    const answer = await send(`${url()}?clientId=&postLogoutRedirectUri=&logoutTicket=&lang=de&lang=en&__proto__=1`, {
      headers: { authorization: accessToken },
    })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 200 })
    expect(await isAccepted(server, { accessToken })).toBe(false)
  })

  test.each([
    ['JSON', (fields: Record<string, string>): Sent => ({ json: fields })],
    ['a form', (fields: Record<string, string>): Sent => ({ form: fields })],
  ])('a field in %s wins over the same field of the query', async (_name, bodyOf) => {
    const { accessToken: authorization } = await signedInMember(server)
    const query = new URLSearchParams({ ...whole(), postLogoutRedirectUri: 'https://evil.example/' })
    const answer = await send(`${url()}?${query}`, {
      ...bodyOf({ postLogoutRedirectUri: goodbye }),
      headers: { authorization },
    })
    expect(envelopeOf(answer).location).toBe(goodbye)

    const losing = await send(`${url()}?${new URLSearchParams(whole())}`, {
      ...bodyOf({ postLogoutRedirectUri: 'https://evil.example/' }),
      headers: { authorization },
    })
    expect(losing.status).toBe(400)
  })

  test.each([
    ['null', { postLogoutRedirectUri: null }],
    ['empty', { postLogoutRedirectUri: '' }],
    ['absent', {}],
  ])('a field that is %s in the body leaves that of the query', async (_name, json) => {
    const answer = await send(`${url()}?${new URLSearchParams(whole())}`, { json })
    expect(envelopeOf(answer).location).toBe(goodbye)
  })

  test.each<readonly [string, Sent & { readonly query?: string }]>([
    ['a repeated clientId in the query', { query: '?clientId=a&clientId=b' }],
    [
      'a repeated address in a form',
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'postLogoutRedirectUri=a&postLogoutRedirectUri=b',
      },
    ],
    ['a list', { json: { postLogoutRedirectUri: [goodbye] } }],
    ['a number', { json: { clientId: 5 } }],
    ['an object', { json: { logoutTicket: { a: 1 } } }],
    ['a body that is a list', { json: [] }],
    ['a body that is a text', { json: 'logout' }],
    ['a poisoned field', { headers: { 'content-type': 'application/json' }, body: '{"__proto__":{"clientId":"a"}}' }],
    ['JSON that ends too soon', { headers: { 'content-type': 'application/json' }, body: '{"clientId":' }],
    ['NUL in a field', { json: { postLogoutRedirectUri: 'https://shop.example/\0' } }],
    ['more parameters than any logout has', { query: `?${'a=1&'.repeat(60)}` }],
  ])('H-05: %s is refused with 400 and ends nothing', async (_name, { query = '', ...sent }) => {
    const { accessToken } = await signedInMember(server)
    const answer = await send(`${url()}${query}`, { ...sent, headers: { ...sent.headers, authorization: accessToken } })
    expect(answer.status).toBe(400)
    expect(answer.setCookies).toEqual([])
    expect(await isAccepted(server, { accessToken })).toBe(true)
  })

  test.each(['text/plain', 'multipart/form-data; boundary=b', 'application/xml'])(
    'H-05: a body of the type %s is refused with 415 and ends nothing',
    async (type) => {
      const { accessToken } = await signedInMember(server)
      const answer = await send(url(), {
        headers: { 'content-type': type, authorization: accessToken },
        body: '{}',
      })
      expect(answer.status).toBe(415)
      expect(await isAccepted(server, { accessToken })).toBe(true)
    },
  )

  test('H-04: a body of more than 64 KiB is refused with 413, a query of more than 8 KiB with 414', async () => {
    const { accessToken } = await signedInMember(server)
    const headers = { authorization: accessToken }
    expect((await send(url(), { json: { lang: 'x'.repeat(65 * 1024) }, headers })).status).toBe(413)
    expect((await send(`${url()}?lang=${'x'.repeat(9 * 1024)}`, { headers })).status).toBe(414)
    expect(await isAccepted(server, { accessToken })).toBe(true)
  })
})

test('the marked call of the official client is answered whatever the address', async () => {
  const before = (await endsOnRecord(server)).length
  for (const address of logoutAddresses) {
    const { accessToken } = await signedInMember(server)
    const answer = await send(`${server.url}${address}`, { headers: { ...clientMarker, authorization: accessToken } })
    expect(envelopeOf(answer)).toMatchObject({ statusCode: 200 })
  }
  expect(await endsOnRecord(server)).toHaveLength(before + logoutAddresses.length)
})
