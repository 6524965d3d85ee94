import type { EpochMs } from '../../domain/ids.ts'
import type { Channel } from '../measurements.ts'

export interface Duties {
  /**
   * How much is owed to whom: every channel once, in no order. Settled duties are not counted, so that it costs no more than
   * what is left to do. Reads and changes nothing.
   */
  owedDuties(): Promise<readonly OwedDuties[]>
}

export interface OwedDuties {
  readonly channel: Channel
  /** Neither delivered nor given up. */
  readonly pending: number
  /** When the oldest of these was committed; `null` where there is none. */
  readonly oldestOwedAt: EpochMs | null
  /** Given up. */
  readonly failed: number
}
