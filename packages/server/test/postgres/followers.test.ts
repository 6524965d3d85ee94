/** Those who follow the log while several nodes write it, on a network that fails: they lose nothing and see nothing twice. */
import { afterAll, describe, expect, test } from 'vitest'
import type { Storage } from '../../src/ports/storage.ts'
import { type World, worldOpener } from '../storage-conformance/world.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { PostgresTestDatabase } from '../support/postgres-test-database.ts'
import { generatedTestTimeoutMs, runs } from '../support/runs.ts'
import { type SeededRandomness, seededRandomness } from '../support/seeded-randomness.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const server = PostgresServer.start()
afterAll(async () => (await server)[Symbol.asyncDispose]())

const open = worldOpener(async (options) => PostgresTestDatabase.create(await server, options))
type PostgresWorld = World<PostgresTestDatabase>

const seed = process.env['SEED'] ?? 'followers'
const hour = 60 * 60_000

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise(setImmediate)
}

/** What is wrong with the numbers that a follower was handed, if anything is: they must be 1 to `count`. */
function problemOf(seen: readonly number[], count: number): string | undefined {
  for (const [index, n] of seen.entries()) {
    if (n !== index + 1) return `after ${seen[index - 1] ?? 0} came ${n}`
  }
  return seen.length === count ? undefined : `${seen.length} came, and ${count} were written`
}

/** One that is paused and stopped at random, and follows on from the last number it was handed. */
async function followRestlessly(
  node: Storage,
  until: () => boolean,
  random: SeededRandomness,
  seen: number[],
): Promise<void> {
  while (!until()) {
    const stop = new AbortController()
    let pagesLeft = 1 + random.below(8)
    await node.followLog(
      seen.at(-1) ?? 0,
      async (entries) => {
        seen.push(...entries.map(({ n }) => n))
        await turns(random.below(20))
        pagesLeft -= 1
        if (pagesLeft === 0) stop.abort()
      },
      AbortSignal.any([stop.signal, untilSignal(until)]),
    )
  }
}

/** Stops once something is true, which is looked at in every turn. */
function untilSignal(isTrue: () => boolean): AbortSignal {
  const stop = new AbortController()
  const look = () => (isTrue() ? stop.abort() : setImmediate(look))
  look()
  return stop.signal
}

/**
 * Two nodes end sessions at full speed, one at a time or in batches, while three follow on a third, whose network is cut off
 * at random. Gives what is wrong with what they were handed.
 */
async function runFollowers(world: PostgresWorld, { count, batchMost }: { count: number; batchMost: number }) {
  const random = seededRandomness(seed)
  const writers = [await world.database.openAnother(), await world.database.openAnother()]
  await using proxy = await TcpProxy.start(world.database.server.port)
  const node = await world.database.openAnother({ port: proxy.port, lookEveryMs: 20 })
  const member = await world.addMember()
  const sessions = await Promise.all(Array.from({ length: count }, () => world.addSession(member)))

  let isOver = false
  let cuts = 0
  const seen: number[][] = [[], [], []]
  const isFollowed = seen.map((own) => followRestlessly(node, () => isOver, random, own))
  await Promise.all(
    writers.map(async (writer, half) => {
      const own = sessions.filter((_, index) => index % 2 === half)
      const halfOfThem = own.length / 2
      while (own.length > 0) {
        // Otherwise all that was tested, on a slow machine, is a log at which nobody writes any more.
        if (own.length < halfOfThem && seen.some(({ length }) => length < count / 10)) {
          proxy.become('fair')
          await turns(1)
          continue
        }
        const some = own.splice(0, 1 + random.below(batchMost))
        await Promise.all(some.map(({ secret }) => writer.endSessions([world.anEnd({ by: 'secret', hash: secret })])))
        if (random.below(4) === 0) proxy.become('fair')
        if (random.below(10) > 0) continue
        proxy.become(random.below(2) === 0 ? 'refusing' : 'fair')
        proxy.cut()
        cuts += 1
      }
    }),
  )
  isOver = true
  proxy.become('fair')
  const last = await world.database.lastLogNumber()
  const problems: (string | undefined)[] = []
  await Promise.all(isFollowed)
  for (const own of seen) problems.push(problemOf([...own, ...(await rest(node, own.at(-1) ?? 0, last))], count))
  await Promise.all([...writers, node].map((each) => each.close()))
  return { problems, cuts }
}

/** What is handed to one that follows on from a number, up to the last. */
async function rest(node: Storage, after: number, last: number): Promise<readonly number[]> {
  if (after >= last) return []
  const stop = new AbortController()
  const seen: number[] = []
  const take = (entries: readonly { readonly n: number }[]) => {
    seen.push(...entries.map(({ n }) => n))
    if ((seen.at(-1) ?? 0) >= last) stop.abort()
  }
  await node.followLog(after, take, stop.signal)
  return seen
}

describe('following the log', () => {
  test(
    `two nodes commit at full speed and followers are paused, cut off and restarted: each sees every number once and in order (seed ${seed})`,
    async () => {
      await using world = await open()
      const { problems, cuts } = await runFollowers(world, { count: runs({ test: 600, soak: 100_000 }), batchMost: 6 })
      expect(problems).toEqual([undefined, undefined, undefined])
      expect(cuts).toBeGreaterThan(3)
    },
    generatedTestTimeoutMs,
  )

  test('with numbers from a sequence in place of the log’s head the same followers miss entries', async () => {
    await using world = await open()
    await numberBySequence(world)
    const { problems } = await runFollowers(world, { count: 200, batchMost: 1 })
    expect(problems.filter((problem) => problem !== undefined)).not.toEqual([])
  })

  test('a commit on one node wakes those who follow on another', async () => {
    await using world = await open()
    const node = await world.database.openAnother({ lookEveryMs: hour })
    const member = await world.addMember()
    const handed: (() => void)[] = []
    const stop = new AbortController()
    const following = node.followLog(0, () => handed.shift()?.(), stop.signal)
    for (let round = 0; round < 5; round += 1) {
      const isHanded = new Promise<void>((resolve) => handed.push(resolve))
      const { id } = await world.addSession(member)
      // The first is there before the node listens, or wakes it: either way it is handed over.
      await world.end({ by: 'id', id })
      await isHanded
    }
    stop.abort()
    await following
    await node.close()
  })

  test('followers stop at once when their node is closed, whether or not the network lets anything through', async () => {
    await using world = await open()
    for (const weather of ['fair', 'refusing'] as const) {
      await using proxy = await TcpProxy.start(world.database.server.port)
      const node = await world.database.openAnother({ port: proxy.port, lookEveryMs: hour })
      const { id } = await world.addSession(await world.addMember())
      await world.end({ by: 'id', id })
      const isHanded = Promise.withResolvers<void>()
      const following = node.followLog(0, () => isHanded.resolve(), AbortSignal.any([]))
      await isHanded.promise
      proxy.become(weather)
      if (weather === 'refusing') proxy.cut()
      await node.close()
      await following
    }
  })
})

/**
 * Makes the database number entries as a sequence would: a number is taken when a transaction asks for it, and seen when
 * that commits, in whatever order. Some commit a little later, so that this is certain to happen.
 */
async function numberBySequence(world: PostgresWorld): Promise<void> {
  const sql = world.database.look()
  await sql.unsafe(`
    CREATE SCHEMA unlocked;
    CREATE FUNCTION unlocked.pg_advisory_xact_lock(int, int) RETURNS void LANGUAGE sql AS '';
    ALTER DATABASE ${world.database.name} SET search_path = public, unlocked, pg_catalog;
    CREATE SEQUENCE log_number;
    ALTER TABLE log_head RENAME TO former_log_head;
    CREATE VIEW log_head AS SELECT * FROM former_log_head;
    CREATE FUNCTION take_number() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.n := nextval('log_number');
        IF NEW.n % 2 = 0 THEN PERFORM pg_sleep(0.005); END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER take_number INSTEAD OF UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION take_number()`)
  await sql.end({ timeout: 1 })
}
