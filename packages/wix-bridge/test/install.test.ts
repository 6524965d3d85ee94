import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { installWixBridge, type WixBridge } from '../src/index.ts'

interface Arrived extends Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  readonly body: string
}

let server: Server
let baseUrl: string
const arrived: Arrived[] = []
const realFetch = globalThis.fetch
let bridge: WixBridge | undefined

beforeAll(async () => {
  server = createServer(async (request, response) => {
    arrived.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await text(request),
    })
    response.setHeader('x-answered', 'here').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  bridge?.uninstall()
  arrived.length = 0
})
afterAll(() => server.close())

const address = 'https://www.wixapis.com/oauth2/token?a=1&b=%20x'

test.each<[string, () => Parameters<typeof fetch>]>([
  ['a text', () => [address, { method: 'POST', body: '{"a":1}', headers: { authorization: 'token' } }]],
  ['a URL', () => [new URL(address), { method: 'POST', body: '{"a":1}', headers: { authorization: 'token' } }]],
  ['a Request', () => [new Request(address, { method: 'POST', body: '{"a":1}', headers: { authorization: 'token' } })]],
  [
    'a Request and what replaces some of it',
    () => [
      new Request(address, { method: 'POST', body: 'x' }),
      { body: '{"a":1}', headers: { authorization: 'token' } },
    ],
  ],
])('a request given as %s arrives at the server as it was', async (_what, request) => {
  bridge = installWixBridge({ baseUrl })
  const answer = await fetch(...request())
  expect([answer.status, answer.headers.get('x-answered')]).toEqual([200, 'here'])
  expect(arrived).toMatchObject([
    {
      method: 'POST',
      url: '/oauth2/token?a=1&b=%20x',
      body: '{"a":1}',
      // With its length, and not as a stream, which no browser sends to such a server.
      headers: { authorization: 'token', 'content-length': '7' },
    },
  ])
})

test('a Request without a body arrives without one, and what the Request says of itself comes along', async () => {
  const sent: Request[] = []
  globalThis.fetch = async (input) => {
    sent.push(input as Request)
    return new Response()
  }
  try {
    bridge = installWixBridge({ baseUrl })
    const about = { credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'origin' } as const
    await fetch(new Request(address, { ...about, keepalive: true, headers: { 'x-mine': 'yes' } }))
    await fetch(new Request(address, { method: 'DELETE', integrity: 'sha256-x' }))
    expect(sent).toMatchObject([
      { ...about, method: 'GET', body: null, keepalive: true },
      { method: 'DELETE', integrity: 'sha256-x' },
    ])
    expect(sent.map(({ url }) => url)).toEqual(Array(2).fill(`${baseUrl}/oauth2/token?a=1&b=%20x`))
    expect(sent[0]?.headers.get('x-mine')).toBe('yes')
    expect(await sent[1]?.text()).toBe('')
  } finally {
    bridge?.uninstall()
    globalThis.fetch = realFetch
  }
})

test('a Request whose body was read already is refused, as it would be without the bridge', async () => {
  bridge = installWixBridge({ baseUrl })
  const used = new Request(address, { method: 'POST', body: 'x' })
  await used.text()
  await expect(fetch(used)).rejects.toBeInstanceOf(TypeError)
  expect(arrived).toEqual([])
})

test('both of the original hosts lead to the server', async () => {
  bridge = installWixBridge({ baseUrl })
  for (const host of ['www.wixapis.com', 'edge.wixapis.com', 'WWW.WIXAPIS.COM']) await fetch(`https://${host}/x`)
  expect(arrived.map(({ url }) => url)).toEqual(['/x', '/x', '/x'])
})

test('a request that is given up is given up', async () => {
  bridge = installWixBridge({ baseUrl })
  await expect(fetch(address, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  await expect(fetch(new Request(address, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
    name: 'AbortError',
  })
})

test.each([
  'https://wixapis.com/x',
  'https://example.com/?to=https://www.wixapis.com/x',
  'https://www.wixapis.com.example/x',
  'https://notwww.wixapis.com/x',
  'https://www.wixapis.com:8443/x',
  'https://www.wixapis.com@example.com/x',
])('a request to %s goes where it went before', async (url) => {
  const seen: string[] = []
  globalThis.fetch = async (input) => {
    seen.push(input instanceof Request ? input.url : String(input))
    return new Response('elsewhere')
  }
  try {
    const before = globalThis.fetch
    bridge = installWixBridge({ baseUrl })
    expect(await (await fetch(url)).text()).toBe('elsewhere')
    await fetch(new Request(url.replace('@', '')))
    expect(seen).toEqual([url, url.replace('@', '')])
    bridge.uninstall()
    expect(globalThis.fetch).toBe(before)
  } finally {
    globalThis.fetch = realFetch
  }
  expect(arrived).toEqual([])
})

test('a relative address is left to whoever knows what it is relative to', async () => {
  bridge = installWixBridge({ baseUrl })
  await expect(fetch('/v1/logout')).rejects.toThrow('parse URL')
})

test('on a page, an address without a scheme leads to the server too, and a relative one to the page', async () => {
  const seen: string[] = []
  globalThis.fetch = async (input) => {
    seen.push(String(input))
    return new Response()
  }
  Object.assign(globalThis, { location: { href: 'https://shop.example/www.wixapis.com/' } })
  try {
    bridge = installWixBridge({ baseUrl })
    for (const text of ['//www.wixapis.com/x', '/www.wixapis.com/x', 'www.wixapis.com/x', '//shop.example/x'])
      await fetch(text)
    expect(seen).toEqual([`${baseUrl}/x`, '/www.wixapis.com/x', 'www.wixapis.com/x', '//shop.example/x'])
  } finally {
    bridge?.uninstall()
    globalThis.fetch = realFetch
    Reflect.deleteProperty(globalThis, 'location')
  }
})

test('taken away, everything is as before, also when it is done twice', () => {
  bridge = installWixBridge({ baseUrl })
  expect(bridge.baseUrl).toBe(baseUrl)
  expect(globalThis.fetch).not.toBe(realFetch)
  bridge.uninstall()
  bridge.uninstall()
  expect(globalThis.fetch).toBe(realFetch)
})

test('what somebody else has put in its place since is left there', () => {
  bridge = installWixBridge({ baseUrl })
  const others: typeof fetch = async () => new Response()
  globalThis.fetch = others
  try {
    bridge.uninstall()
    expect(globalThis.fetch).toBe(others)
  } finally {
    globalThis.fetch = realFetch
  }
})

test.each([
  '',
  'x',
  '127.0.0.1:8787',
  'ftp://127.0.0.1',
  'http://127.0.0.1/base',
  'http://127.0.0.1/?a',
  'http://a:b@127.0.0.1',
])('the base URL %j is refused, and fetch stays what it was', (wrong) => {
  expect(() => installWixBridge({ baseUrl: wrong })).toThrow('baseUrl must be an http or https origin without a path')
  expect(globalThis.fetch).toBe(realFetch)
})
