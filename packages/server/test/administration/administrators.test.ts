import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { refusalOf } from '../support/answers.ts'
import { acceptedOf, signedInMember } from '../support/members.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let member: Awaited<ReturnType<typeof signedInMember>>
beforeAll(async () => {
  server = await startTestServer()
  member = await signedInMember(server)
})
afterAll(() => server.close())

/** The methods, about the member themselves where they are about one. */
function methods(): readonly (readonly [string, string])[] {
  const own = `/admin/v1/members/${member.memberId}`
  return [
    ['GET', '/admin/v1/keys'],
    ['POST', '/admin/v1/keys/rotate'],
    ['DELETE', '/admin/v1/sessions'],
    ['GET', `/admin/v1/members?email=${member.email}`],
    ['GET', own],
    ['POST', `${own}/block`],
    ['POST', `${own}/unblock`],
    ['GET', `${own}/sessions`],
    ['DELETE', `${own}/sessions`],
    ['DELETE', `${own}/sessions/1`],
  ]
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
  for (const [method, path] of methods()) {
    const headers = { cookie: member.cookie, ...(given === undefined ? {} : { authorization: given }) }
    const answer = await send(`${server.url}${path}`, { method, headers })
    expect([path, refusalOf(answer)]).toEqual([path, '401 UNAUTHENTICATED'])
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
  ['POST', '/admin/v1/members'],
  ['DELETE', '/admin/v1/members/00000000-0000-4000-8000-000000000000'],
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

test.each([
  ['read_only', ['GET /admin/v1/keys', 'GET members', 'GET member', 'GET sessions']],
  [
    'support',
    [
      'GET /admin/v1/keys',
      'GET members',
      'GET member',
      'POST block',
      'POST unblock',
      'GET sessions',
      'DELETE sessions',
      'DELETE session',
    ],
  ],
] as const)('a key with the role %s does what its role may, and nothing else', async (role, allowed) => {
  const key = `adj_admin_of_${role}_0123456789012345678901234567890`
  server.database
    .prepare('INSERT INTO administrator_key (id, site_id, hash, created_at, name, role) VALUES (?, ?, ?, 0, ?, ?)')
    .run(role, server.service.siteId, hashSecret(key), role, role)
  const names = ['GET /admin/v1/keys', 'POST rotate', 'DELETE everyone', 'GET members', 'GET member', 'POST block']
  names.push('POST unblock', 'GET sessions', 'DELETE sessions', 'DELETE session')
  const done: string[] = []
  for (const [index, [method, path]] of methods().entries()) {
    const answer = await send(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${key}` } })
    if (refusalOf(answer) !== '403 PERMISSION_DENIED') done.push(names[index] ?? '')
  }
  expect(done).toEqual(allowed)
})
