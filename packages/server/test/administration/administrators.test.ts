import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { refusalOf } from '../support/answers.ts'
import { acceptedOf, signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let member: Awaited<ReturnType<typeof signedInMember>>
beforeAll(async () => {
  server = await startTestServer()
  member = await signedInMember(server)
})
afterAll(() => server.close())

interface Method {
  readonly name: string
  readonly method: string
  readonly path: string
  /** The message, where the method takes one. */
  readonly json?: unknown
}

/** The methods, about the member themselves where they are about one. What ends the member comes last. */
function methods(): readonly Method[] {
  const own = `/admin/v1/members/${member.memberId}`
  return [
    { name: 'list keys', method: 'GET', path: '/admin/v1/keys' },
    { name: 'rotate keys', method: 'POST', path: '/admin/v1/keys/rotate' },
    { name: 'end everyone', method: 'DELETE', path: '/admin/v1/sessions' },
    { name: 'list members', method: 'GET', path: '/admin/v1/members' },
    { name: 'find a member', method: 'GET', path: `/admin/v1/members?email=${member.email}` },
    { name: 'get a member', method: 'GET', path: own },
    { name: 'create', method: 'POST', path: '/admin/v1/members', json: { email: 'created@shop.example' } },
    { name: 'import', method: 'POST', path: '/admin/v1/members/import', json: { members: [] } },
    { name: 'export', method: 'GET', path: `${own}/export` },
    { name: 'update', method: 'PATCH', path: own, json: { profile: {} } },
    { name: 'change the address', method: 'POST', path: `${own}/email`, json: { email: 'changed@shop.example' } },
    { name: 'block', method: 'POST', path: `${own}/block` },
    { name: 'unblock', method: 'POST', path: `${own}/unblock` },
    { name: 'list sessions', method: 'GET', path: `${own}/sessions` },
    { name: 'end sessions', method: 'DELETE', path: `${own}/sessions` },
    { name: 'end a session', method: 'DELETE', path: `${own}/sessions/1` },
    { name: 'delete', method: 'DELETE', path: own },
  ]
}

function call({ method, path, json }: Method, headers: Readonly<Record<string, string>>): Promise<Received> {
  return send(`${server.url}${path}`, { method, headers, ...(json === undefined ? {} : { json }) })
}

test.each<[string, () => string | undefined]>([
  ['nothing', () => undefined],
  ['an empty header', () => ''],
  ['the scheme alone', () => 'Bearer'],
  ['the key without a scheme', () => administratorKey],
  ['the key with another scheme', () => `Basic ${administratorKey}`],
  ['the key twice', () => `Bearer ${administratorKey} ${administratorKey}`],
  ['the key and a comma', () => `Bearer ${administratorKey},`],
  ['another key', () => `Bearer adj_admin_${'A'.repeat(43)}`],
  ['the key without its prefix', () => `Bearer ${administratorKey.replace('adj_admin_', '')}`],
  ['the key in upper case', () => `Bearer ${administratorKey.toUpperCase()}`],
  ['half the key', () => `Bearer ${administratorKey.slice(0, 30)}`],
  ['an access token of a member', () => `Bearer ${member.accessToken}`],
  ['a refresh token', () => `Bearer ${member.refreshToken}`],
  ['a session secret', () => `Bearer ${member.cookie.replace('adjourn_session=', '')}`],
])('an administrator is not identified by %s', async (_what, authorization) => {
  const given = authorization()
  const keys = server.database.prepare('SELECT count(*) AS n FROM stored_key').get()
  for (const each of methods()) {
    const headers = { cookie: member.cookie, ...(given === undefined ? {} : { authorization: given }) }
    const answer = await call(each, headers)
    expect([each.name, refusalOf(answer)]).toEqual([each.name, '401 UNAUTHENTICATED'])
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
  }
  expect(server.database.prepare('SELECT count(*) AS n FROM stored_key').get()).toEqual(keys)
  expect(await acceptedOf(server, { cookie: member.cookie })).not.toEqual([])
})

test.each(['bearer', 'BEARER', 'Bearer '])('the scheme is found in any case (%s)', async (scheme) => {
  const headers = { authorization: `${scheme} ${administratorKey}` }
  expect((await send(`${server.url}/admin/v1/keys`, { headers })).status).toBe(200)
})

test('an administrator key is no access token', async () => {
  const headers = { authorization: `Bearer ${administratorKey}` }
  for (const path of ['/oauth2/user-info', '/v1/sessions/current']) {
    expect(refusalOf(await send(`${server.url}${path}`, { headers }))).toBe('401 UNAUTHENTICATED')
  }
})

test.each([
  ['DELETE', '/admin/v1/keys'],
  ['GET', '/admin/v1/keys/rotate'],
  ['GET', '/admin/v1/sessions'],
  ['POST', '/admin/v1/sessions'],
  ['DELETE', '/admin/v1/members'],
  ['POST', '/admin/v1/members/00000000-0000-4000-8000-000000000000'],
  ['GET', '/admin/v1/members/00000000-0000-4000-8000-000000000000/email'],
  ['GET', '/admin/v1/members/00000000-0000-4000-8000-000000000000/block'],
  ['DELETE', '/admin/v1/members/00000000-0000-4000-8000-000000000000/block'],
  ['GET', '/admin/v1/members/00000000-0000-4000-8000-000000000000/unblock'],
  ['POST', '/admin/v1/members/00000000-0000-4000-8000-000000000000/sessions'],
  ['GET', '/admin/v1/members/00000000-0000-4000-8000-000000000000/sessions/1'],
])('%s %s is not offered', async (method, path) => {
  const headers = { authorization: `Bearer ${administratorKey}` }
  const answer = await send(`${server.url}${path}`, { method, headers })
  expect(answer.status).toBe(405)
})

const reading = ['list keys', 'list members', 'find a member', 'get a member', 'list sessions']
const helping = ['update', 'change the address', 'block', 'unblock', 'end sessions', 'end a session']

test.each([
  ['read_only', reading],
  ['support', [...reading, ...helping]],
] as const)('a key with the role %s does what its role may, and nothing else', async (role, allowed) => {
  const key = `adj_admin_of_${role}_0123456789012345678901234567890`
  server.database
    .prepare('INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, 0, ?, ?)')
    .run(role, server.service.siteId, hashSecret(key), role, role)
  const done: string[] = []
  for (const each of methods()) {
    const answer = await call(each, { authorization: `Bearer ${key}` })
    if (refusalOf(answer) !== '403 PERMISSION_DENIED') done.push(each.name)
  }
  expect(done.toSorted()).toEqual(allowed.toSorted())
})
