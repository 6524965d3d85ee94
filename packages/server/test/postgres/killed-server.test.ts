/** The database server is killed in the middle of its work and started again, while the service goes on. */
import { afterAll, expect, test } from 'vitest'
import { expectInvariants } from '../kill/invariants.ts'
import { manualClock } from '../support/manual-clock.ts'
import {
  acceptedOf,
  authorizeWithTicket,
  everythingAccepted,
  exchange,
  loginTicket,
  signedInMember,
} from '../support/members.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { quickHasher } from '../support/quick-hasher.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { type SeededRandomness, seededRandomness } from '../support/seeded-randomness.ts'
import { type Received, type Sent, send } from '../support/send.ts'
import { PostgresServerDatabase } from '../support/server-database.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const postgres = PostgresServer.start()
afterAll(async () => (await postgres)[Symbol.asyncDispose]())

const rounds = runs({ test: 3, soak: 300 })
const sessionsPerRound = 24
const seed = process.env['SEED'] ?? 'killed server'

interface Leaving {
  readonly held: { readonly accessToken: string; readonly refreshToken: string; readonly cookie: string }
  readonly leave: () => Promise<Received>
}

test(
  `D-01, D-02, D-03: ${rounds} times killed in the middle of logouts, the database has kept every one that was acknowledged, and the service recovers by itself (seed ${seed})`,
  async () => {
    const server = await postgres
    await using database = new PostgresServerDatabase(server, await server.createDatabase())
    await using service = await startTestServer({ database, decorateHasher: quickHasher })
    const random = seededRandomness(seed)
    const told = new Map<string, number>()
    for (let round = 0; round < rounds; round += 1) {
      const bystander = await signedInMember(service)
      const leaving = await membersAboutToLeave(service, random)

      // In the middle by the number of answers: in milliseconds a busy machine answers nothing and an idle one everything.
      let answersLeft = random.below(sessionsPerRound - 4)
      let killed: Promise<void> | undefined
      const isDead = Promise.withResolvers<void>()
      let isBack = false
      const answered = () => {
        answersLeft -= 1
        if (answersLeft < 0) killed ??= server.kill().then(isDead.resolve)
      }
      const answers: Received[] = []
      const queue = leaving.entries()
      const browsers = Array.from({ length: 6 }, async () => {
        for (const [index, { leave }] of queue) {
          // However fast the machine, these find no database.
          if (index >= sessionsPerRound - 2) await isDead.promise
          answers[index] = await leave()
          answered()
        }
      })
      const checks: number[] = []
      const checking = (async () => {
        while (!isBack) checks.push((await check(service, bystander.cookie)).status)
      })()
      await Promise.all(browsers)
      await killed
      await server.startAgain()
      isBack = true
      await checking

      // Whoever stayed was never told to have left.
      expect(checks.filter((status) => status !== 200 && status !== 503)).toEqual([])
      for (const [index, { held, leave }] of leaving.entries()) {
        const answer = answers[index]
        if (answer === undefined) throw new Error('A logout was not answered')
        const outcome = outcomeOf(answer)
        told.set(outcome, (told.get(outcome) ?? 0) + 1)
        const accepted = await acceptedOf(service, held)
        if (outcome === 'done') expect(accepted).toEqual([])
        if (outcome === 'not done') expect(accepted).toEqual(everythingAccepted)
        if (outcome === 'not confirmed') expect([[], everythingAccepted]).toContainEqual(accepted)
        expect([200, 204]).toContain((await leave()).status)
        expect(await acceptedOf(service, held)).toEqual([])
      }
      expect(await acceptedOf(service, bystander)).toEqual(everythingAccepted)
    }
    expect(told.get('done')).toBeGreaterThan(0)
    expect((told.get('not done') ?? 0) + (told.get('not confirmed') ?? 0)).toBeGreaterThan(0)
    await service.quiet()
    expect(await database.contents().count('revocation_log')).toBe(rounds * sessionsPerRound)
    await service.close()
    await using left = await database.open({ clock: manualClock(), randomness: random })
    await expectInvariants(left)
  },
  generatedTestTimeoutMs,
)

function check(service: TestServer, cookie: string): Promise<Received> {
  return send(`${service.url}/v1/sessions/current`, { headers: { cookie } })
}

/** What a program was told of its logout. */
function outcomeOf({ status, text }: Received): 'done' | 'not done' | 'not confirmed' {
  if (status === 200 || status === 204) return 'done'
  expect(status, text).toBe(503)
  if (text.includes('nothing was changed')) return 'not done'
  expect(text).toContain('This is not confirmed')
  return 'not confirmed'
}

async function membersAboutToLeave(service: TestServer, random: SeededRandomness): Promise<readonly Leaving[]> {
  const member = await signedInMember(service)
  const leaving: Leaving[] = []
  while (leaving.length < sessionsPerRound) {
    const { code, cookie = '' } = await authorizeWithTicket(service, await loginTicket(service, member.email))
    const { accessToken, refreshToken } = await exchange(service, code)
    const [path, sent] = random.pick<readonly [string, Sent]>([
      ['/v1/logout', { headers: { authorization: accessToken } }],
      ['/v1/logout', { headers: { cookie }, json: {} }],
      ['/v1/sessions/current', { method: 'DELETE', headers: { authorization: accessToken } }],
    ])
    const leave = () => send(`${service.url}${path}`, sent)
    leaving.push({ held: { accessToken, refreshToken, cookie }, leave })
  }
  return leaving
}
