import type { EpochMs } from '../domain/ids.ts'
import type { Source } from '../domain/network.ts'
import { type ThrottleKind, waitOf } from '../domain/throttle.ts'
import { Throttled } from '../protocol/throttled.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'
import { throttleKey } from './throttle-keys.ts'

/** As many as are remembered at once. Whoever is forgotten is found to be blocked again by their next failure. */
const blockedMost = 10_000

/**
 * The sources that this node knows to be blocked: what keeps requests that succeed from asking the database about them.
 *
 * What is counted lies in the database, for all nodes. A node learns that a source is blocked when one of its requests fails
 * there, so that with each node a source gets one failure more.
 */
export class BlockedSources {
  readonly #until = new Map<string, EpochMs>()

  get isEmpty(): boolean {
    return this.#until.size === 0
  }

  block(key: string, until: EpochMs): void {
    this.#until.delete(key)
    this.#until.set(key, until)
    const [oldest] = this.#until.keys()
    if (this.#until.size > blockedMost && oldest !== undefined) this.#until.delete(oldest)
  }

  /** How long the source has to wait; 0 where it need not. */
  waitOf(key: string, at: EpochMs): number {
    const until = this.#until.get(key)
    if (until === undefined) return 0
    if (at >= until) this.#until.delete(key)
    return Math.max(0, until - at)
  }
}

/**
 * Does something of which a source may fail only so often. What succeeds is not counted and asks the database nothing.
 *
 * @param isFailure - Whether an error, or what the attempt came to, counts as a failure.
 * @throws {Throttled} When the source has failed too often.
 */
export async function limitFailures<T>(
  service: Service,
  kind: ThrottleKind,
  source: Source | null,
  attempt: () => Promise<T>,
  isFailure: (outcome: { readonly value: T } | { readonly error: unknown }) => boolean,
): Promise<T> {
  if (source === null) return attempt()
  if (!service.blockedSources.isEmpty) {
    const waitMs = service.blockedSources.waitOf(throttleKey(service, kind, source.address), service.clock.now())
    if (waitMs > 0) throw new Throttled(waitMs)
  }
  let value: T
  try {
    value = await attempt()
  } catch (error) {
    if (isFailure({ error })) await countFailure(service, kind, source)
    throw error
  }
  if (isFailure({ value })) await countFailure(service, kind, source)
  return value
}

async function countFailure(service: Service, kind: ThrottleKind, source: Source): Promise<void> {
  const { settings } = await findSite(service)
  if (settings.limits === 'lifted') return
  const key = throttleKey(service, kind, source.address)
  await service.storage.countAttempts([{ key, kind, at: service.clock.now() }])
  const { throttles } = await service.storage.findThrottles({ keys: [key], familiar: null })
  const at = service.clock.now()
  const waitMs = waitOf(throttles.get(key), at)
  if (waitMs > 0) service.blockedSources.block(key, at + waitMs)
}
