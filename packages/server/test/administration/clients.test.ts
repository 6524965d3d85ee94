import { afterAll, beforeAll, expect, test } from 'vitest'
import { addAdministrator, administer } from '../support/administer.ts'
import { auditOf, locationOf, oauthErrorOf, refusalOf, violationOf } from '../support/answers.ts'
import { addClientOf, appToken, secretOf } from '../support/clients.ts'
import {
  acceptedOf,
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { askForTokens, authorize, presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import type { Received } from '../support/send.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const nobody = '00000000-0000-4000-8000-000000000000'
const ask = (method: string, path: string, json?: unknown) => administer(server, method, `/clients${path}`, json)
const clientIn = (answer: Received) => answer.json<{ client: Readonly<Record<string, unknown>> }>().client

/** A member who is signed in through a client of their own, with everything that the client can hold of them. */
async function memberOfClient() {
  const client = await addClientOf(server)
  const of = { ...server, client }
  const secret = await secretOf(server, client)
  const account = await registerMember(of)
  const { code, cookie = '' } = await authorizeWithTicket(of, account.sessionToken, { client })
  const tokens = await exchange(of, code, client)
  return {
    of,
    client,
    cookie,
    secret,
    tokens,
    visitor: await visitorTokens(of, client),
    code: await authorizeWithCookie(of, cookie, client),
    app: await appToken(server, client.id, secret),
  }
}

/** What of all that is still accepted anywhere. */
async function stillAccepted({ of, client, tokens, visitor, secret, app }: Awaited<ReturnType<typeof memberOfClient>>) {
  const accepted = [...(await acceptedOf(of, tokens))]
  for (const [name, token] of Object.entries({ visitor: visitor.accessToken, visitors: visitor.refreshToken, app })) {
    if ((await tokenInfo(server, token))['active'] === true) accepted.push(`${name}: active`)
  }
  const json = { grantType: 'refresh_token', refreshToken: visitor.refreshToken }
  if ((await askForTokens(server, json)).status === 200) accepted.push('visitor: refresh')
  const apps = await send(`${server.url}/v1/oauth-apps/query`, { headers: { authorization: app }, json: {} })
  if (apps.status === 200) accepted.push('app: call')
  const credentials = { clientId: client.id, clientSecret: secret, grantType: 'client_credentials' }
  if ((await askForTokens(server, credentials)).status === 200) accepted.push('secret')
  if ((await askForTokens(server, { clientId: client.id, grantType: 'anonymous' })).status === 200) {
    accepted.push('anonymous')
  }
  const asked = await authorize(server, { clientId: client.id }, { client })
  if (asked.headers['location'] !== undefined) accepted.push('authorize')
  return accepted
}

const everything = [
  'access token: session',
  'access token: user info',
  'access token: active',
  'refresh token: active',
  'refresh token: refresh',
  'visitor: active',
  'visitors: active',
  'app: active',
  'visitor: refresh',
  'app: call',
  'secret',
  'anonymous',
  'authorize',
]

test('a client is registered with every field, listed, and got', async () => {
  const fields = {
    name: 'Everything',
    description: 'Of which everything is said',
    allowedRedirectUris: ['https://every.example/callback'],
    allowedRedirectDomains: ['every.example'],
    loginUrl: 'https://every.example/login',
    logoutUrl: 'https://every.example/logout',
    backchannelLogoutUri: 'https://every.example/backchannel',
    refreshTokenPolicy: 'rotating',
    applicationType: 'WEB_APP',
    technology: 'VUE',
    wixPagesDomainsMappings: [{ origin: 'a', destination: 'b' }],
    redirectUrlWixPages: 'https://every.example/pages',
    origin: 'every',
  }
  const answer = await ask('POST', '', { ...fields, id: nobody, disabledDate: 'ignored' })
  expect(answer.status).toBe(200)
  const client = clientIn(answer)
  expect(client).toEqual({
    ...fields,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    createdDate: new Date(server.clock.now()).toISOString(),
    hasSecret: false,
  })
  expect(client['id']).not.toBe(nobody)
  expect(clientIn(await ask('GET', `/${String(client['id']).toUpperCase()}`))).toEqual(client)
  const { clients } = (await ask('GET', '')).json<{ clients: readonly unknown[] }>()
  expect(clients).toContainEqual(client)
  expect(clients).toHaveLength((await server.service.storage.listClients()).length)
})

test('a change touches what is given, empties what is null, and nothing else', async () => {
  const { id } = await addClientOf(server, { loginUrl: 'https://shop.example/login', description: 'Before' })
  const before = clientIn(await ask('GET', `/${id}`))
  expect(clientIn(await ask('PATCH', `/${id}`, {}))).toEqual(before)
  const { loginUrl: _emptied, ...rest } = before
  const changes = { name: 'After', refreshTokenPolicy: 'rotating', backchannelLogoutUri: 'http://127.0.0.1:9/out' }
  const changed = clientIn(await ask('PATCH', `/${id}`, { ...changes, loginUrl: null }))
  expect(changed).toEqual({ ...rest, ...changes })
  const { backchannelLogoutUri: _gone, ...last } = changed
  expect(clientIn(await ask('PATCH', `/${id}`, { backchannelLogoutUri: null, refreshTokenPolicy: null }))).toEqual(last)
})

test.each<[string, Record<string, unknown>, string]>([
  ['a name that is null', { name: null }, 'name MIN_LENGTH'],
  ['a relative address for logout tokens', { backchannelLogoutUri: '/out' }, 'backchannelLogoutUri FORMAT'],
  ['logout tokens in the clear', { backchannelLogoutUri: 'http://shop.example/out' }, 'backchannelLogoutUri FORMAT'],
  ['a fragment', { backchannelLogoutUri: 'https://shop.example/out#a' }, 'backchannelLogoutUri FORMAT'],
  ['a policy that is none', { refreshTokenPolicy: 'eternal' }, 'refreshTokenPolicy OTHER'],
  ['a redirect URI that runs', { allowedRedirectUris: ['javascript:alert(1)'] }, 'allowedRedirectUris.0 FORMAT'],
  ['two mistakes', { name: 'x', loginUrl: 'x' }, 'name MIN_LENGTH, loginUrl FORMAT'],
])('a change to %s is refused and changes nothing', async (_what, changes, violation) => {
  const before = await server.service.storage.findClient(server.client.id)
  expect(violationOf(await ask('PATCH', `/${server.client.id}`, changes))).toBe(`400 ${violation}`)
  expect(await server.service.storage.findClient(server.client.id)).toEqual(before)
})

test.each([
  ['GET', ''],
  ['PATCH', ''],
  ['DELETE', ''],
  ['POST', '/disable'],
  ['POST', '/enable'],
  ['POST', '/secret'],
])('%s of a client that is not there (%j) is answered 404', async (method, act) => {
  expect(refusalOf(await ask(method, `/${nobody}${act}`, method === 'PATCH' ? { name: 'New' } : undefined))).toBe(
    '404 NOT_FOUND',
  )
})

test('T-23: once a client is disabled nothing of it is accepted anywhere, and its users stay signed in', async () => {
  const held = await memberOfClient()
  const bystander = await signedInMember(server)
  expect(await stillAccepted(held)).toEqual(everything)
  const answer = await ask('POST', `/${held.client.id}/disable`)
  expect(clientIn(answer)).toMatchObject({ disabledDate: new Date(server.clock.now()).toISOString() })

  expect(await stillAccepted(held)).toEqual([])
  expect(oauthErrorOf(await presentCode({ ...server, client: held.client }, held.code))).toBe('400 invalid_client')
  const origin = 'https://only-here.example'
  const { headers } = await send(`${server.url}/v1/sessions/current`, { headers: { origin, cookie: held.cookie } })
  expect(headers['access-control-allow-origin']).toBeUndefined()
  expect(await acceptedOf(server, { cookie: held.cookie })).toEqual(['cookie: session', 'cookie: silent login'])
  expect(await acceptedOf(server, bystander)).toHaveLength(7)
})

test('T-23: the same of a client that is deleted, which is gone from every list', async () => {
  const held = await memberOfClient()
  const answer = await ask('DELETE', `/${held.client.id}`)
  expect(answer.status).toBe(204)
  expect(await stillAccepted(held)).toEqual([])
  expect(refusalOf(await ask('GET', `/${held.client.id}`))).toBe('404 NOT_FOUND')
  expect(refusalOf(await ask('POST', `/${held.client.id}/enable`))).toBe('404 NOT_FOUND')
  expect((await ask('GET', '')).text).not.toContain(held.client.id)
  expect(await acceptedOf(server, { cookie: held.cookie })).toEqual(['cookie: session', 'cookie: silent login'])
})

test('T-23: a client that is enabled again may act, and finds nothing revived', async () => {
  const held = await memberOfClient()
  await ask('POST', `/${held.client.id}/disable`)
  expect(clientIn(await ask('POST', `/${held.client.id}/enable`))).not.toHaveProperty('disabledDate')
  expect(await stillAccepted(held)).toEqual(['secret', 'anonymous', 'authorize'])
  expect(oauthErrorOf(await presentCode(held.of, held.code))).toBe('400 invalid_grant')
  const code = await authorizeWithCookie(held.of, held.cookie, held.client)
  const tokens = await exchange(held.of, code, held.client)
  expect(await acceptedOf(held.of, tokens)).toHaveLength(5)
  expect(await acceptedOf(held.of, held.tokens)).toEqual([])
})

test('T-23: the ends of what a client held are written out, with its notices, and only once', async () => {
  const held = await memberOfClient()
  await ask('PATCH', `/${held.client.id}`, { backchannelLogoutUri: 'https://shop.example/out' })
  await ask('POST', `/${held.client.id}/disable`)
  const before = (await server.contents.notices()).length
  await server.reapNow()
  await server.reapNow()
  const records = (await auditOf(server)).filter(
    ({ event, clientId }) => event === 'grant.ended' && clientId === held.client.id,
  )
  expect(records).toMatchObject([
    { cause: 'client_disabled', actor: { kind: 'system' }, grantsEnded: 1, refreshTokensEnded: 1, noticesOwed: 1 },
  ])
  expect((await server.contents.notices()).slice(before)).toMatchObject([
    { clientId: held.client.id, kind: 'backchannel_logout' },
  ])
  await ask('POST', `/${held.client.id}/enable`)
  expect(await acceptedOf(held.of, held.tokens)).toEqual([])
})

test('T-23: a member whose client was disabled can still log out by its token, which ends their session', async () => {
  const held = await memberOfClient()
  await ask('POST', `/${held.client.id}/disable`)
  const headers = { authorization: held.tokens.accessToken }
  expect((await send(`${server.url}/v1/logout`, { headers })).status).toBe(200)
  expect(await acceptedOf(server, { cookie: held.cookie })).toEqual([])
})

test('acts are on record with the administrator who did them, and a repetition is not', async () => {
  const { id } = await addClientOf(server)
  const { id: administratorId, key } = await addAdministrator(server, 'owner')
  const act = (method: string, path: string, json?: unknown) =>
    administer(server, method, `/clients/${id}${path}`, json, key)
  await act('PATCH', '', { name: 'Another name' })
  await act('PATCH', '', {})
  await act('POST', '/secret')
  await act('POST', '/disable')
  await act('POST', '/disable')
  await act('POST', '/enable')
  await act('POST', '/enable')
  await act('DELETE', '')
  const records = (await auditOf(server)).filter(
    ({ clientId, actor }) => clientId === id && actor.kind === 'administrator',
  )
  const [created, ...rest] = records
  expect(created).toMatchObject({ event: 'client.created' })
  expect(rest.map(({ event }) => event)).toEqual([
    'client.updated',
    'client.secret_made',
    'client.disabled',
    'client.enabled',
    'client.deleted',
  ])
  for (const { actor } of rest) expect(actor).toEqual({ kind: 'administrator', id: administratorId })
})

test('O-12: a secret is shown once and replaced at will, and a mobile app gets none', async () => {
  const { id } = await addClientOf(server)
  const first = await secretOf(server, { id })
  expect(clientIn(await ask('GET', `/${id}`))).toMatchObject({ hasSecret: true })
  const second = await secretOf(server, { id })
  for (const secret of [first, second]) {
    expect((await ask('GET', `/${id}`)).text).not.toContain(secret)
    expect(await server.contents.dump()).not.toContain(secret)
    expect(server.log.join('')).not.toContain(secret)
  }
  const mobile = await addClientOf(server, { applicationType: 'MOBILE' })
  expect(refusalOf(await ask('POST', `/${mobile.id}/secret`))).toBe('403 PERMISSION_DENIED')
})

test('a rotating client rotates from the change on', async () => {
  const held = await memberOfClient()
  const refresh = async () =>
    (await presentRefreshToken(held.of, held.tokens.refreshToken)).json<{ refresh_token: string }>().refresh_token
  expect(await refresh()).toBe(held.tokens.refreshToken)
  await ask('PATCH', `/${held.client.id}`, { refreshTokenPolicy: 'rotating' })
  expect(await refresh()).not.toBe(held.tokens.refreshToken)
})

test('a server serves without any client, and another one can be made', async () => {
  await using other = await startTestServer()
  const gone = await administer(other, 'DELETE', `/clients/${other.client.id}`)
  expect(gone.status).toBe(204)
  const asked = await authorize(other, {}, { client: other.client })
  expect(asked.status).toBe(400)
  const made = await administer(other, 'POST', '/clients', {
    name: 'A new one',
    allowedRedirectUris: ['https://n.example/'],
  })
  expect(made.status).toBe(200)
  const query = { clientId: String(clientIn(made)['id']), redirectUri: 'https://n.example/' }
  expect(locationOf(await authorize(other, query)).origin).toBe('https://n.example')
})
