/** Programs that act for the site: by the secret of an app, with a member's token in hand, and elevated. */

import { oAuthApps } from '@wix/auth-management'
import { auth } from '@wix/essentials'
import { authentication } from '@wix/identity'
import { AppStrategy, createClient, type Host } from '@wix/sdk'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addClientOf, secretOf } from '../support/clients.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { everythingWorks, signedInOnSite, stillWorkingOf } from '../support/official-site.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let hosts: OfficialHosts
let appSecret: string

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url)
  appSecret = await secretOf(server)
})
afterEach(() => {
  // Where the packages keep a context that was enabled as `global`.
  Reflect.deleteProperty(globalThis, '__wix_context__')
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

/** The strategy asks for a host and looks at none. */
const noHost = {} as Host
const modules = { oAuthApps, authentication }
const stillWorking = (member: Awaited<ReturnType<typeof signedInOnSite>>) => stillWorkingOf(server.client.id, member)
const withToken = (accessToken: string, more: { appId?: string; appSecret?: string } = {}) =>
  AppStrategy({ appId: server.client.id, appSecret, accessToken, ...more })

test('with an instance id an app acts for the site, and its token is asked for once', async () => {
  const strategy = AppStrategy({ appId: server.client.id, appSecret, instanceId: server.service.siteId })
  const client = createClient({ auth: strategy, modules })
  const sentBefore = hosts.requests.length
  await client.oAuthApps.queryOAuthApps().find()
  await client.oAuthApps.queryOAuthApps().find()
  expect(hosts.requests.slice(sentBefore).map(({ address }) => address)).toEqual([
    '/oauth2/token',
    '/oauth-app/v1/oauth-apps/query',
    '/oauth-app/v1/oauth-apps/query',
  ])
  const { headers } = await strategy.getAuthHeaders(noHost)
  const { headers: again } = await strategy.getAuthHeaders(noHost)
  expect(again).toEqual(headers)
})

test("with a member's token an app acts as the member, in their very session", async () => {
  const member = await signedInOnSite(server.client.id)
  const client = createClient({ auth: withToken(member.tokens.accessToken.value), modules })
  await expect(client.oAuthApps.queryOAuthApps().find()).rejects.toMatchObject({
    details: { applicationError: { code: 'PERMISSION_DENIED' } },
  })
  expect(await stillWorking(member)).toEqual(everythingWorks)
  expect(await client.authentication.logout()).toMatchObject({ statusCode: 200 })
  expect(await stillWorking(member)).toEqual([])
})

test("elevated, an app with a member's token acts for the site and not as the member", async () => {
  const member = await signedInOnSite(server.client.id)
  const strategy = withToken(member.tokens.accessToken.value)
  expect(await strategy.getTokenInfo()).toMatchObject({
    active: true,
    subjectType: 'MEMBER',
    clientId: server.client.id,
    instanceId: server.service.siteId,
  })
  const elevated = createClient({ auth: await strategy.elevated(), modules })
  expect((await elevated.oAuthApps.queryOAuthApps().find()).items.length).toBeGreaterThan(0)
  await elevated.authentication.logout()
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('a token that is over cannot be elevated, nor one of another app', async () => {
  const member = await signedInOnSite(server.client.id)
  const other = await addClientOf(server)
  const accessToken = member.tokens.accessToken.value
  await expect(withToken(accessToken, { appId: other.id }).elevated()).rejects.toThrow('not issued for the app')
  await member.site.authentication.logout()
  await expect(withToken(accessToken).elevated()).rejects.toThrow('not issued for the app')
})

test('elevation by a token takes the secret: without the right one nothing is done', async () => {
  const member = await signedInOnSite(server.client.id)
  const strategy = withToken(member.tokens.accessToken.value, { appSecret: 'wrong' })
  await expect((await strategy.elevated()).getAuthHeaders(noHost)).rejects.toThrow('401')
  const elevated = createClient({ auth: await strategy.elevated(), modules })
  await expect(elevated.oAuthApps.queryOAuthApps().find()).rejects.toThrow('System error')
  await expect(createClient({ auth: strategy, modules }).authentication.logout()).rejects.toThrow('System error')
  expect(await stillWorking(member)).toEqual(everythingWorks)
})

test('a call that is elevated in the context of an app is made by the app', async () => {
  const strategy = AppStrategy({ appId: server.client.id, appSecret, instanceId: server.service.siteId })
  createClient({ auth: strategy, modules }).enableContext('global', { elevated: true })
  const found = await auth.elevate(oAuthApps.getOAuthApp)(server.client.id)
  expect(found).toMatchObject({ _id: server.client.id })
})

test('with a refresh token an app refreshes at the former address, and keeps what it is given', async () => {
  const member = await signedInOnSite(server.client.id)
  const refreshToken = member.tokens.refreshToken.value
  const strategy = AppStrategy({ appId: server.client.id, appSecret, refreshToken })
  const sentBefore = hosts.requests.length
  const { headers } = await strategy.getAuthHeaders(noHost)
  const client = createClient({ auth: strategy, modules })
  expect(headers).toMatchObject({ Authorization: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) })
  await client.authentication.logout()
  expect(hosts.requests.slice(sentBefore).map(({ address }) => address)).toEqual([
    '/oauth/access',
    '/oauth/access',
    '/_api/iam/authentication/v1/logout',
  ])
  expect(await stillWorking(member)).toEqual([])
})
