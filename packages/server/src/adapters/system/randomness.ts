import { randomFillSync, randomUUID } from 'node:crypto'
import type { Randomness } from '../../ports/randomness.ts'

/** The operating system's secure generator. */
export const systemRandomness: Randomness = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  guid: () => randomUUID(),
}
