import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { SessionId, Sid } from '../../src/domain/ids.ts'
import { compileCache } from '../process/child.ts'
import { World } from '../storage-conformance/world.ts'
import { manualClock } from '../support/manual-clock.ts'
import { type SeededRandomness, seededRandomness } from '../support/seeded-randomness.ts'
import { newServerDatabase, type ServerDatabase } from '../support/server-database.ts'
import { expectInvariants } from './invariants.ts'

const child = new URL('./at-random-child.ts', import.meta.url).pathname

/** `SOAK` gives the number of kills; the few without it fit into everybody's `npm test`. */
const rounds = Number(process.env['SOAK'] ?? 5)
/** Looking at all that is left takes longer the more there is. */
const roundsPerDatabase = 20
const seed = process.env['SEED'] ?? 'kill loop'

test(`D-05: ${rounds} times killed at a moment of chance, no acknowledged end is lost and none is half made (seed ${seed})`, {
  timeout: 30_000 + rounds * 5_000,
}, async () => {
  const random = seededRandomness(seed)
  let ends = 0
  for (let first = 0; first < rounds; first += roundsPerDatabase) {
    await using home = await newServerDatabase()
    await makeSite(home)
    const acknowledged = { sessions: new Set<SessionId>(), sids: new Set<Sid>() }
    for (let round = first; round < Math.min(first + roundsPerDatabase, rounds); round += 1) {
      const said = await workUntilKilled(home.url, `${seed}, round ${round}`, random)
      for (const line of said) {
        const [word, name = ''] = line.split(' ')
        if (word === 'ended') acknowledged.sessions.add(Number(name) as SessionId)
        if (word === 'revoked') acknowledged.sids.add(name as Sid)
        if (word === 'ended' || word === 'revoked') ends += 1
      }
      await using database = await home.open(options())
      await expectInvariants(database)
      const { storage } = database
      for (const [id, facts] of await each(acknowledged.sessions, (id) => storage.check({ by: 'id', id }))) {
        expect(facts?.ended, `session ${id}`).not.toBeNull()
      }
      for (const [sid, facts] of await each(acknowledged.sids, (sid) => storage.check({ by: 'sid', sid }))) {
        expect(facts?.grant?.ended, `grant ${sid}`).not.toBeNull()
      }
    }
  }
  expect(ends).toBeGreaterThan(rounds)
})

/** Looks at all of them together, since PostgreSQL would be asked for each. */
function each<Name, Facts>(names: ReadonlySet<Name>, look: (name: Name) => Promise<Facts>) {
  return Promise.all([...names].map(async (name) => [name, await look(name)] as const))
}

async function makeSite(home: ServerDatabase): Promise<void> {
  const { clock, randomness } = options()
  await using world = new World(await home.open({ clock, randomness }), clock, randomness)
  await world.storage.createSite(world.first)
}

/** Lets the child work for a while, kills it, and gives the whole lines that it said. */
async function workUntilKilled(url: string, childSeed: string, random: SeededRandomness): Promise<readonly string[]> {
  const working = spawn(process.execPath, [child, url, childSeed], {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaint = ''
  working.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  // Counted in what it said: in milliseconds a busy machine does nothing and an idle one very much.
  const lines = 1 + random.below(60)
  const saidEnough = Promise.withResolvers<void>()
  working.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('\n').length > lines) saidEnough.resolve()
  })
  const closed = new Promise<NodeJS.Signals | null>((resolve) => {
    working.on('close', (_, signal) => {
      saidEnough.resolve()
      resolve(signal)
    })
  })
  await saidEnough.promise
  // Not a wait for something to happen: the kill is meant to hit anywhere, and not right after an answer.
  await wait(random.below(10))
  working.kill('SIGKILL')
  expect(await closed, complaint).toBe('SIGKILL')
  return said.slice(0, said.lastIndexOf('\n')).split('\n')
}

function options() {
  return { clock: manualClock(), randomness: seededRandomness('looking at what is left') }
}
