/** Who may administer, and which keys the site's own servers have: making, listing, taking away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permissions } from '../../src/domain/permission.ts'
import { addAdministrator, addApiKey, administer } from '../support/administer.ts'
import { auditOf, refusalOf, violationOf } from '../support/answers.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const nobody = '00000000-0000-4000-8000-000000000000'
const kinds = [
  { path: '/administrators', list: 'administrators', one: 'administrator', message: { name: 'Ada', role: 'support' } },
  { path: '/api-keys', list: 'apiKeys', one: 'apiKey', message: { name: 'Shop', permissions: ['OAUTH_APPS.READ'] } },
] as const

describe.each(kinds)('$path', ({ path, list, one, message }) => {
  const listed = async () =>
    (await administer(server, 'GET', path)).json<Record<string, { id: string }[]>>()[list] ?? []

  test('what is made is shown once, and listed without its secret', async () => {
    const answer = await administer(server, 'POST', path, message)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const made = answer.json<Record<string, unknown>>()
    expect(made).toEqual({
      [one]: { id: expect.any(String), ...message, createdDate: new Date(server.clock.now()).toISOString() },
      key: expect.stringMatching(path === '/api-keys' ? /^adj_api_[\w-]{43}$/ : /^adj_admin_[\w-]{43}$/),
    })
    const key = String(made['key'])
    expect(await listed()).toContainEqual(made[one])
    expect((await administer(server, 'GET', path)).text).not.toContain(key.slice(-43))
    expect(await server.contents.dump()).not.toContain(key.slice(-43))
    expect(server.log.join('')).not.toContain(key.slice(-43))
  })

  test('what is taken away is listed no more, and cannot be taken away again', async () => {
    const made = (await administer(server, 'POST', path, message)).json<Record<string, { id: string }>>()
    const id = made[one]?.id ?? ''
    expect((await administer(server, 'DELETE', `${path}/${id.toUpperCase()}`)).status).toBe(204)
    expect((await listed()).map((each) => each.id)).not.toContain(id)
    expect(refusalOf(await administer(server, 'DELETE', `${path}/${id}`))).toBe('404 NOT_FOUND')
  })

  test('both are on record, with who asked and which key it was', async () => {
    const owner = await addAdministrator(server, 'owner')
    const before = (await auditOf(server)).length
    const made = (await administer(server, 'POST', path, message, owner.key)).json<Record<string, { id: string }>>()
    const id = made[one]?.id
    await administer(server, 'DELETE', `${path}/${id}`, undefined, owner.key)
    const said = { actor: { kind: 'administrator', id: owner.id }, keyId: id, at: server.clock.now() }
    const [added, removed] =
      path === '/api-keys' ? ['api_key.created', 'api_key.revoked'] : ['administrator.added', 'administrator.removed']
    expect((await auditOf(server)).slice(before)).toMatchObject([
      { ...said, event: added },
      { ...said, event: removed },
    ])
  })

  test.each([
    ['no name', { ...message, name: undefined }, '400 name REQUIRED_FIELD'],
    ['an empty name', { ...message, name: '' }, '400 name MIN_LENGTH'],
    ['a name of 101 characters', { ...message, name: 'n'.repeat(101) }, '400 name MAX_LENGTH'],
    ['a role that there is not', { ...message, role: 'god', permissions: ['*'] }, expect.stringMatching(/^400 /)],
    [
      'a role in capitals',
      { ...message, role: 'OWNER', permissions: 'OAUTH_APPS.READ' },
      expect.stringMatching(/^400 /),
    ],
    ['nothing that it may do', { name: message.name, permissions: [] }, expect.stringMatching(/^400 /)],
  ])('%s is refused, and nothing is made', async (_what, given, refusal) => {
    const before = await server.contents.dump()
    expect(violationOf(await administer(server, 'POST', path, given))).toEqual(refusal)
    expect(await server.contents.dump()).toBe(before)
  })

  test('only an owner makes one or takes one away', async () => {
    const support = await addAdministrator(server, 'support')
    const before = await server.contents.dump()
    for (const [method, address, body] of [
      ['POST', path, message],
      ['DELETE', `${path}/${nobody}`, undefined],
    ] as const) {
      const answer = await administer(server, method, address, body, support.key)
      expect(refusalOf(answer)).toBe('403 PERMISSION_DENIED')
    }
    expect(await server.contents.dump()).toBe(before)
  })

  test('an id that is nobody’s or no id at all takes nothing away', async () => {
    const before = await server.contents.dump()
    expect(refusalOf(await administer(server, 'DELETE', `${path}/${nobody}`))).toBe('404 NOT_FOUND')
    expect(violationOf(await administer(server, 'DELETE', `${path}/no-id`))).toBe('400 id FORMAT')
    expect(await server.contents.dump()).toBe(before)
  })
})

test('an API key of one kind of permission named twice has it once', async () => {
  const twice = { name: 'Twice', permissions: ['IAM.START', 'IAM.START'] }
  const { apiKey } = (await administer(server, 'POST', '/api-keys', twice)).json<{ apiKey: unknown }>()
  expect(apiKey).toMatchObject({ permissions: ['IAM.START'] })
})

test('every permission can be given', async () => {
  const { id } = await addApiKey(server, permissions)
  const { apiKeys } = (await administer(server, 'GET', '/api-keys')).json<{ apiKeys: { id: string }[] }>()
  expect(apiKeys.find((each) => each.id === id)).toMatchObject({ permissions: [...permissions] })
})

describe('the last owner', () => {
  test('is not removed, not even by their own wish, and can go on', async () => {
    await using own = await startTestServer()
    await addAdministrator(own, 'support')
    const { administrators } = (await administer(own, 'GET', '/administrators')).json<{
      administrators: { id: string; role: string }[]
    }>()
    const first = administrators.find(({ role }) => role === 'owner')
    expect(refusalOf(await administer(own, 'DELETE', `/administrators/${first?.id}`))).toBe('409 LAST_OWNER')
    expect((await administer(own, 'GET', '/administrators')).status).toBe(200)
  })

  test('can be removed once there is another one, whose key then opens everything', async () => {
    await using own = await startTestServer()
    const second = await addAdministrator(own, 'owner')
    const { administrators } = (await administer(own, 'GET', '/administrators')).json<{
      administrators: { id: string }[]
    }>()
    const first = administrators.find(({ id }) => id !== second.id)
    expect((await administer(own, 'DELETE', `/administrators/${first?.id}`)).status).toBe(204)
    const withFirst = await administer(own, 'GET', '/administrators', undefined, administratorKey)
    expect(refusalOf(withFirst)).toBe('401 UNAUTHENTICATED')
    expect((await administer(own, 'POST', '/keys/rotate', undefined, second.key)).status).toBe(200)
  })

  test('of two owners who remove each other at once, one stays', async () => {
    await using own = await startTestServer()
    const second = await addAdministrator(own, 'owner')
    const { administrators } = (await administer(own, 'GET', '/administrators')).json<{
      administrators: { id: string }[]
    }>()
    const first = administrators.find(({ id }) => id !== second.id)
    const answers = await Promise.all([
      administer(own, 'DELETE', `/administrators/${second.id}`),
      administer(own, 'DELETE', `/administrators/${first?.id}`, undefined, second.key),
    ])
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  })
})
