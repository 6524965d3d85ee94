import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { authentication, createClient } from '../src/index.ts'
import { ApiKeyStrategy, auth, createAdminClient, runInContext } from '../src/server.ts'
import { signInNewMember, siteClient } from './site.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const callback = 'https://shop.example/callback'

test('logout as a method of the client answers as a browser would have been answered, in bytes', async () => {
  const client = siteClient(server)
  await signInNewMember(client)
  const answer = await client.authentication.logout({ postLogoutRedirectUri: callback, clientId: server.client.id })
  expect(answer.statusCode).toBe(302)
  expect(answer.headers).toContainEqual({ key: 'Location', value: callback })
  expect(answer.body).toBeInstanceOf(Uint8Array)
  expect(new TextDecoder().decode(answer.body)).toContain('<')
})

test('a redirect that is not the client’s is refused, and the session lives on', async () => {
  const client = siteClient(server)
  await signInNewMember(client)
  await expect(client.authentication.logout({ postLogoutRedirectUri: 'https://evil.example/' })).rejects.toMatchObject({
    name: 'RefusedError',
    violations: [{ field: 'postLogoutRedirectUri' }],
  })
  await client.authentication.changePassword({ newPassword: 'another long passphrase' })
})

test('a method by itself needs a client in the context', () => {
  expect(() => authentication.logout()).toThrow('call it in runInContext')
})

test('in a context a method by itself is made by its client, each request by its own', async () => {
  const clients = [siteClient(server), siteClient(server)]
  for (const client of clients) await signInNewMember(client)
  await Promise.all(
    clients.map((client) => runInContext(client, () => authentication.validateEmail({ email: 'a@b.example' }))),
  )
  const [first, second] = clients
  if (first === undefined || second === undefined) throw new Error('No clients')
  await runInContext(first, () => authentication.logout())
  await expect(first.authentication.changePassword({ newPassword: 'another long passphrase' })).rejects.toMatchObject({
    name: 'SignedOutError',
  })
  await second.authentication.changePassword({ newPassword: 'another long passphrase' })
})

test('a client that acts for a member is not elevated, and nothing is sent', async () => {
  const client = siteClient(server)
  await expect(runInContext(client, () => auth.elevate(authentication.logout)())).rejects.toThrow(
    'Cannot elevate a method',
  )
})

test('elevated, and by the service’s own name, logout is made for the site', async () => {
  const options = { baseUrl: server.url, auth: ApiKeyStrategy({ apiKey: '' }) }
  const admin = createClient(options)
  expect(await runInContext(admin, () => auth.elevate(authentication.logout)())).toMatchObject({ statusCode: 200 })
  const adminClient = createAdminClient(options)
  const answer = await adminClient.headless.AuthenticationService.logout({ clientId: server.client.id })
  expect(answer).toMatchObject({ statusCode: 200 })
})

test.each(['', 'x', '127.0.0.1', 'http://a.example/b', 'ftp://a.example'])('%j is no base URL', (baseUrl) => {
  expect(() => createClient({ baseUrl, auth: ApiKeyStrategy({ apiKey: 'k' }) })).toThrow(
    'baseUrl must be an http or https origin',
  )
})
