/** What callers of the service see when the network between it and its database fails: the truth, in bounded time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { membersAboutToLeave } from '../bad-days/ways-out.ts'
import { problemOfLog, readWholeLog } from '../storage-conformance/verify-log.ts'
import { isAccepted } from '../support/logout.ts'
import { acceptedOf, authorizeQuery, everythingAccepted, password, signedInMember } from '../support/members.ts'
import { type Node, startNode } from '../support/postgres-nodes.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { TcpProxy, type Weather } from '../support/tcp-proxy.ts'

/** How long the database may keep silent here. In production it is longer than every limit that the database keeps itself. */
const patienceMs = 400

/** Many members, each with many requests. */
const long = { timeout: generatedTestTimeoutMs }

let database: PostgresServer
let proxy: TcpProxy
let server: Node

beforeAll(async () => {
  database = await PostgresServer.start()
  proxy = await TcpProxy.start(database.port)
  const databaseUrl = `${database.url(await database.createDatabase('empty'), proxy.port)}?connect_timeout=1`
  server = await startNode({ databaseUrl, databaseAnswersWithinMs: patienceMs })
})
afterAll(async () => {
  await server.close()
  await proxy[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Nothing that reads as success, and nothing that would keep a retry from naming the session. */
function expectUnavailable({ status, headers, setCookies, text }: Received, what: string): void {
  expect(status, `${what}: ${text}`).toBe(503)
  expect(Number(headers['retry-after']), what).toBeGreaterThan(0)
  expect(headers['cache-control'], what).toBe('no-store')
  expect(setCookies, what).toEqual([])
  for (const name of ['location', 'clear-site-data', 'www-authenticate']) expect(headers, what).not.toHaveProperty(name)
  expect(text, what).not.toMatch(/signed out\.|You are signed out|See you|"active"|login_required|invalid_grant/)
}

const told = {
  person: { nothing_happened: 'You are NOT signed out', unknown: 'Your sign-out is not confirmed' },
  program: {
    nothing_happened: 'This did not complete, as the database does not answer: nothing was changed',
    unknown: 'This is not confirmed, as the database did not answer the commit',
  },
} as const

const recordsOf = async () => (await server.service.storage.logHead()).n

async function expectLogInOrder(): Promise<void> {
  expect(problemOfLog(await readWholeLog(server.service.storage))).toBeUndefined()
}

/** The weather until `mend`, which leaves no connection of before. */
function brew(weather: Weather): () => void {
  proxy.become(weather)
  if (weather === 'refusing') proxy.cut()
  return () => {
    proxy.become('fair')
    proxy.cut()
  }
}

const weathers: readonly (readonly [what: string, Weather])[] = [
  ['every connection is cut and none can be made', 'refusing'],
  ['nothing passes and nobody is told', 'swallowing'],
  ['questions pass and answers are lost', 'muting'],
  ['every answer comes later than anybody waits', { lateByMs: 3 * patienceMs }],
]

describe.each(weathers)('while %s', (_what, weather) => {
  const ways = weather === 'refusing' || runs({ test: 0, soak: 1 }) > 0 ? 'every' : 'few'

  test(
    'D-02: every way to log out answers 503, keeps the cookie and sends nobody on; afterwards a retry succeeds, with one record',
    long,
    async () => {
      const leaving = await membersAboutToLeave(server, ways)
      const bystander = await signedInMember(server)
      const before = await recordsOf()
      const mend = brew(weather)
      for (const [index, answer] of (await Promise.all(leaving.map(({ leave }) => leave()))).entries()) {
        const { way = '', answered = 'program' } = leaving[index] ?? {}
        expectUnavailable(answer, way)
        expect(
          Object.values(told[answered]).filter((words) => answer.text.includes(words)),
          way,
        ).toHaveLength(1)
      }
      mend()
      for (const { way, leave } of leaving) expect([200, 204, 302], way).toContain((await leave()).status)
      for (const { way, member } of leaving) expect(await acceptedOf(server, member), way).toEqual([])
      expect((await recordsOf()) - before).toBe(leaving.length)
      expect(await acceptedOf(server, bystander)).toEqual(everythingAccepted)
      await expectLogInOrder()
    },
  )

  test('D-17: checks answer 503 and never from memory; afterwards the same credentials work', async () => {
    const member = await signedInMember(server)
    const { accessToken, refreshToken, cookie, email } = member
    // So that whatever the server may remember is there to be remembered.
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    const mend = brew(weather)
    const asked: readonly (readonly [name: string, path: string, sent: Sent])[] = [
      ['session by token', '/v1/sessions/current', { headers: { authorization: accessToken } }],
      ['session by cookie', '/v1/sessions/current', { headers: { cookie } }],
      ['token info', '/oauth2/token-info', { json: { token: accessToken } }],
      ['token info of a refresh token', '/oauth2/token-info', { json: { token: refreshToken } }],
      ['user info', '/oauth2/user-info', { headers: { authorization: accessToken } }],
      ['readiness', '/readyz', {}],
      ['refresh', '/oauth2/token', { json: { grantType: 'refresh_token', refreshToken } }],
      ['login', '/v2/login', { json: { loginId: { email }, password } }],
      ['silent login', `/oauth2/authorize?${authorizeQuery(server.client)}`, { headers: { cookie } }],
    ]
    const answers = await Promise.all(asked.map(([, path, sent]) => send(`${server.url}${path}`, sent)))
    for (const [index, answer] of answers.entries()) expectUnavailable(answer, asked[index]?.[0] ?? '')
    expect((await send(`${server.url}/healthz`)).status).toBe(200)
    mend()
    expect(await acceptedOf(server, member)).toEqual(everythingAccepted)
    expect((await send(`${server.url}/readyz`)).status).toBe(200)
  })
})

test('a network that is late, though not too late, costs nothing but time', async () => {
  const leaving = await membersAboutToLeave(server, 'few')
  const mend = brew({ lateByMs: 10 })
  for (const { way, leave } of leaving) expect([200, 204, 302], way).toContain((await leave()).status)
  for (const { way, member } of leaving) expect(await acceptedOf(server, member), way).toEqual([])
  mend()
})

test(
  'D-03: when the acknowledgement of the commit is cut off, the answer is 503 and "not confirmed", and a retry ends in success with one record',
  long,
  async () => {
    const leaving = await membersAboutToLeave(server, 'every')
    const before = await recordsOf()
    for (const [index, { way, answered, member, leave }] of leaving.entries()) {
      const isCut = proxy.cutBeforeAnswer('COMMIT')
      const answer = await leave()
      await isCut
      expectUnavailable(answer, way)
      expect(answer.text, way).toContain(told[answered].unknown)
      // It was carried out: the node could not know.
      expect(await acceptedOf(server, member), way).toEqual([])
      expect([200, 204, 302], way).toContain((await leave()).status)
      expect((await recordsOf()) - before, way).toBe(index + 1)
    }
    await expectLogInOrder()
  },
)

test(
  'D-03: wherever the connection is cut on the way to the end, what is said is so, and a retry ends in success with one record',
  long,
  async () => {
    const before = await recordsOf()
    let logouts = 0
    let cuts = 0
    for (let passing = 0, wasCut = true; wasCut; passing += 1) {
      wasCut = false
      for (const { way, answered, member, leave } of await membersAboutToLeave(server, 'few')) {
        const where = `${way}, cut before question ${passing + 1}`
        void proxy.cutBeforeQuestion({ passing })
        const answer = await leave()
        logouts += 1
        if (!proxy.calmDown()) {
          wasCut = true
          cuts += 1
        }
        if (answer.status === 503) {
          expectUnavailable(answer, where)
          const isNothing = answer.text.includes(told[answered].nothing_happened)
          if (!isNothing) expect(answer.text, where).toContain(told[answered].unknown)
          if (isNothing) expect(await isAccepted(server, member), where).toBe(true)
          expect([200, 204, 302], where).toContain((await leave()).status)
        } else {
          expect([200, 204, 302], where).toContain(answer.status)
        }
        expect(await isAccepted(server, member), where).toBe(false)
      }
    }
    expect(cuts).toBeGreaterThan(6)
    expect((await recordsOf()) - before).toBe(logouts)
    await expectLogInOrder()
  },
)
