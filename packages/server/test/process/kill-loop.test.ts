import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { systemRandomness } from '../../src/adapters/system/randomness.ts'
import { expectInvariants } from '../kill/invariants.ts'
import { type SeededRandomness, seededRandomness } from '../support/seeded-randomness.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { newServerDatabase } from '../support/server-database.ts'
import { temporaryDirectory } from '../support/sqlite-test-database.ts'
import { type Child, startChild } from './child.ts'
import { type ChildMember, loginByForm, memberByForm } from './members-of-child.ts'

/** `SOAK` gives the number of kills; the few without it fit into everybody's `npm test`. */
const soak = Number(process.env['SOAK'] ?? 0)
const rounds = soak > 1 ? soak : soak === 1 ? 200 : 4
const seed = process.env['SEED'] ?? 'kill over http'
const sessionsPerRound = 8

interface Ending {
  readonly session: ChildMember
  /** Whether the server said that it is over. */
  acknowledged: boolean
}

test(`D-05: ${rounds} times killed while sessions are ended over HTTP, every acknowledged logout is a logout after the restart (seed ${seed})`, {
  timeout: 30_000 + rounds * 30_000,
}, async () => {
  using directory = temporaryDirectory()
  await using home = await newServerDatabase()
  const random = seededRandomness(seed)
  // Tokens name their issuer, so the address must be the same after each start.
  const environment = { ADJOURN_PORT: String(await freePort()), ADJOURN_DATABASE_URL: home.url }
  let child = startChild({ directory: directory.path, environment })
  const counts = { acknowledged: 0, interrupted: 0 }
  for (let round = 0; round < rounds; round += 1) {
    const url = await child.ready
    const endings = await signIn(url, child, random)
    // Not counted in milliseconds, in which a busy machine answers nothing and an idle one everything.
    let answersLeft = random.below(sessionsPerRound - 2)
    const { kill } = child
    const answered = () => {
      answersLeft -= 1
      if (answersLeft < 0) kill('SIGKILL')
    }
    await Promise.all(endings.map((ending) => end(url, ending, random).then(answered)))
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    await home.settled()

    child = startChild({ directory: directory.path, environment })
    const restarted = await child.ready
    for (const { session, acknowledged } of endings) {
      const accepted = await acceptedOf(restarted, session)
      counts[acknowledged ? 'acknowledged' : 'interrupted'] += 1
      // Without an answer either is right, but nothing between.
      expect([[], ...(acknowledged ? [] : [everything])], session.email).toContainEqual(accepted)
    }
  }
  child.kill('SIGKILL')
  await child.exited
  await using database = await home.open({ clock: systemClock, randomness: systemRandomness })
  await expectInvariants(database)
  expect(counts.acknowledged + counts.interrupted).toBe(rounds * sessionsPerRound)
  expect(counts.acknowledged, 'no logout was acknowledged before a kill').toBeGreaterThan(0)
})

async function signIn(url: string, child: Child, random: SeededRandomness): Promise<Ending[]> {
  const member = await memberByForm(url, child)
  const sessions = [member]
  while (sessions.length < sessionsPerRound) {
    const isAnother = random.below(3) === 0
    sessions.push(isAnother ? await memberByForm(url, child) : await loginByForm(url, child, member.email))
  }
  return sessions.map((session) => ({ session, acknowledged: false }))
}

/** Ends a session in one of the ways there are, a little later or at once. */
async function end(url: string, ending: Ending, random: SeededRandomness): Promise<void> {
  const { accessToken, cookie } = ending.session
  const ways: readonly [readonly [string, Sent], ...(readonly [string, Sent])[]] = [
    ['/v1/logout', { headers: { authorization: accessToken } }],
    ['/v1/logout', { headers: { cookie }, json: {} }],
    ['/_api/iam/authentication/v1/logout', { headers: { cookie, accept: 'text/html', 'sec-fetch-site': 'none' } }],
    ['/v1/sessions/current', { method: 'DELETE', headers: { authorization: accessToken } }],
  ]
  const [path, sent] = random.pick(ways)
  await wait(random.below(5))
  try {
    const { status } = await send(`${url}${path}`, sent)
    ending.acknowledged = status === 200 || status === 204
  } catch {
    // The process was gone before it had answered.
  }
}

const everything = ['access token', 'token info', 'refresh token', 'cookie']

/** Which credentials of a session are still good for something. */
async function acceptedOf(url: string, { accessToken, refreshToken, cookie }: ChildMember): Promise<readonly string[]> {
  const asked: readonly (readonly [string, Promise<Received>, (answer: Received) => boolean])[] = [
    ['access token', send(`${url}/v1/sessions/current`, { headers: { authorization: accessToken } }), isGood],
    ['token info', send(`${url}/oauth2/token-info`, { json: { token: accessToken } }), isActive],
    ['refresh token', send(`${url}/oauth2/token`, { json: { grantType: 'refresh_token', refreshToken } }), isGood],
    ['cookie', send(`${url}/v1/sessions/current`, { headers: { cookie } }), isGood],
  ]
  const accepted: string[] = []
  for (const [name, answer, judge] of asked) if (judge(await answer)) accepted.push(name)
  return accepted
}

function isGood({ status, text }: Received): boolean {
  expect([200, 400, 401], text).toContain(status)
  return status === 200
}

function isActive(answer: Received): boolean {
  return answer.json<{ active: boolean }>().active
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port is free')
  return address.port
}
