import type { EpochMs } from '../domain/ids.ts'

/** What time it is. Everything that needs the time is given one of these; nothing reads the machine's clock itself. */
export interface Clock {
  now(): EpochMs
}
