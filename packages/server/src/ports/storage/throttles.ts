import type { EpochMs, MemberId, SiteId } from '../../domain/ids.ts'
import type { Throttle, ThrottleKind } from '../../domain/throttle.ts'

/**
 * What is counted of attempts, and from which networks members have logged in. Keys and networks arrive as keyed hashes:
 * nothing here says who tried, or from where.
 */
export interface Throttles {
  /** What is counted, and whether a network is familiar: one question. */
  findThrottles(look: ThrottleLook): Promise<ThrottlesFound>
  /**
   * Counts attempts. Those at one key add up, whatever node they come from and however many come at once. They are counted by
   * the rule of their kind, as `countAttempts` of the domain says.
   */
  countAttempts(attempts: readonly Attempt[]): Promise<void>
  /** Forgets what is counted under these keys. Nothing, where nothing is. */
  forgetThrottles(keys: readonly string[]): Promise<void>
}

export interface Attempt {
  readonly key: string
  readonly kind: ThrottleKind
  readonly at: EpochMs
}

export interface ThrottleLook {
  readonly keys: readonly string[]
  /** Whether the member with this address has used this network; `null` where that is not asked. */
  readonly familiar: { readonly siteId: SiteId; readonly emailKey: string; readonly network: string } | null
}

export interface ThrottlesFound {
  /** By key. What is not there has no count; what has expired may still be there. */
  readonly throttles: ReadonlyMap<string, Throttle>
  /** When the network was last noted to be used; `null` where it is not familiar. */
  readonly familiarSince: EpochMs | null
}

/** The key of what is counted for an account from a network that its member has used, beside what is counted from elsewhere. */
export function keyFromNetwork(key: string, network: string): string {
  return `${key}.${network}`
}

/** A network that becomes familiar, or is used again. */
export interface FamiliarNetwork {
  readonly memberId: MemberId
  readonly network: string
  readonly usedAt: EpochMs
}

/** What a login that succeeded settles of the attempts before it, in the commit that starts its session. */
export interface SettledAttempts {
  /** Keys of throttles that are forgotten. */
  readonly forget: readonly string[]
  /** The network that it came from; `null` where that is not known, or was noted a short while ago. */
  readonly network: string | null
}
