import { expect, test } from 'vitest'
import type { LogEntry } from '../../src/domain/revocation-log.ts'
import type { OpenWorld, World } from './world.ts'

export function followingConformance(open: OpenWorld): void {
  test('a follower is handed what is in the log and then what comes, each entry once and in order', async () => {
    await using world = await open()
    await endSome(world, 3)
    await using following = follow(world, 0)
    await following.reached(3)
    await endSome(world, 2)
    await following.reached(5)
    await endSome(world, 4)
    await following.reached(9)
    expect(following.seen).toEqual(await world.storage.readLog(0, 100))
  })

  test('who follows on from a number is handed nothing up to it', async () => {
    await using world = await open()
    await endSome(world, 5)
    await using following = follow(world, 3)
    await endSome(world, 1)
    await following.reached(6)
    expect(following.seen.map(({ n }) => n)).toEqual([4, 5, 6])
  })

  test('a follower that takes its time is handed nothing meanwhile, and holds up no end', async () => {
    await using world = await open()
    const resume = Promise.withResolvers<void>()
    await endSome(world, 1)
    await using following = follow(world, 0, () => resume.promise)
    await following.reached(1)
    await endSome(world, 3)
    expect(following.seen).toHaveLength(1)
    resume.resolve()
    await following.reached(4)
    expect(following.seen.map(({ n }) => n)).toEqual([1, 2, 3, 4])
  })

  test('a stop ends the following, also while nothing happens, and who follows anew goes on from there', async () => {
    await using world = await open()
    const first = follow(world, 0)
    await endSome(world, 2)
    await first.reached(2)
    await first[Symbol.asyncDispose]()
    await endSome(world, 2)
    expect(first.seen).toHaveLength(2)
    await using second = follow(world, 2)
    await second.reached(4)
    expect(second.seen.map(({ n }) => n)).toEqual([3, 4])
  })

  test('what a follower throws ends its following and nobody else’s', async () => {
    await using world = await open()
    await using other = follow(world, 0)
    const refuse = () => {
      throw new RangeError('not this one')
    }
    const isRefused = expect(world.storage.followLog(0, refuse, AbortSignal.any([]))).rejects.toThrow('not this one')
    await endSome(world, 2)
    await isRefused
    await other.reached(2)
  })

  test('closing the storage ends every following', async () => {
    await using world = await open()
    const ended = [0, 0].map((after) => world.storage.followLog(after, () => {}, AbortSignal.any([])))
    await world.storage.close()
    await Promise.all(ended)
  })
}

/** Ends so many sessions, one commit each. */
async function endSome(world: World, count: number): Promise<void> {
  const member = await world.addMember()
  for (let left = count; left > 0; left -= 1) {
    const { id } = await world.addSession(member)
    await world.end({ by: 'id', id })
  }
}

function follow(world: World, after: number, pause: () => Promise<void> = async () => {}) {
  const stop = new AbortController()
  const seen: LogEntry[] = []
  let told = () => {}
  const ended = world.storage.followLog(
    after,
    async (entries) => {
      seen.push(...entries)
      told()
      await pause()
    },
    stop.signal,
  )
  return {
    seen,
    /** Resolves once a number has been handed over. */
    reached: async (n: number) => {
      while ((seen.at(-1)?.n ?? 0) < n) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
