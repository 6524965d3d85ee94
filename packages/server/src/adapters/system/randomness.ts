import { randomFillSync, randomUUID } from 'node:crypto'
import type { Randomness } from '../../ports/randomness.ts'

/** Drawn at once: every logout needs a salt, and most of what 16 bytes cost is the asking. */
const drawn = Buffer.alloc(4096)
let used = drawn.length

/** The operating system's secure generator. Bytes that were handed out are not kept. */
export const systemRandomness: Randomness = {
  bytes: (length) => {
    if (length > drawn.length) return randomFillSync(new Uint8Array(length))
    if (used + length > drawn.length) {
      randomFillSync(drawn)
      used = 0
    }
    const bytes = new Uint8Array(drawn.subarray(used, used + length))
    drawn.fill(0, used, used + length)
    used += length
    return bytes
  },
  guid: () => randomUUID(),
}
