/**
 * Three nodes whose machines are five minutes behind, right and five minutes ahead, on one database.
 *
 * The database's clock stands still until a test moves it. Each credential is made on each node and used on each, a second
 * before its limit and at it: whichever node made it and whichever is asked, the limit is at the same second.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DatabaseClock } from '../../src/adapters/postgres/database-clock.ts'
import { visitorTokenLifetimeMs } from '../../src/ports/visitor-tokens.ts'
import { DatabaseTime } from '../support/database-time.ts'
import { formOf, headingOf, logoutLink, navigation } from '../support/logout.ts'
import { day, hour, manualClock, minute, second } from '../support/manual-clock.ts'
import {
  authorizeWithCookie,
  authorizeWithTicket,
  exchange,
  loginTicket,
  registerMember,
  signedInMember,
  visitorTokens,
} from '../support/members.ts'
import { authorize, presentCode, presentRefreshToken, tokenInfo } from '../support/oauth-requests.ts'
import { addClientOf, type Node, startThreeNodes, type ThreeNodes } from '../support/postgres-nodes.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { type Received, send } from '../support/send.ts'

const idle = 2 * hour
const overall = 5 * hour
const accessTokenSeconds = 300

let database: PostgresServer
let name: string
let time: DatabaseTime
let nodes: ThreeNodes

beforeAll(async () => {
  database = await PostgresServer.start()
  name = await database.createDatabase('empty')
  time = await DatabaseTime.of(database, name)
  nodes = await startThreeNodes({
    databaseUrl: database.url(name),
    clocks: [time.aheadBy(-5 * minute), time.aheadBy(0), time.aheadBy(5 * minute)],
    siteSettings: { sessionIdleMs: idle, sessionOverallMs: overall, accessTokenSeconds },
  })
})
afterAll(async () => {
  await nodes[Symbol.asyncDispose]()
  await time[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Member = Awaited<ReturnType<typeof signedInMember>>

/** A member's session with all that hangs on it, made on each node. */
async function membersOfEach(): Promise<readonly { readonly maker: Node; readonly member: Member }[]> {
  return Promise.all(nodes.all.map(async (maker) => ({ maker, member: await signedInMember(maker) })))
}

/** One of something for each node that makes it and each that uses it. */
async function pairs<T>(
  make: (maker: Node) => Promise<T>,
): Promise<readonly { readonly made: T; readonly user: Node; readonly between: string }[]> {
  const all: { readonly made: T; readonly user: Node; readonly between: string }[] = []
  for (const [from, maker] of nodes.all.entries()) {
    for (const [to, user] of nodes.all.entries()) {
      all.push({ made: await make(maker), user, between: `${offs[from]} to ${offs[to]}` })
    }
  }
  return all
}

const offs = ['behind', 'right', 'ahead']

function check(node: Node, headers: Readonly<Record<string, string>>): Promise<Received> {
  return send(`${node.url}/v1/sessions/current`, { headers })
}

/** Uses a session. That is written after the answer; the code that is issued then shows that it was. */
async function use(node: Node, { cookie }: Member): Promise<void> {
  expect((await check(node, { cookie })).status).toBe(200)
  await authorizeWithCookie(node, cookie)
}

/** As it is written in token information. */
function inSeconds(ms: number): string {
  return String(Math.floor(ms / second))
}

/** Whether a refresh token is alive, which is asked without using the session. */
async function isAlive(node: Node, refreshToken: string): Promise<boolean> {
  return (await tokenInfo(node, refreshToken))['active'] === true
}

async function expectAlive(node: Node, { refreshToken }: Member, alive: boolean, moment: string): Promise<void> {
  expect(await isAlive(node, refreshToken), `${moment}: ${node.url}`).toBe(alive)
}

describe('three nodes with wrong clocks', () => {
  test('D-20: what a node says of a session’s times is the database’s time, wherever the session began', async () => {
    for (const { member } of await membersOfEach()) {
      for (const node of nodes.all) {
        const { session } = (await check(node, { cookie: member.cookie })).json<{ session: Record<string, string> }>()
        expect(Date.parse(String(session['createdDate']))).toBe(time.now())
        expect(Date.parse(String(session['lastUsedDate']))).toBe(time.now())
        expect(Date.parse(String(session['expiresDate']))).toBe(time.now() + idle)
      }
    }
  })

  test('D-20: an idle session is over at the same second on every node, and no use brings it back', async () => {
    const members = await membersOfEach()
    await time.advance(idle - second)
    for (const node of nodes.all) for (const { member } of members) await expectAlive(node, member, true, 'before')
    await time.advance(second)
    for (const node of nodes.all) {
      for (const { member } of members) {
        await expectAlive(node, member, false, 'at the limit')
        expect((await check(node, { cookie: member.cookie })).status).toBe(401)
        expect((await presentRefreshToken(node, member.refreshToken)).status).toBe(400)
        const silent = await authorize(node, {}, { headers: { cookie: member.cookie } })
        expect(String(silent.headers['location'])).toContain('error=login_required')
      }
    }
    for (const node of nodes.all) for (const { member } of members) await expectAlive(node, member, false, 'after')
  })

  test('D-20: a use is noted at the database’s time whichever node sees it, so the idle limit moves by as much as it should', async () => {
    for (const user of nodes.all) {
      const member = await signedInMember(user)
      await time.advance(hour)
      await use(user, member)
      await time.advance(idle - second)
      for (const node of nodes.all) await expectAlive(node, member, true, 'before')
      await time.advance(second)
      for (const node of nodes.all) await expectAlive(node, member, false, 'at the limit')
    }
  })

  test('D-20: however a session is used, it is over at the overall limit on every node', async () => {
    const members = await membersOfEach()
    const began = time.now()
    for (const [turn, user] of [...nodes.all, ...nodes.all].slice(0, 4).entries()) {
      await time.reach(began + (turn + 1) * hour)
      for (const { member } of members) await use(user, member)
    }
    await time.reach(began + overall - second)
    for (const node of nodes.all) for (const { member } of members) await expectAlive(node, member, true, 'before')
    await time.reach(began + overall)
    for (const node of nodes.all) {
      for (const { member } of members) {
        expect((await check(node, { cookie: member.cookie })).status).toBe(401)
        await expectAlive(node, member, false, 'at the limit')
      }
    }
  })

  test('D-20: whichever node looks, the reaper ends nothing before its time and everything at it', async () => {
    for (const node of nodes.all) await node.reapNow()
    for (const reaper of nodes.all) {
      const { n: before } = await reaper.service.storage.logHead()
      const member = await signedInMember(nodes.at(nodes.all.indexOf(reaper) + 1))
      await time.advance(idle - second)
      await reaper.reapNow()
      await expectAlive(reaper, member, true, 'before')
      await time.advance(second)
      await reaper.reapNow()
      expect(await reaper.service.storage.readLog(before, 10)).toMatchObject([{ cause: 'idle', at: time.now() }])
    }
  })

  test('D-20: a session ticket is good for ten minutes on every node', async () => {
    const { email } = await registerMember(nodes.at(0))
    const early = await pairs((maker) => loginTicket(maker, email))
    const late = await pairs((maker) => loginTicket(maker, email))
    await time.advance(10 * minute - second)
    for (const { made, user, between } of early) {
      expect((await authorizeWithTicket(user, made)).code, between).toMatch(/^adj_code_/)
    }
    await time.advance(second)
    for (const { made, user, between } of late) {
      const refused = await authorize(user, { sessionToken: made })
      expect(String(refused.headers['location']), between).toContain('error=login_required')
    }
  })

  test('D-20: a code is good for a minute on every node', async () => {
    const { cookie } = await signedInMember(nodes.at(1))
    const early = await pairs((maker) => authorizeWithCookie(maker, cookie))
    const late = await pairs((maker) => authorizeWithCookie(maker, cookie))
    await time.advance(minute - second)
    for (const { made, user, between } of early) expect((await presentCode(user, made)).status, between).toBe(200)
    await time.advance(second)
    for (const { made, user, between } of late) expect((await presentCode(user, made)).status, between).toBe(400)
  })

  test('D-20: an access token runs out at the same second on every node, with a minute of tolerance and no more', async () => {
    const members = await membersOfEach()
    for (const node of nodes.all) {
      for (const { member } of members) {
        expect(await tokenInfo(node, member.accessToken)).toMatchObject({
          active: true,
          iat: inSeconds(time.now()),
          exp: inSeconds(time.now() + accessTokenSeconds * second),
        })
      }
    }
    await time.advance(accessTokenSeconds * second + minute - second)
    for (const node of nodes.all) {
      for (const { member } of members) {
        expect((await check(node, { authorization: member.accessToken })).status).toBe(200)
      }
    }
    await time.advance(second)
    for (const node of nodes.all) {
      for (const { member } of members) {
        expect((await check(node, { authorization: member.accessToken })).status).toBe(401)
        expect(await tokenInfo(node, member.accessToken)).toMatchObject({ active: false })
        await expectAlive(node, member, true, 'the session itself')
      }
    }
  })

  test('D-20: a lost answer to a refresh can be had again for ten seconds on every node, and then the token is one too many', async () => {
    const sql = database.look(name)
    const client = await addClientOf(sql, nodes.at(0).client, { refreshTokenPolicy: 'rotating' })
    await sql.end({ timeout: 1 })
    const { cookie } = await signedInMember(nodes.at(0))
    const refresh = (node: Node, token: string) => presentRefreshToken(node, token, { clientId: client.id })
    for (const maker of nodes.all) {
      const { refreshToken } = await exchange(maker, await authorizeWithCookie(maker, cookie, client), client)
      const successor = (await refresh(maker, refreshToken)).json()['refresh_token']
      await time.advance(10 * second)
      for (const node of nodes.all) {
        expect((await refresh(node, refreshToken)).json()['refresh_token']).toBe(successor)
      }
      await time.advance(1)
      expect((await refresh(nodes.at(nodes.all.indexOf(maker) + 1), refreshToken)).status).toBe(400)
      expect((await refresh(maker, String(successor))).status).toBe(400)
    }
  })

  test('D-20: a visitor’s tokens run out at the same second on every node', async () => {
    const visitors = await Promise.all(nodes.all.map((maker) => visitorTokens(maker)))
    for (const node of nodes.all) {
      for (const { accessToken, refreshToken } of visitors) {
        expect(await tokenInfo(node, accessToken)).toMatchObject({
          exp: inSeconds(time.now() + accessTokenSeconds * second),
        })
        expect(await tokenInfo(node, refreshToken)).toMatchObject({
          exp: inSeconds(time.now() + visitorTokenLifetimeMs),
        })
      }
    }
    await time.advance(visitorTokenLifetimeMs - second)
    for (const node of nodes.all) {
      for (const { refreshToken } of visitors) expect((await presentRefreshToken(node, refreshToken)).status).toBe(200)
    }
    await time.advance(second)
    for (const node of nodes.all) {
      for (const { refreshToken } of visitors) {
        expect((await presentRefreshToken(node, refreshToken)).status).toBe(400)
        expect(await tokenInfo(node, refreshToken)).toMatchObject({ active: false })
      }
    }
  })

  test('D-20: a logout ticket is good for ten minutes on every node', async () => {
    const lasting = await Promise.all(nodes.all.map(async (maker) => (await visitorTokens(maker)).accessToken))
    const late = await pairs((maker) => logoutLink(maker, lasting[nodes.all.indexOf(maker)] ?? ''))
    const early = await pairs(async (maker) => logoutLink(maker, (await visitorTokens(maker)).accessToken))
    const use = (user: Node, link: string) => {
      const { pathname, search } = new URL(link)
      return send(`${user.url}${pathname}${search}`, { headers: navigation('cross-site') })
    }
    await time.advance(10 * minute - second)
    const { n: before } = await nodes.at(0).service.storage.logHead()
    for (const { made, user } of early) await use(user, made.url)
    expect((await nodes.at(0).service.storage.logHead()).n).toBe(before + early.length)
    await time.advance(second)
    for (const { made, user } of late) await use(user, made.url)
    expect((await nodes.at(0).service.storage.logHead()).n).toBe(before + early.length)
  })

  test('D-20: a confirmation that one node asked for is good for ten minutes on every other', async () => {
    const ask = async (maker: Node) => {
      const { cookie } = await signedInMember(maker)
      const form = formOf((await send(`${maker.url}/v1/logout`, { headers: navigation('cross-site', cookie) })).text)
      return { cookie, form }
    }
    const press = (user: Node, { cookie, form }: Awaited<ReturnType<typeof ask>>) =>
      send(`${user.url}${form.action}`, {
        headers: { ...navigation('same-origin', cookie), origin: 'http://localhost:8787' },
        form: form.fields,
      })
    const early = await pairs(ask)
    const late = await pairs(ask)
    await time.advance(10 * minute - second)
    for (const { made, user, between } of early)
      expect(headingOf(await press(user, made)), between).toBe('You are signed out')
    await time.advance(second)
    for (const { made, user, between } of late) {
      await press(user, made)
      expect((await check(user, { cookie: made.cookie })).status, between).toBe(200)
    }
  })
})

describe('the database’s clock as a node knows it', () => {
  /** A reading whose question left `away` and whose answer took `back`. */
  async function read(
    clock: DatabaseClock,
    node: ReturnType<typeof manualClock>,
    at: number,
    away: number,
    back = away,
  ) {
    await clock.during(
      async () => {
        node.advance(away + back)
        return at + back
      },
      () => at,
    )
  }

  test('before the database was asked there is no time, whatever the node’s own clock says', () => {
    expect(() => new DatabaseClock(manualClock()).now()).toThrow(RangeError)
  })

  test('a reading is right within half the time that the question took, and goes on with the node’s clock', async () => {
    const node = manualClock()
    const clock = new DatabaseClock(node)
    const at = node.now() + 5 * minute
    await read(clock, node, at, 100, 300)
    expect(Math.abs(clock.now() - (at + 300))).toBeLessThanOrEqual(200)
    const before = clock.now()
    node.advance(hour)
    expect(clock.now()).toBe(before + hour)
  })

  test('a slow answer that fits changes nothing, and one that does not is believed', async () => {
    const node = manualClock()
    const clock = new DatabaseClock(node)
    await read(clock, node, node.now() + day, 1)
    const ahead = clock.now() - node.now()
    await read(clock, node, node.now() + day, 9000, 1000)
    expect(clock.now() - node.now()).toBe(ahead)
    const at = node.now() + 2 * day
    await read(clock, node, at, 5000)
    expect(clock.now()).toBe(at + 5000)
  })

  test('an answer that brings no time changes nothing', async () => {
    const node = manualClock()
    const clock = new DatabaseClock(node)
    await read(clock, node, node.now(), 0)
    await clock.during(
      async () => node.advance(hour),
      () => undefined,
    )
    expect(clock.now()).toBe(node.now())
  })
})
