import type { Source } from '../domain/network.ts'
import { type ThrottleKind, waitOf } from '../domain/throttle.ts'
import type { Attempt } from '../ports/storage.ts'
import { Throttled } from '../protocol/throttled.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'
import { throttleKey } from './throttle-keys.ts'

/** Of what there may be only so much: for a source, for an account, or for both. */
export interface LimitedRequest {
  readonly source?: { readonly kind: ThrottleKind; readonly of: Source | null }
  /** `of` is an address in its canonical form, whether anybody has it or not. */
  readonly account?: { readonly kind: ThrottleKind; readonly of: string }
}

/**
 * Refuses a request of which there have been too many, and names what it counts for otherwise.
 *
 * Counts nothing by itself: what comes back is counted by whoever carries the request out, in the same commit where it has one,
 * and with `countAttempts` where not.
 *
 * @throws {Throttled} When there have been too many.
 */
export async function admitRequest(service: Service, { source, account }: LimitedRequest): Promise<readonly Attempt[]> {
  const counted = [
    ...(source === undefined || source.of === null
      ? []
      : [{ kind: source.kind, key: throttleKey(service, source.kind, source.of.address) }]),
    ...(account === undefined ? [] : [{ kind: account.kind, key: throttleKey(service, account.kind, account.of) }]),
  ]
  if (counted.length === 0) return []
  const [{ settings }, { throttles }] = await Promise.all([
    findSite(service),
    service.storage.findThrottles({ keys: counted.map(({ key }) => key), familiar: null }),
  ])
  if (settings.limits === 'lifted') return []
  const at = service.clock.now()
  const waitMs = Math.max(...counted.map(({ key }) => waitOf(throttles.get(key), at)))
  if (waitMs > 0) throw new Throttled(waitMs)
  return counted.map((each) => ({ ...each, at }))
}
