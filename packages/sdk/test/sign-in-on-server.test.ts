import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callbackUri, startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { createClient, OAuthStrategy } from '../src/index.ts'
import { signInOnServer } from '../src/server.ts'
import { password, siteClient, watchedFetch } from './site.ts'

let server: TestServer
let sessionToken: string
beforeAll(async () => {
  server = await startTestServer()
  const signOn = await siteClient(server).auth.register({ email: `${randomUUID()}@shop.example`, password })
  sessionToken = signOn.state === 'SUCCESS' ? signOn.sessionToken : signOn.state
})
afterAll(() => server.close())

const wrongUri = 'https://shop.example/elsewhere'

test('a redirectUri that is not the client’s is refused with the server’s own reason, and signs nobody in', async () => {
  const client = siteClient(server)
  await expect(signInOnServer(client, sessionToken, { redirectUri: wrongUri })).rejects.toMatchObject({
    name: 'RefusedError',
    status: 400,
    code: 'invalid_request',
    message: expect.stringContaining('redirectUri is not among the allowed redirect URIs of the client'),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(await client.auth.tokens()).toBeNull()
})

test('a clientId that names no client is refused with the server’s own reason', async () => {
  const client = createClient({ baseUrl: server.url, auth: OAuthStrategy({ clientId: randomUUID() }) })
  await expect(signInOnServer(client, sessionToken, { redirectUri: callbackUri })).rejects.toMatchObject({
    name: 'RefusedError',
    status: 400,
    code: 'invalid_client',
  })
})

test('when the way to the server breaks, nobody knows whether the sessionToken was used', async () => {
  const { fetch } = watchedFetch((path) => (path === '/oauth2/authorize' ? new TypeError('fetch failed') : undefined))
  const client = siteClient(server, { fetch })
  await expect(signInOnServer(client, sessionToken, { redirectUri: callbackUri })).rejects.toMatchObject({
    name: 'UnavailableError',
    outcome: 'unknown',
    status: null,
    cause: { message: 'fetch failed' },
  })
})

test('every request goes the way that the client was given', async () => {
  const watch = watchedFetch()
  const client = siteClient(server, { fetch: watch.fetch })
  await signInOnServer(client, sessionToken, { redirectUri: callbackUri })
  expect(watch.paths).toEqual(['/oauth2/authorize', '/oauth2/token'])
  expect(await client.auth.isSignedIn()).toBe(true)
})
