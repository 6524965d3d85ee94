import { expect, test } from 'vitest'
import { auditOf, decodeJwt } from '../support/answers.ts'
import { minute } from '../support/manual-clock.ts'
import { signedInMember, visitorTokens } from '../support/members.ts'
import { presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { send } from '../support/send.ts'
import { administratorKey, startTestServer, type TestServer } from '../support/test-server.ts'

interface ListedKey {
  readonly kid: string
  readonly purpose: string
  readonly stage: string
  readonly activeFromDate: string
  readonly retiredDate?: string
}
const headers = { authorization: `Bearer ${administratorKey}` }
const listed = async (server: TestServer) =>
  (await send(`${server.url}/admin/v1/keys`, { headers })).json<{ keys: ListedKey[] }>().keys
const rotate = (server: TestServer) => send(`${server.url}/admin/v1/keys/rotate`, { method: 'POST', headers })
const published = async (server: TestServer) =>
  (await send(`${server.url}/oauth2/jwks`)).json<{ keys: { kid: string }[] }>().keys.map(({ kid }) => kid)
const kidOf = (token: string) => decodeJwt(token).header['kid']
const isActive = async (server: TestServer, token: string) => (await tokenInfo(server, token))['active']

test('the keys are listed by name and purpose, without their secrets', async () => {
  await using server = await startTestServer()
  const answer = await send(`${server.url}/admin/v1/keys`, { headers })
  const { keys } = answer.json<{ keys: Record<string, unknown>[] }>()
  expect(keys.map(({ purpose }) => purpose).sort()).toEqual(['access_token', 'id_token', 'mac'])
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual([
      'activeFromDate',
      'alg',
      'createdDate',
      'kid',
      'purpose',
      'stage',
      'wrapped',
    ])
  }
  const rows = server.database.prepare('SELECT private_material FROM stored_key').all()
  for (const { private_material: material } of rows) {
    const bytes = Buffer.from(material as Uint8Array)
    for (const encoding of ['hex', 'base64', 'base64url', 'utf8'] as const) {
      expect(answer.text).not.toContain(bytes.toString(encoding).slice(0, 40))
    }
  }
})

test('of each purpose one key is told to be in use, and a rotation tells from when on the next one is', async () => {
  await using server = await startTestServer()
  const stages = async () =>
    Object.fromEntries((await listed(server)).map(({ kid, purpose, stage }) => [kid, `${purpose} ${stage}`]))
  const before = await stages()
  expect(Object.values(before).toSorted()).toEqual(['access_token in_use', 'id_token in_use', 'mac in_use'])

  const { keys } = (await rotate(server)).json<{ keys: ListedKey[] }>()
  const upcoming = keys.filter(({ stage }) => stage === 'upcoming')
  expect(upcoming.map(({ purpose }) => purpose).toSorted()).toEqual(['access_token', 'id_token'])
  const [{ activeFromDate = '' } = {}] = upcoming
  expect(await stages()).toMatchObject(before)

  server.clock.set(Date.parse(activeFromDate) - 1)
  expect(await stages()).toMatchObject(before)
  server.clock.advance(1)
  const after = await stages()
  expect(upcoming.map(({ kid }) => after[kid]?.split(' ')[1])).toEqual(['in_use', 'in_use'])
  const told = upcoming.find(({ purpose }) => purpose === 'access_token')
  expect(kidOf((await visitorTokens(server)).accessToken)).toBe(told?.kid)
  const old = (await listed(server)).filter(({ kid }) => before[kid] !== undefined)
  expect(old.map(({ purpose, stage }) => `${purpose} ${stage}`).toSorted()).toEqual([
    'access_token superseded',
    'id_token superseded',
    'mac in_use',
  ])

  server.clock.set(Math.max(...old.map(({ retiredDate }) => Date.parse(retiredDate ?? activeFromDate))))
  const last = (await listed(server)).filter(({ kid }) => before[kid] !== undefined)
  expect(last.map(({ purpose, stage }) => `${purpose} ${stage}`).toSorted()).toEqual([
    'access_token retired',
    'id_token retired',
    'mac in_use',
  ])
})

test('a new key is published at once, signs after six minutes, and what the old one signed stays good', async () => {
  await using server = await startTestServer()
  const member = await signedInMember(server)
  const before = await published(server)
  const oldKid = kidOf(member.accessToken)

  const answer = await rotate(server)
  expect(answer.status).toBe(200)
  const added = (await published(server)).filter((kid) => !before.includes(kid))
  expect(added).toHaveLength(2)
  expect(await published(server)).toEqual(expect.arrayContaining(before))
  expect(await isActive(server, member.accessToken)).toBe(true)

  server.clock.advance(6 * minute - 1)
  const late = await visitorTokens(server)
  expect(kidOf(late.accessToken)).toBe(oldKid)
  server.clock.advance(1)
  const fresh = await visitorTokens(server)
  expect(added).toContain(kidOf(fresh.accessToken))

  // Signed by the old key in its last moment, and good to its own last.
  server.clock.advance(5 * minute - 2)
  expect(await isActive(server, late.accessToken)).toBe(true)
  expect(await isActive(server, fresh.accessToken)).toBe(true)
  expect(await isActive(server, late.refreshToken)).toBe(true)
  expect((await presentRefreshToken(server, member.refreshToken)).status).toBe(200)
})

test('an old key leaves the key set when the last token that it can have signed is over', async () => {
  await using server = await startTestServer()
  const before = await published(server)
  await rotate(server)
  const retiring = (await listed(server)).filter(({ retiredDate }) => retiredDate !== undefined)
  expect(retiring.map(({ kid }) => kid).sort()).toEqual([...before].sort())
  server.clock.set(Date.parse(retiring[0]?.retiredDate ?? '') - 1)
  expect(await published(server)).toEqual(expect.arrayContaining(before))
  server.clock.advance(1)
  const left = await published(server)
  expect(left).toHaveLength(2)
  for (const kid of before) expect(left).not.toContain(kid)
})

test('two rotations in a row leave a key that signs at every moment', async () => {
  await using server = await startTestServer()
  const first = kidOf((await visitorTokens(server)).accessToken)
  await rotate(server)
  server.clock.advance(minute)
  await rotate(server)
  const seen = new Set<unknown>()
  for (let passed = 0; passed < 300; passed += 1) {
    const { accessToken } = await visitorTokens(server)
    seen.add(kidOf(accessToken))
    expect(await published(server)).toContain(kidOf(accessToken))
    server.clock.advance(minute)
  }
  expect(seen.size).toBe(3)
  expect(seen).toContain(first)
})

test('a rotation is on record, with the administrator key that asked', async () => {
  await using server = await startTestServer()
  const answer = await rotate(server)
  expect((await auditOf(server)).at(-1)).toMatchObject({
    event: 'keys.rotated',
    actor: { kind: 'administrator', id: expect.any(String) },
    requestId: answer.headers['x-wix-request-id'],
  })
})

test('a rotation that cannot be stored changes no key', async () => {
  await using server = await startTestServer()
  const before = await listed(server)
  server.database.exec(`
    CREATE TEMP TRIGGER no_keys BEFORE INSERT ON main.stored_key BEGIN SELECT RAISE(ABORT, 'broken by the test'); END`)
  expect((await rotate(server)).status).toBe(503)
  server.database.exec('DROP TRIGGER temp.no_keys')
  expect(await listed(server)).toEqual(before)
  expect(await published(server)).toHaveLength(2)
})
