/** Three whole servers on one database, by HTTP, as behind a load balancer that sends each request to any of them. */
import type { Sql } from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberId } from '../../src/domain/ids.ts'
import { hashSecret, mintSecret } from '../../src/domain/secrets.ts'
import { defaultSiteSettings } from '../../src/domain/site.ts'
import { keySetSecondsMax } from '../../src/operations/rotate-keys.ts'
import { sessionWithCookie } from '../../src/operations/start-session.ts'
import { keyNewsSecondsMax } from '../../src/operations/take-up-keys.ts'
import { everywhere, waysOut } from '../interleavings/ways-out.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { addAdministrator, administer } from '../support/administer.ts'
import { refusalOf } from '../support/answers.ts'
import {
  acceptedOf,
  authorizeQuery,
  authorizeWithCookie,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginTicket,
  password,
  registerMember,
  signedInMember,
  type Tokens,
} from '../support/members.ts'
import { presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { addClientOf, type Node, startThreeNodes, type ThreeNodes } from '../support/postgres-nodes.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { codeIn } from '../support/requests.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type Received, send } from '../support/send.ts'
import { administratorKey } from '../support/test-server.ts'

const seed = process.env['SEED'] ?? 'several servers'

let database: PostgresServer
let nodes: ThreeNodes
let sql: Sql

beforeAll(async () => {
  database = await PostgresServer.start()
  const name = await database.createDatabase('empty')
  nodes = await startThreeNodes({ databaseUrl: database.url(name) })
  sql = database.look(name)
})
afterAll(async () => {
  await sql.end({ timeout: 1 })
  await nodes[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

interface Held extends Tokens {
  readonly cookie: string
}

/** Signs a member in again, without the password, whose hash would cost more than all the rest: with cookie and tokens. */
async function signInAgain(node: Node, memberId: string): Promise<Held> {
  const { service } = node
  const member = await service.storage.findMember(memberId as MemberId)
  if (member === undefined) throw new Error('The member is not there')
  const secret = mintSecret('session', service.randomness)
  const about = { member, clientId: null, settings: defaultSiteSettings, persistent: false }
  const session = sessionWithCookie(service, { ...about, secretHash: hashSecret(secret) })
  const asked = { at: session.createdAt, requestId: service.randomness.guid() }
  await service.storage.startSession({ session, passwordHash: null, replaces: null, ...asked })
  const cookie = `adjourn_session=${secret}`
  return { cookie, ...(await exchange(node, await authorizeWithCookie(node, cookie))) }
}

/** Whether a node accepts a session, asked in one of the places where it could. */
const looks: readonly ((node: Node, held: Held) => Promise<boolean>)[] = [
  async ({ url }, { cookie }) => isGood(await send(`${url}/v1/sessions/current`, { headers: { cookie } })),
  async ({ url }, { accessToken }) =>
    isGood(await send(`${url}/v1/sessions/current`, { headers: { authorization: accessToken } })),
  async (node, { refreshToken }) => isGood(await presentRefreshToken(node, refreshToken)),
  async (node, { accessToken }) => (await tokenInfo(node, accessToken))['active'] === true,
  async (node, { refreshToken }) => (await tokenInfo(node, refreshToken))['active'] === true,
  async ({ url, client }, { cookie }) =>
    codeIn(await send(`${url}/oauth2/authorize?${authorizeQuery(client)}`, { headers: { cookie } })) !== undefined,
  async ({ url }, { accessToken }) =>
    isGood(await send(`${url}/oauth2/user-info`, { headers: { authorization: accessToken } })),
]

function isGood({ status, text }: Received): boolean {
  expect([200, 400, 401], text).toContain(status)
  return status === 200
}

test('an administrator who was removed on one server is refused by every other on the very next request', async () => {
  for (let index = 0; index < 6; index += 1) {
    const { id, key } = await addAdministrator(nodes.at(index), 'support')
    const ask = (node: Node) => administer(node, 'GET', '/administrators', undefined, key)
    expect((await ask(nodes.at(index + 1))).status).toBe(200)
    expect((await administer(nodes.at(index), 'DELETE', `/administrators/${id}`)).status).toBe(204)
    for (const step of [1, 2]) expect(refusalOf(await ask(nodes.at(index + step)))).toBe('401 UNAUTHENTICATED')
  }
})

test('S-07: a member who is deleted at one server is refused by every other on the very next request, with all they hold', async () => {
  for (let index = 0; index < 6; index += 1) {
    const { memberId } = await registerMember(nodes.at(index))
    const held = [await signInAgain(nodes.at(index), memberId), await signInAgain(nodes.at(index + 1), memberId)]
    for (const look of looks) for (const each of held) expect(await look(nodes.at(index + 2), each)).toBe(true)
    expect((await administer(nodes.at(index), 'DELETE', `/members/${memberId}`)).status).toBe(200)
    for (const step of [0, 1, 2]) {
      for (const look of looks) for (const each of held) expect(await look(nodes.at(index + step), each)).toBe(false)
    }
  }
})

test(
  `D-15: whichever server a member logs out at, every other refuses the session on its very next request (seed ${seed})`,
  async () => {
    const pairs = runs({ test: 80, soak: 10_000 })
    const { memberId } = await registerMember(nodes.at(0))
    const random = seededRandomness(seed)
    const { n: before } = await nodes.at(0).service.storage.logHead()
    const counts = { logouts: 0, requests: 0, acceptedBefore: 0, acceptedAfter: 0 }

    /** One logout and the very next request to each of the others. */
    async function pair(): Promise<void> {
      const place = random.below(3)
      const [here, ...others] = [nodes.at(place), nodes.at(place + 1), nodes.at(place + 2)]
      const held = await signInAgain(nodes.at(random.below(3)), memberId)
      const wayOut = random.pick([waysOut['an access token'], waysOut['the cookie'], waysOut['the session API']])
      const leave = await wayOut(here, held)
      const asked = others.map((other) => ({ other, look: looks[random.below(looks.length)] ?? looks[0] }))
      // So that whatever a server might remember of the session is there to be remembered.
      for (const { other, look } of asked) if (await look?.(other, held)) counts.acceptedBefore += 1
      await leave()
      counts.logouts += 1
      const answers = await Promise.all(asked.map(({ other, look }) => look?.(other, held)))
      counts.requests += answers.length
      counts.acceptedAfter += answers.filter(Boolean).length
    }

    let left = pairs
    const worker = async () => {
      for (; left > 0; ) {
        left -= 1
        await pair()
      }
    }
    await Promise.all(Array.from({ length: 6 }, worker))
    expect(counts).toEqual({ logouts: pairs, requests: 2 * pairs, acceptedBefore: 2 * pairs, acceptedAfter: 0 })
    expect((await nodes.at(0).service.storage.logHead()).n - before).toBe(pairs)
    expect(problemOfLog(await readWholeLog(nodes.at(0).service.storage))).toBeUndefined()
  },
  generatedTestTimeoutMs,
)

test('D-12: a hundred parallel logouts of one session at three servers all succeed and leave one record and one set of duties', async () => {
  const parties = await Promise.all(
    [0, 1].map(() =>
      addClientOf(sql, nodes.at(0).client, { backchannelLogoutUri: 'https://party.example/logged-out' }),
    ),
  )
  for (let round = 0; round < runs({ test: 2, soak: 200 }); round += 1) {
    const other = await signedInMember(nodes.at(round))
    const member = await signedInMember(nodes.at(round))
    for (const client of parties) {
      await exchange(nodes.at(round + 1), await authorizeWithCookie(nodes.at(round), member.cookie, client), client)
    }
    const ways = Object.values(waysOut)
    const logouts = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ways[index % ways.length]?.(nodes.at(index), member)),
    )
    await Promise.all(logouts.map((logOut) => logOut?.()))
    const records = await sql`SELECT kind, n FROM revocation_log WHERE member_id = ${member.memberId}`
    expect(records).toMatchObject([{ kind: 'session' }])
    const ends = await sql`
      SELECT grants_ended, notices_owed FROM audit WHERE member_id = ${member.memberId} AND event = 'session.ended'`
    expect(ends).toMatchObject([{ grants_ended: 3, notices_owed: 2 }])
    expect(await sql`SELECT id FROM notice WHERE member_id = ${member.memberId}`).toHaveLength(2)
    for (const node of nodes.all) {
      expect(await acceptedOf(node, member)).toEqual([])
      expect(await acceptedOf(node, other)).toEqual(everythingAccepted)
    }
  }
})

test(
  `D-13: with logins and ends of everything at three servers at once, a session lives exactly when none followed its start (seed ${seed})`,
  async () => {
    const random = seededRandomness(seed)
    const { storage } = nodes.at(0).service
    let lived = 0
    let died = 0
    for (let round = 0; round < runs({ test: 5, soak: 1_000 }); round += 1) {
      const { email } = await registerMember(nodes.at(round))
      const device = async (node: Node) => {
        const { code, cookie } = await authorizeWithTicket(node, await loginTicket(node, email))
        return everywhere(node, { cookie: cookie ?? '', ...(await exchange(node, code)) })
      }
      const endings = [await device(nodes.at(random.below(3))), await device(nodes.at(random.below(3)))]
      const before = (await storage.readAudit(0, 1_000_000)).at(-1)?.n ?? 0
      const logins: Promise<Received>[] = []
      const ends: Promise<void>[] = []
      for (let place = 0; place < 8; place += 1) {
        const { url } = nodes.at(random.below(3))
        logins.push(send(`${url}/v2/login`, { json: { loginId: { email }, password } }))
        // The second of them may find its own session ended by the first: then it ends nothing.
        if (place === 2 || place === 5) ends.push(endings[place === 2 ? 0 : 1]?.().catch(() => {}) ?? Promise.resolve())
        if (random.below(2) === 0) await Promise.race(logins)
      }
      await Promise.all(ends)
      const answers = await Promise.all(logins)
      const audit = await storage.readAudit(before, 1_000_000)
      const lastEnd = audit.findLastIndex(({ cause }) => cause === 'logout_everywhere')
      expect(lastEnd).not.toBe(-1)
      for (const login of answers) {
        expect(login.status).toBe(200)
        const start = audit.findIndex(
          ({ event, requestId }) => event === 'session.started' && requestId === login.headers['x-wix-request-id'],
        )
        const { sessionToken } = login.json<{ sessionToken: string }>()
        const node = nodes.at(random.below(3))
        const used = await send(`${node.url}/oauth2/authorize?${authorizeQuery(node.client, { sessionToken })}`)
        const isAlive = codeIn(used) !== undefined
        expect(isAlive).toBe(start > lastEnd)
        if (isAlive) lived += 1
        else died += 1
      }
    }
    expect(lived).toBeGreaterThan(0)
    expect(died).toBeGreaterThan(0)
  },
  generatedTestTimeoutMs,
)

test('keys that were rotated on one node are published by the others at their next look, long before they sign', async () => {
  const publishedBy = async (node: Node) =>
    (await send(`${node.url}/oauth2/jwks`)).json<{ keys: { kid: string }[] }>().keys.map(({ kid }) => kid)
  const [one, ...others] = nodes.all
  const before = await publishedBy(one)
  const rotated = await send(`${one.url}/admin/v1/keys/rotate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${administratorKey}` },
  })
  expect(rotated.status).toBe(200)
  const after = await publishedBy(one)
  expect(after.filter((kid) => !before.includes(kid))).toHaveLength(2)
  for (const other of others) {
    expect((await publishedBy(other)).toSorted()).toEqual(before.toSorted())
    await other.takeUpKeysNow()
    expect((await publishedBy(other)).toSorted()).toEqual(after.toSorted())
  }
  const { keys } = rotated.json<{ keys: { kid: string; createdDate: string; activeFromDate: string }[] }>()
  const added = keys.filter(({ kid }) => after.includes(kid) && !before.includes(kid))
  expect(added).toHaveLength(2)
  for (const { createdDate, activeFromDate } of added) {
    expect(Date.parse(activeFromDate) - Date.parse(createdDate)).toBe((keyNewsSecondsMax + keySetSecondsMax) * 1000)
  }
})
