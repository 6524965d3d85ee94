/** Logout through `auth.elevate`, and what the packages make of it without a context. */
import { auth } from '@wix/essentials'
import { authentication } from '@wix/identity'
import { createClient } from '@wix/sdk'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { everythingWorks, officialSite, signedInOnSite, stillWorkingOf } from '../support/official-site.ts'
import { siteOrigin, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let hosts: OfficialHosts

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url)
})
afterEach(() => {
  // Where the packages keep a context that was enabled as `global`. They have no call that disables it.
  Reflect.deleteProperty(globalThis, '__wix_context__')
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const elevatedLogout = auth.elevate(authentication.logout)
const stillWorking = (member: Awaited<ReturnType<typeof signedInOnSite>>) => stillWorkingOf(server.client.id, member)

test('without a context an elevated logout sends nothing, so the session stays', async () => {
  const member = await signedInOnSite(server.client.id)
  const sentBefore = hosts.requests.length
  expect(elevatedLogout()).toBeInstanceOf(Function)
  expect(hosts.requests.length).toBe(sentBefore)
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('with a context that is not elevated it throws, and the session stays', async () => {
  const member = await signedInOnSite(server.client.id)
  member.site.enableContext('global')
  expect(() => elevatedLogout()).toThrow('An elevated client is required')
  Reflect.deleteProperty(globalThis, '__wix_context__')
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test("in the elevated context of the member's client it ends the session", async () => {
  const member = await signedInOnSite(server.client.id)
  const other = await signedInOnSite(server.client.id)
  expect(await stillWorking(member)).toEqual(everythingWorks)
  member.site.enableContext('global', { elevated: true })
  const answer = await elevatedLogout({ postLogoutRedirectUri: `${siteOrigin}/bye`, clientId: server.client.id })
  expect(answer).toMatchObject({ statusCode: 302, body: expect.any(Uint8Array) })
  expect(answer.headers).toContainEqual({ key: 'Location', value: `${siteOrigin}/bye` })
  Reflect.deleteProperty(globalThis, '__wix_context__')
  expect(await stillWorking(member)).toEqual([])
  expect(await stillWorking(other)).toEqual(everythingWorks)
})

test('in the elevated context of a client without auth it is a success and ends nobody', async () => {
  const member = await signedInOnSite(server.client.id)
  createClient({}).enableContext('global', { elevated: true })
  expect(await elevatedLogout()).toMatchObject({ statusCode: 200, body: expect.any(Uint8Array) })
  Reflect.deleteProperty(globalThis, '__wix_context__')
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('used by a client itself it ends the session of that client', async () => {
  const member = await signedInOnSite(server.client.id)
  const answer = await officialSite(server.client.id, member.tokens).use(elevatedLogout)()
  expect(answer).toMatchObject({ statusCode: 200, body: expect.any(Uint8Array) })
  expect(await stillWorking(member)).toEqual([])
})

test('its errors have the same shape, and end nothing', async () => {
  const member = await signedInOnSite(server.client.id)
  member.site.enableContext('global', { elevated: true })
  const refused = elevatedLogout({ postLogoutRedirectUri: 'https://elsewhere.example/', clientId: server.client.id })
  await expect(refused).rejects.toMatchObject({
    details: {
      validationError: {
        fieldViolations: [{ field: 'options.postLogoutRedirectUri', ruleName: 'REDIRECT_NOT_ALLOWED', data: {} }],
      },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  })
  Reflect.deleteProperty(globalThis, '__wix_context__')
  expect(await stillWorking(member)).toEqual(everythingWorks)
})
