/** The OAuth apps service: what it takes, what it refuses, and who may ask. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { auditOf, oauthErrorOf, refusalOf, violationOf, violationsOf } from '../support/answers.ts'
import { appToken, secretOf } from '../support/clients.ts'
import { signedInMember, visitorTokens } from '../support/members.ts'
import { askForTokens } from '../support/oauth-requests.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let authorization: string
beforeAll(async () => {
  server = await startTestServer()
  authorization = await appToken(server, server.client.id, await secretOf(server))
})
afterAll(() => server.close())

const nobody = '00000000-0000-4000-8000-000000000000'

function ask(method: string, path: string, json?: unknown, headers: Record<string, string> = { authorization }) {
  return send(`${server.url}/oauth-app/v1/oauth-apps${path}`, {
    method,
    headers,
    ...(json === undefined ? {} : { json }),
  })
}
interface App {
  readonly id: string
  readonly name: string
  readonly [field: string]: unknown
}
const appIn = (answer: Received) => answer.json<{ oAuthApp: App }>().oAuthApp
const create = (oAuthApp: Record<string, unknown>) => ask('POST', '', { oAuthApp })
const created = async (oAuthApp: Record<string, unknown> = {}) => appIn(await create({ name: 'An app', ...oAuthApp }))
const update = (id: string, oAuthApp: Record<string, unknown>, mask?: unknown) =>
  ask('PATCH', `/${id}`, { oAuthApp: { id, ...oAuthApp }, ...(mask === undefined ? {} : { mask }) })

const everything = {
  name: 'Everything',
  description: 'An app of which everything is said',
  loginUrl: 'https://every.example/login',
  logoutUrl: 'https://every.example/logout',
  allowedRedirectUris: [
    'https://every.example/callback',
    'exp://192.168.1.2:19000',
    'https://*-every.example/callback',
  ],
  allowedRedirectDomains: ['every.example', 'localhost:4321'],
  applicationType: 'WEB_APP',
  technology: 'REACT',
  wixPagesDomainsMappings: [{ origin: 'https://every.example', destination: 'https://pages.example' }],
  redirectUrlWixPages: 'https://every.example/pages',
  origin: 'every',
}

test('an app is created with everything that can be said of it, and got as it was created', async () => {
  const answer = await create({ ...everything, secret: 'ignored', allowSecretGeneration: false, unknown: 1 })
  expect(answer.status).toBe(200)
  const app = appIn(answer)
  expect(app).toEqual({
    ...everything,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    createdDate: new Date(server.clock.now()).toISOString(),
    allowSecretGeneration: true,
  })
  expect((await ask('GET', `/${app.id}?oAuthAppId=${app.id}`)).json()).toEqual({ oAuthApp: app })
  expect((await ask('GET', `/${app.id.toUpperCase()}`)).json()).toEqual({ oAuthApp: app })
  expect((await visitorTokens({ ...server, client: { ...server.client, id: app.id as never } })).accessToken).not.toBe(
    '',
  )
})

test('of an app of which only the name is said the rest is empty', async () => {
  expect(await created({ loginUrl: null, logoutUrl: '', description: null, technology: null })).toEqual({
    id: expect.any(String),
    createdDate: expect.any(String),
    name: 'An app',
    description: '',
    allowedRedirectUris: [],
    allowedRedirectDomains: [],
    applicationType: 'OAUTH_APP_TYPE_UNSPECIFIED',
    technology: 'OAUTH_TECHNOLOGY_UNSPECIFIED',
    wixPagesDomainsMappings: [],
    allowSecretGeneration: true,
  })
})

test('the former name of the domains is understood, and the present one counts before it', async () => {
  expect(await created({ allowedDomains: ['a.example'] })).toMatchObject({ allowedRedirectDomains: ['a.example'] })
  const both = { allowedDomains: ['a.example'], allowedRedirectDomains: ['b.example'] }
  expect(await created(both)).toMatchObject({ allowedRedirectDomains: ['b.example'] })
})

test.each<[string, Record<string, unknown>, string]>([
  ['no name', { name: undefined }, 'oAuthApp.name REQUIRED_FIELD'],
  ['a name of one character', { name: 'x' }, 'oAuthApp.name MIN_LENGTH'],
  ['a name of 257 characters', { name: 'x'.repeat(257) }, 'oAuthApp.name MAX_LENGTH'],
  ['a description that is endless', { description: 'x'.repeat(2049) }, 'oAuthApp.description MAX_LENGTH'],
  ['21 URIs', { allowedRedirectUris: Array(21).fill('https://a.example/') }, 'oAuthApp.allowedRedirectUris MAX_LENGTH'],
  ['21 domains', { allowedRedirectDomains: Array(21).fill('a.example') }, 'oAuthApp.allowedRedirectDomains MAX_LENGTH'],
  ['URIs that are no list', { allowedRedirectUris: 'https://a.example/' }, 'oAuthApp.allowedRedirectUris TYPE'],
  [
    'a domain with a scheme',
    { allowedRedirectDomains: ['https://a.example'] },
    'oAuthApp.allowedRedirectDomains.0 FORMAT',
  ],
  ['a login page that is no web address', { loginUrl: 'javascript:alert(1)' }, 'oAuthApp.loginUrl FORMAT'],
  ['a relative login page', { loginUrl: '/login' }, 'oAuthApp.loginUrl FORMAT'],
  ['a logout address with a user', { logoutUrl: 'https://a@b.example/' }, 'oAuthApp.logoutUrl FORMAT'],
  ['an unknown type', { applicationType: 'SYSTEM' }, 'oAuthApp.applicationType OTHER'],
  ['an unknown technology', { technology: 'COBOL' }, 'oAuthApp.technology OTHER'],
  ['201 mappings', { wixPagesDomainsMappings: Array(201).fill({}) }, 'oAuthApp.wixPagesDomainsMappings MAX_LENGTH'],
  [
    'an endless mapping',
    { wixPagesDomainsMappings: [{ origin: 'x'.repeat(2049) }] },
    'oAuthApp.wixPagesDomainsMappings.0.origin MAX_LENGTH',
  ],
  ['endless pages', { redirectUrlWixPages: 'x'.repeat(1025) }, 'oAuthApp.redirectUrlWixPages MAX_LENGTH'],
  ['an endless origin', { origin: 'x'.repeat(257) }, 'oAuthApp.origin MAX_LENGTH'],
])('an app with %s is refused, when it is created and when it is changed', async (_what, oAuthApp, violation) => {
  const clients = (await server.service.storage.listClients()).length
  const answer = await create({ name: 'An app', ...oAuthApp })
  expect(violationOf(answer)).toMatch(new RegExp(`^400 .*${violation}`))
  expect((await server.service.storage.listClients()).length).toBe(clients)
  if (Object.keys(oAuthApp)[0] === 'origin' || 'applicationType' in oAuthApp) return
  const { id } = server.client
  const before = await server.service.storage.findClient(id)
  const changed = await update(id, oAuthApp, Object.keys(oAuthApp).join(','))
  expect(changed.status).toBe(400)
  expect(await server.service.storage.findClient(id)).toEqual(before)
})

/** Strings that browsers and other readers understand differently, or that run something: one of each kind. */
const dangerous = [
  '/callback',
  'shop.example/callback',
  '//shop.example/callback',
  'https://shop.example/callback#fragment',
  'https://user@shop.example/callback',
  'https://user:password@shop.example/callback',
  'https://*.example/callback',
  'https://shop.example/*',
  'https://shop.example\\@evil.example/',
  'https://shop.example/\tcallback',
  'https://shop.example/\u0000',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'blob:https://shop.example/x',
  'file:///etc/passwd',
  'about:blank',
  'http://shop.example/callback',
  'http://localhost.evil.example/callback',
  '',
]

test.each(dangerous)('R-07: the redirect URI %j is refused, and nothing is registered or changed', async (uri) => {
  const clients = (await server.service.storage.listClients()).length
  const uris = ['https://shop.example/callback', uri]
  const answer = await create({ name: 'An app', allowedRedirectUris: uris })
  expect(violationOf(answer)).toBe('400 oAuthApp.allowedRedirectUris.1 FORMAT')
  expect((await server.service.storage.listClients()).length).toBe(clients)
  const changed = await update(server.client.id, { allowedRedirectUris: uris }, 'allowedRedirectUris')
  expect(violationOf(changed)).toBe('400 oAuthApp.allowedRedirectUris.1 FORMAT')
  expect(await server.service.storage.findClient(server.client.id)).toMatchObject({
    allowedRedirectUris: server.client.allowedRedirectUris,
  })
})

test('a violation names the format, as the official client reads it', async () => {
  const [found] = violationsOf(await create({ name: 'An app', loginUrl: 'x' }))
  expect(found).toMatchObject({ field: 'oAuthApp.loginUrl', data: { type: 'WEB_URL' }, ruleName: '' })
})

test.each<[string, unknown]>([
  ['a text with commas', 'name,loginUrl,allowedRedirectUris'],
  ['a text with spaces', 'name, loginUrl, allowedRedirectUris'],
  ['paths', { paths: ['name', 'loginUrl', 'allowedRedirectUris'] }],
  ['a list', ['name', 'loginUrl', 'allowedRedirectUris']],
  ['paths below the app', 'oAuthApp.name,oAuthApp.loginUrl,oAuthApp.allowedRedirectUris'],
])('an update changes what its mask names as %s, and nothing else', async (_what, mask) => {
  const app = await created(everything)
  const answer = await update(
    app.id,
    { name: 'Another name', description: 'Not named', allowedRedirectUris: ['https://new.example/'], id: nobody },
    mask,
  )
  expect(answer.status).toBe(200)
  const { loginUrl: _emptied, ...rest } = app
  const changed = { ...rest, name: 'Another name', allowedRedirectUris: ['https://new.example/'] }
  expect(appIn(answer)).toEqual(changed)
  expect(appIn(await ask('GET', `/${app.id}`))).toEqual(changed)
})

test.each<[string, unknown]>([
  ['no mask', undefined],
  ['null', null],
  ['an empty text', ''],
  ['an empty list', []],
  ['no paths', {}],
  ['what there is not', 'nothing,toString,__proto__'],
  ['what may not be changed', 'id,createdDate,secret,allowSecretGeneration,applicationType,refreshTokenPolicy'],
])('an update whose mask is %s is a success that changes nothing', async (_what, mask) => {
  const app = await created(everything)
  const records = (await auditOf(server)).length
  const answer = await update(
    app.id,
    { name: 'Another name', applicationType: 'OTHER', secret: 'x', refreshTokenPolicy: 'rotating' },
    mask,
  )
  expect(answer.status).toBe(200)
  expect(appIn(answer)).toEqual(app)
  expect(await auditOf(server)).toHaveLength(records)
})

test('an update takes effect at once where the client is used', async () => {
  const app = await created({ allowedRedirectUris: ['https://old.example/cb'] })
  const known = async (origin: string) =>
    (await send(`${server.url}/v1/sessions/current`, { headers: { origin } })).headers['access-control-allow-origin']
  expect(await known('https://old.example')).toBe('https://old.example')
  await update(app.id, { allowedRedirectUris: ['https://new.example/cb'] }, 'allowedRedirectUris')
  expect(await known('https://old.example')).toBeUndefined()
  expect(await known('https://new.example')).toBe('https://new.example')
})

test('T-23: a deleted app is gone at once, with every token and address of it', async () => {
  const app = await created({ allowedRedirectUris: ['https://gone.example/cb'] })
  const client = { ...server.client, id: app.id as never }
  const visitor = await visitorTokens({ ...server, client })
  const answer = await ask('DELETE', `/${app.id}?oAuthAppId=${app.id}`)
  expect([answer.status, answer.json()]).toEqual([200, {}])
  expect(refusalOf(await ask('GET', `/${app.id}`))).toBe('404 NOT_FOUND')
  expect(refusalOf(await ask('DELETE', `/${app.id}`))).toBe('404 NOT_FOUND')
  expect(refusalOf(await update(app.id, { name: 'Again' }, 'name'))).toBe('404 NOT_FOUND')
  expect(refusalOf(await ask('POST', `/${app.id}/generate-secret`, {}))).toBe('404 NOT_FOUND')
  const anonymous = await askForTokens(server, { clientId: app.id, grantType: 'anonymous' })
  expect(oauthErrorOf(anonymous)).toBe('400 invalid_client')
  const refreshed = await askForTokens(server, { refreshToken: visitor.refreshToken, grantType: 'refresh_token' })
  expect(oauthErrorOf(refreshed)).toBe('400 invalid_grant')
  const headers = { origin: 'https://gone.example' }
  const cors = await send(`${server.url}/v1/sessions/current`, { headers })
  expect(cors.headers['access-control-allow-origin']).toBeUndefined()
})

test('O-12: a secret has 256 random bits, is shown once, is good at once, and only its hash is stored', async () => {
  const app = await created()
  const answer = await ask('POST', `/${app.id}/generate-secret`, { oAuthAppId: app.id })
  const { oAuthAppSecret: secret } = answer.json<{ oAuthAppSecret: string }>()
  expect(secret).toMatch(/^adj_client_[A-Za-z0-9_-]{43}$/)
  expect(refusalOf(await ask('POST', `/${app.id}/generate-secret`, {}))).toBe('409 ALREADY_EXISTS')
  expect(appIn(await ask('GET', `/${app.id}`))).toMatchObject({ allowSecretGeneration: false })
  expect(refusalOf(await ask('GET', `/${app.id}/secret?oAuthAppId=${app.id}`))).toBe('403 PERMISSION_DENIED')
  const credentials = { clientId: app.id, clientSecret: secret, grantType: 'client_credentials' }
  expect((await askForTokens(server, credentials)).status).toBe(200)

  const stored = await server.contents.dump()
  expect(stored).not.toContain(secret)
  expect(stored).not.toContain(secret.replace('adj_client_', ''))
  expect(stored).toContain(Buffer.from(hashSecret(secret)).toString('hex'))
  expect(server.log.join('')).not.toContain(secret)
  const other = await ask('POST', `/${(await created()).id}/generate-secret`)
  expect(other.json<{ oAuthAppSecret: string }>().oAuthAppSecret).not.toBe(secret)
})

test('O-12: a mobile app can keep no secret and is given none', async () => {
  const app = await created({ applicationType: 'MOBILE' })
  expect(app).toMatchObject({ allowSecretGeneration: false })
  expect(refusalOf(await ask('POST', `/${app.id}/generate-secret`, {}))).toBe('403 PERMISSION_DENIED')
})

interface Page {
  readonly oAuthApps: readonly App[]
  readonly pagingMetadata: {
    readonly count: number
    readonly offset?: number
    readonly total?: number
    readonly cursors?: { readonly next?: string; readonly prev?: string }
  }
}
const query = async (asked?: unknown) => (await ask('POST', '/query', { query: asked })).json<Page>()
const namesOf = ({ oAuthApps }: Page) => oAuthApps.map(({ name }) => name)

test('a query lists the apps by id, descending, and pages by offset', async () => {
  const ids = (await server.service.storage.listClients())
    .map(({ id }) => id as string)
    .toSorted()
    .toReversed()
  for (const asked of [undefined, null, {}, { filter: {}, paging: { offset: 0, limit: 50 } }]) {
    const page = await query(asked)
    expect(page.oAuthApps.map(({ id }) => id)).toEqual(ids.slice(0, 50))
    expect(page.pagingMetadata).toEqual({
      count: Math.min(ids.length, 50),
      offset: 0,
      total: ids.length,
      tooManyToCount: false,
    })
  }
  const second = await query({ paging: { offset: 1, limit: 2 } })
  expect(second.oAuthApps.map(({ id }) => id)).toEqual(ids.slice(1, 3))
  expect(second.pagingMetadata).toMatchObject({ count: 2, offset: 1, total: ids.length })
  expect((await query({ paging: { offset: 10_000 } })).oAuthApps).toEqual([])
  expect((await query({ paging: { limit: 0 } })).oAuthApps).toEqual([])
})

test('a query finds one app by its id, in both forms', async () => {
  const app = await created()
  for (const id of [app.id, { $eq: app.id }, app.id.toUpperCase()]) {
    const page = await query({ filter: { id } })
    expect(page.oAuthApps).toEqual([app])
    expect(page.pagingMetadata).toMatchObject({ count: 1, total: 1 })
  }
  expect((await query({ filter: { id: nobody } })).oAuthApps).toEqual([])
})

test('a query sorts by name and date, each in both directions, and pages by cursors there and back', async () => {
  await using other = await startTestServer()
  const headers = { authorization: await appToken(other, other.client.id, await secretOf(other)) }
  const askOther = (path: string, json: unknown) =>
    send(`${other.url}/v1/oauth-apps${path}`, { method: 'POST', headers, json })
  const list = async (asked: unknown) => (await askOther('/query', { query: asked })).json<Page>()
  for (const name of ['cc', 'aa', 'bb', 'aa']) {
    other.clock.advance(1)
    await askOther('', { oAuthApp: { name } })
  }
  const byName = [{ fieldName: 'name', order: 'DESC' }, { fieldName: 'createdDate' }]
  expect(namesOf(await list({ sort: [{ fieldName: 'createdDate' }] }))).toEqual([
    'First client',
    'cc',
    'aa',
    'bb',
    'aa',
  ])
  expect(namesOf(await list({ sort: [{ fieldName: 'createdDate', order: 'DESC' }] }))).toEqual([
    'aa',
    'bb',
    'aa',
    'cc',
    'First client',
  ])
  const all = await list({ sort: byName })
  expect(namesOf(all)).toEqual(['cc', 'bb', 'aa', 'aa', 'First client'])
  expect(Date.parse(String(all.oAuthApps[2]?.['createdDate']))).toBeLessThan(
    Date.parse(String(all.oAuthApps[3]?.['createdDate'])),
  )

  const there: Page[] = [await list({ sort: byName, cursorPaging: { limit: 2 } })]
  for (let next = there[0]?.pagingMetadata.cursors?.next; next !== undefined; ) {
    const page = await list({ cursorPaging: { limit: 2, cursor: next } })
    there.push(page)
    next = page.pagingMetadata.cursors?.next
  }
  expect(there.map(namesOf)).toEqual([['cc', 'bb'], ['aa', 'aa'], ['First client']])
  expect(there[0]?.pagingMetadata).toEqual({ count: 2, cursors: { next: expect.any(String) } })
  const back = await list({ cursorPaging: { limit: 2, cursor: there[2]?.pagingMetadata.cursors?.prev } })
  expect(back.oAuthApps).toEqual(there[1]?.oAuthApps)
  const first = await list({ cursorPaging: { limit: 2, cursor: back.pagingMetadata.cursors?.prev } })
  expect(first.oAuthApps).toEqual(there[0]?.oAuthApps)
  expect(first.pagingMetadata.cursors).toEqual({ next: expect.any(String) })

  // What a page ended with may be gone by the time the next one is asked for.
  await send(`${other.url}/v1/oauth-apps/${there[0]?.oAuthApps[1]?.id}`, { method: 'DELETE', headers })
  const goingOn = await list({ cursorPaging: { limit: 2, cursor: there[0]?.pagingMetadata.cursors?.next } })
  expect(goingOn.oAuthApps).toEqual(there[1]?.oAuthApps)
})

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
test.each<[string, unknown, string]>([
  ['a filter by another field', { filter: { name: 'An app' } }, 'query.filter OTHER'],
  ['a filter by two fields', { filter: { id: nobody, name: 'x' } }, 'query.filter OTHER'],
  ['another comparison', { filter: { id: { $ne: nobody } } }, 'query.filter OTHER'],
  ['two comparisons', { filter: { id: { $eq: nobody, $ne: nobody } } }, 'query.filter OTHER'],
  ['no id', { filter: { id: null } }, 'query.filter OTHER'],
  ['an id that is none', { filter: { id: 'x' } }, 'query.filter.id FORMAT'],
  ['a filter that is a text', { filter: 'id' }, 'query.filter TYPE'],
  ['another order', { sort: [{ fieldName: 'description' }] }, 'query.sort.0.fieldName OTHER'],
  ['a direction that is none', { sort: [{ fieldName: 'name', order: 'UP' }] }, 'query.sort.0.order OTHER'],
  ['four orders', { sort: Array(4).fill({ fieldName: 'name' }) }, 'query.sort MAX_LENGTH'],
  ['101 apps', { cursorPaging: { limit: 101 } }, 'query.cursorPaging.limit OTHER'],
  ['fewer than no apps', { paging: { limit: -1 } }, 'query.paging.limit OTHER'],
  ['an offset below none', { paging: { offset: -1 } }, 'query.paging.offset OTHER'],
  ['both kinds of pages', { paging: {}, cursorPaging: {} }, 'query.cursorPaging OTHER'],
  ['a cursor that is none', { cursorPaging: { cursor: 'x' } }, 'query.cursorPaging.cursor FORMAT'],
  ['a cursor of something else', { cursorPaging: { cursor: cursorOf([1, 2]) } }, 'query.cursorPaging.cursor FORMAT'],
  [
    'a cursor with an order that is none',
    { cursorPaging: { cursor: cursorOf([null, [['secret', true]], nobody, 'x', 1, true]) } },
    'query.cursorPaging.cursor FORMAT',
  ],
])('a query with %s is refused', async (_what, asked, violation) => {
  expect(violationOf(await ask('POST', '/query', { query: asked }))).toBe(`400 ${violation}`)
})

test('every method needs somebody who acts for the site', async () => {
  const { id } = await created()
  const before = await server.contents.dump()
  const visitor = (await visitorTokens(server)).accessToken
  const member = (await signedInMember(server)).accessToken
  const methods: readonly (readonly [string, string, unknown?])[] = [
    ['POST', '', { oAuthApp: { name: 'An app' } }],
    ['POST', '/query', {}],
    ['GET', `/${id}`],
    ['PATCH', `/${id}`, { oAuthApp: { name: 'Other' }, mask: 'name' }],
    ['DELETE', `/${id}`],
    ['POST', `/${id}/generate-secret`, {}],
    ['GET', `/${id}/secret`],
  ]
  for (const [method, path, json] of methods) {
    const as = async (token: string | undefined) =>
      refusalOf(await ask(method, path, json, token === undefined ? {} : { authorization: token }))
    expect([method, path, await as(undefined)]).toEqual([method, path, '401 UNAUTHENTICATED'])
    expect([method, path, await as(`${authorization}x`)]).toEqual([method, path, '401 UNAUTHENTICATED'])
    expect([method, path, await as(visitor)]).toEqual([method, path, '403 PERMISSION_DENIED'])
    expect([method, path, await as(member)]).toEqual([method, path, '403 PERMISSION_DENIED'])
    expect([method, path, await as(`Bearer ${member}`)]).toEqual([method, path, '403 PERMISSION_DENIED'])
  }
  expect((await server.service.storage.findClient(id as never))?.name).toBe('An app')
  expect(before).not.toBe('')
})

test('what an app does to clients is on record as the client that did it', async () => {
  const app = await created()
  await update(app.id, { name: 'Another name' }, 'name')
  await ask('POST', `/${app.id}/generate-secret`, {})
  await ask('DELETE', `/${app.id}`)
  const records = (await auditOf(server)).filter(({ clientId }) => clientId === app.id)
  expect(records).toMatchObject(
    ['client.created', 'client.updated', 'client.secret_made', 'client.deleted'].map((event) => ({
      event,
      actor: { kind: 'client', id: server.client.id },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })),
  )
})

test.each(['/oauth-app', '', '/oauth-app-service', '/_api/oauth-app-service'])(
  'the service answers below %j, with and without a trailing slash',
  async (prefix) => {
    const { id } = server.client
    for (const path of [`/v1/oauth-apps/${id}`, `/v1/oauth-apps/${id}/`]) {
      const answer = await send(`${server.url}${prefix}${path}`, {
        headers: { authorization: `Bearer ${authorization}` },
      })
      expect(appIn(answer)).toMatchObject({ id })
    }
  },
)
