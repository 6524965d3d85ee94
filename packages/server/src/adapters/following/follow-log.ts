import type { LogEntry } from '../../domain/revocation-log.ts'
import { type LogFollower, StorageUnavailable } from '../../ports/storage.ts'
import type { Wakings } from './wakings.ts'

/** How many entries are read at once. */
const pageSize = 1000

/**
 * Reads the revocation log on and on, from the last number that was given, and waits where it ends. That is all there is to
 * losing nothing and giving nothing twice, since numbers become visible in their order.
 *
 * @param read - Entries above a number, in order. While it rejects with {@link StorageUnavailable}, it is asked again.
 * @param lookEveryMs - How long to wait for being woken.
 * @throws Whatever else `read` or the follower throws.
 */
export async function followLog(options: {
  readonly after: number
  readonly read: (after: number, limit: number) => Promise<readonly LogEntry[]>
  readonly follower: LogFollower
  readonly wakings: Wakings
  readonly lookEveryMs: number
  readonly signal: AbortSignal
}): Promise<void> {
  const { read, follower, wakings, lookEveryMs, signal } = options
  let after = options.after
  while (!signal.aborted) {
    const count = wakings.count
    const entries = await read(after, pageSize).catch((error: unknown) => {
      if (error instanceof StorageUnavailable) return undefined
      throw error
    })
    if (signal.aborted) return
    const last = entries?.at(-1)
    if (entries !== undefined && last !== undefined) {
      await follower(entries)
      after = last.n
    }
    if ((entries?.length ?? 0) < pageSize) await wakings.next(count, lookEveryMs, signal)
  }
}
