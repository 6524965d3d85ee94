/** Every method of administration, as the OpenAPI document has them, refuses whoever may not call it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AdministratorRole, administratorRoles } from '../../src/domain/administrator.ts'
import { smallestOf, surfaceOf } from '../bad-input/surface.ts'
import { addAdministrator, addApiKey, administer } from '../support/administer.ts'
import { refusalOf } from '../support/answers.ts'
import { signedInMember } from '../support/members.ts'
import { type Received, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

interface Method {
  readonly name: string
  readonly role: AdministratorRole
  /** Calls it with a message that its schemas take. */
  readonly call: (authorization: string | undefined) => Promise<Received>
}

let server: TestServer
let methods: readonly Method[]
const keys = new Map<AdministratorRole, string>()

beforeAll(async () => {
  server = await startTestServer()
  for (const role of administratorRoles) keys.set(role, (await addAdministrator(server, role)).key)
  const routes = (await surfaceOf(server)).filter(({ addresses }) => addresses[0]?.startsWith('/admin/v1'))
  methods = routes.map(({ method, addresses, body, smallestQuery, description }) => ({
    name: `${method} ${addresses[0]}`,
    role: roleIn(description),
    call: (authorization) =>
      send(`${server.url}${addresses[0]}${smallestQuery}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(body === undefined ? {} : { json: smallestOf(body) }),
      }),
  }))
})
afterAll(() => server.close())

function roleIn(description: string): AdministratorRole {
  const role = /Needs the role `(\w+)`/.exec(description)?.[1]
  if (role === undefined) throw new Error(`The document does not say which role is needed: ${description}`)
  return role as AdministratorRole
}

test('the document has methods for each role', () => {
  expect(methods.length).toBeGreaterThan(15)
  expect(new Set(methods.map(({ role }) => role))).toEqual(new Set(administratorRoles))
})

test('a method refuses every key of a lower role than it names, and changes nothing', async () => {
  const before = await server.contents.dump()
  const lower = methods.flatMap((method) =>
    administratorRoles.slice(0, administratorRoles.indexOf(method.role)).map((role) => ({ ...method, by: role })),
  )
  expect(lower.length).toBeGreaterThan(15)
  for (const { name, by, call } of lower) {
    const answer = await call(`Bearer ${keys.get(by)}`)
    expect([name, by, refusalOf(answer)]).toEqual([name, by, '403 PERMISSION_DENIED'])
  }
  expect(await server.contents.dump()).toBe(before)
})

test('a key of the role that a method names is let in by it', async () => {
  for (const { name, role, call } of methods.filter((each) => each.role !== 'owner')) {
    const answer = await call(`Bearer ${keys.get(role)}`)
    expect([401, 403], `${name} with ${role}: ${answer.text}`).not.toContain(answer.status)
  }
})

test('every method refuses whoever is no administrator, and changes nothing', async () => {
  const member = await signedInMember(server)
  const apiKey = await addApiKey(server)
  const before = await server.contents.dump()
  const strangers: readonly (string | undefined)[] = [
    undefined,
    '',
    'Bearer',
    `Bearer adj_admin_${'A'.repeat(43)}`,
    `${keys.get('owner')}`,
    apiKey.key,
    `Bearer ${apiKey.key}`,
    `Bearer ,${apiKey.key}`,
    `Bearer ${apiKey.key.replace('adj_api_', 'adj_admin_')}`,
    `Bearer ${member.accessToken}`,
    `Bearer ${member.refreshToken}`,
  ]
  for (const { name, call } of methods) {
    for (const stranger of strangers) {
      expect([name, refusalOf(await call(stranger))]).toEqual([name, '401 UNAUTHENTICATED'])
    }
  }
  expect(await server.contents.dump()).toBe(before)
})

test('a key that was removed is refused by every method on its very next request', async () => {
  const { id, key } = await addAdministrator(server, 'owner')
  expect((await administer(server, 'GET', '/administrators', undefined, key)).status).toBe(200)
  expect((await administer(server, 'DELETE', `/administrators/${id}`)).status).toBe(204)
  for (const { name, call } of methods) {
    expect([name, refusalOf(await call(`Bearer ${key}`))]).toEqual([name, '401 UNAUTHENTICATED'])
  }
})
