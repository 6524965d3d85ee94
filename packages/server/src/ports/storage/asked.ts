import type { EpochMs } from '../../domain/ids.ts'

/** What every write says of the request that asked for it. */
export interface Asked {
  readonly at: EpochMs
  readonly requestId: string
}
