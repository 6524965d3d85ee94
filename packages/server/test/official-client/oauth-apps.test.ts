/** The OAuth apps service through its official package, by programs that have the secret of an app, or an API key. */
import { oAuthApps } from '@wix/auth-management'
import { oauth } from '@wix/identity'
import { ApiKeyStrategy, AppStrategy, createClient, type Host } from '@wix/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission } from '../../src/domain/permission.ts'
import { addApiKey } from '../support/administer.ts'
import { secretOf } from '../support/clients.ts'
import { type OfficialHosts, redirectOfficialHosts } from '../support/official-hosts.ts'
import { officialSite } from '../support/official-site.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const ownHost = 'auth.shop.example'

let server: TestServer
let hosts: OfficialHosts
let appSecret: string

beforeAll(async () => {
  server = await startTestServer()
  hosts = redirectOfficialHosts(server.url, [ownHost])
  appSecret = await secretOf(server)
})
afterAll(async () => {
  hosts[Symbol.dispose]()
  await server.close()
})

const modules = { oAuthApps, oauth }
const appStrategy = () => AppStrategy({ appId: server.client.id, appSecret, instanceId: server.service.siteId })
const asApp = () => createClient({ auth: appStrategy(), modules })

/** Methods that the package has and that its types do not list. */
interface UnlistedMethods {
  deleteOAuthApp(id: string): Promise<void>
  generateOAuthAppSecret(id: string): Promise<{ readonly oAuthAppSecret: string }>
  getOAuthAppSecret(id: string): Promise<{ readonly oAuthAppSecret: string }>
}
const unlisted = (client: { readonly oAuthApps: unknown }) => client.oAuthApps as UnlistedMethods

test('an app is created, got, changed, queried and deleted, with the types that the package promises', async () => {
  const client = asApp()
  const sentBefore = hosts.requests.length
  const app = await client.oAuthApps.createOAuthApp({
    name: 'My app',
    allowedRedirectUris: ['https://my.example/callback'],
    technology: 'REACT',
  })
  expect(app).toMatchObject({
    _id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    _createdDate: new Date(server.clock.now()),
    name: 'My app',
    allowedRedirectUris: ['https://my.example/callback'],
    allowedRedirectDomains: [],
    applicationType: 'OAUTH_APP_TYPE_UNSPECIFIED',
    technology: 'REACT',
    wixPagesDomainsMappings: [],
  })
  const id = app._id ?? ''
  expect(await client.oAuthApps.getOAuthApp(id)).toEqual(app)

  const changes = { name: 'Our app', loginUrl: 'https://my.example/login', description: 'Not in the mask' }
  const changed = await client.oAuthApps.updateOAuthApp(id, changes, ['name', 'loginUrl'])
  expect(changed).toMatchObject({ _id: id, name: 'Our app', loginUrl: 'https://my.example/login', description: '' })

  const { items } = await client.oAuthApps.queryOAuthApps().eq('_id', id).find()
  expect(items).toEqual([changed])
  await unlisted(client).deleteOAuthApp(id)
  await expect(client.oAuthApps.getOAuthApp(id)).rejects.toMatchObject({
    details: { applicationError: { code: 'NOT_FOUND' }, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  })
  expect(hosts.requests.slice(sentBefore).map(({ address }) => address.replaceAll(id, '<id>'))).toEqual([
    '/oauth2/token',
    '/oauth-app/v1/oauth-apps',
    '/oauth-app/v1/oauth-apps/<id>?oAuthAppId=<id>',
    '/oauth-app/v1/oauth-apps/<id>',
    '/oauth-app/v1/oauth-apps/query',
    '/oauth-app/v1/oauth-apps/<id>?oAuthAppId=<id>',
    '/oauth-app/v1/oauth-apps/<id>?oAuthAppId=<id>',
  ])
})

test('apps are queried page by page, sorted by either field', async () => {
  const client = asApp()
  for (const name of ['Page c', 'Page a', 'Page b']) await client.oAuthApps.createOAuthApp({ name })
  const { oAuthApps: apps } = client
  const first = await apps.queryOAuthApps().ascending('name').limit(2).find()
  expect(first.totalCount).toBeGreaterThanOrEqual(4)
  expect([first.length, first.currentPage, first.hasNext(), first.hasPrev()]).toEqual([2, 0, true, false])
  const second = await first.next()
  const names = [...first.items, ...second.items].map(({ name }) => name)
  expect(names).toEqual(names.toSorted())
  expect((await second.prev()).items).toEqual(first.items)
  const newest = await apps.queryOAuthApps().descending('_createdDate').descending('name').limit(1).skip(1).find()
  expect(newest.length).toBe(1)
})

test('a secret is made once, cannot be got again, and lets the app act', async () => {
  const client = asApp()
  const id = String((await client.oAuthApps.createOAuthApp({ name: 'With a secret' }))._id)
  const { oAuthAppSecret } = await unlisted(client).generateOAuthAppSecret(id)
  expect(oAuthAppSecret).toMatch(/^adj_client_/)
  const refused = (code: string) => ({ details: { applicationError: { code } } })
  await expect(unlisted(client).generateOAuthAppSecret(id)).rejects.toMatchObject(refused('ALREADY_EXISTS'))
  await expect(unlisted(client).getOAuthAppSecret(id)).rejects.toMatchObject(refused('PERMISSION_DENIED'))
  const own = createClient({
    auth: AppStrategy({ appId: id, appSecret: oAuthAppSecret, instanceId: server.service.siteId }),
    modules,
  })
  expect(await own.oAuthApps.getOAuthApp(id)).toMatchObject({ _id: id, name: 'With a secret' })
})

test('a field that breaks a rule is named as the argument of the call', async () => {
  const refused = asApp().oAuthApps.createOAuthApp({ name: 'My app', allowedRedirectUris: ['javascript:alert(1)'] })
  await expect(refused).rejects.toMatchObject({
    details: {
      validationError: { fieldViolations: [{ field: 'oAuthApp.allowedRedirectUris.0', violatedRule: 'FORMAT' }] },
    },
  })
})

test('the holder of an API key does what its permissions allow', async () => {
  const asKey = async (...permissions: readonly Permission[]) => {
    const { key } = await addApiKey(server, permissions)
    return createClient({ auth: ApiKeyStrategy({ apiKey: key, siteId: server.service.siteId }), modules })
  }
  const reader = await asKey('OAUTH_APPS.READ')
  expect(await reader.oAuthApps.getOAuthApp(server.client.id)).toMatchObject({ _id: server.client.id })
  expect((await reader.oAuthApps.queryOAuthApps().find()).length).toBeGreaterThan(0)
  const refused = {
    details: { applicationError: { code: 'PERMISSION_DENIED', data: { permission: 'OAUTH_APPS.MANAGE' } } },
  }
  await expect(reader.oAuthApps.createOAuthApp({ name: 'My app' })).rejects.toMatchObject(refused)
  const manager = await asKey('OAUTH_APPS.MANAGE')
  const id = String((await manager.oAuthApps.createOAuthApp({ name: 'My app' }))._id)
  expect(await manager.oAuthApps.updateOAuthApp(id, { name: 'Ours' }, ['name'])).toMatchObject({ name: 'Ours' })
  expect(await unlisted(manager).generateOAuthAppSecret(id)).toMatchObject({
    oAuthAppSecret: expect.stringMatching(/^adj_client_/),
  })
  await unlisted(manager).deleteOAuthApp(id)
  await expect(manager.oAuthApps.getOAuthApp(id)).rejects.toMatchObject({
    details: { applicationError: { data: { permission: 'OAUTH_APPS.READ' } } },
  })
})

test('a wrong secret and a visitor get nothing', async () => {
  const auth = AppStrategy({ appId: server.client.id, appSecret: 'wrong', instanceId: server.service.siteId })
  const impostor = createClient({ auth, modules })
  await expect(impostor.oAuthApps.getOAuthApp(server.client.id)).rejects.toThrow('System error')
  const site = officialSite(server.client.id)
  await expect(site.use(oAuthApps).getOAuthApp(server.client.id)).rejects.toMatchObject({
    details: { applicationError: { code: 'PERMISSION_DENIED' } },
  })
})

test('a module that is told of a host of our own finds the service there', async () => {
  const host = { apiBaseUrl: ownHost } as Host
  const client = createClient({ auth: appStrategy(), host, modules })
  const sentBefore = hosts.requests.length
  expect(await client.oAuthApps.getOAuthApp(server.client.id)).toMatchObject({ _id: server.client.id })
  expect((await client.oAuthApps.queryOAuthApps().find()).items.length).toBeGreaterThan(0)
  const { id } = server.client
  expect(hosts.requests.slice(sentBefore).map(({ host: sentTo, address }) => `${sentTo}${address}`)).toEqual([
    'www.wixapis.com/oauth2/token',
    `${ownHost}/v1/oauth-apps/${id}?oAuthAppId=${id}`,
    `${ownHost}/v1/oauth-apps/query`,
  ])
})
