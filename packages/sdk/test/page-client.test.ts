/** The client of a page, and that a server has none. In this order: once the entry for servers is loaded, it stays so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { createClient, OAuthStrategy, oauth } from '../src/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const pageClient = () =>
  createClient({ baseUrl: server.url, auth: OAuthStrategy({ clientId: server.client.id }), modules: { oauth } })

test('on a page, the client whose context is enabled makes methods that are called by themselves', async () => {
  expect(() => oauth.jwks()).toThrow('call enableContext() of yours first')
  pageClient().enableContext()
  expect((await oauth.jwks()).keys.length).toBeGreaterThan(0)
})

test('a client that acts for the site does not become that of the page', async () => {
  const site = createClient({
    baseUrl: server.url,
    auth: () => ({ elevated: true, authorization: async () => 'a key' }),
  })
  expect(() => site.enableContext()).toThrow(TypeError)
  expect(() => site.enableContext()).toThrow('acts for the site')
})

test('tokens of a request are a server’s: from then on nobody is lent a client, not even one that was enabled before', async () => {
  // As bundled for a server that uses nothing else of that entry.
  const { requestTokens } = await import('../src/request-tokens.ts')
  expect((await oauth.jwks()).keys.length).toBeGreaterThan(0)
  const tokens = requestTokens({ cookie: undefined, setCookie: () => {} })
  expect(() => oauth.jwks()).toThrow('call it in runInContext')
  const ofRequest = createClient({
    baseUrl: server.url,
    auth: OAuthStrategy({ clientId: server.client.id, tokens }),
  })
  expect(() => ofRequest.enableContext()).toThrow(TypeError)
  expect(() => ofRequest.enableContext()).toThrow('give the client of each request to runInContext')
})

test('where the entry for servers is loaded, a method finds the client of its own request and no other', async () => {
  const { runInContext } = await import('../src/server.ts')
  expect(() => pageClient().enableContext()).toThrow('runInContext')
  expect((await runInContext(pageClient(), () => oauth.jwks())).keys.length).toBeGreaterThan(0)
  expect(() => oauth.jwks()).toThrow('call it in runInContext')
})
