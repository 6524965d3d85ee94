import { createCipheriv, hash } from 'node:crypto'
import type { Randomness } from '../../src/ports/randomness.ts'

/** Randomness that is the same in every run, with what generated tests ask of it besides. */
export interface SeededRandomness extends Randomness {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
  /** One of the choices. */
  pick<T>(choices: readonly [T, ...T[]]): T
}

/**
 * Makes a source of bytes that a seed determines: the key stream of AES-128-CTR under a key made of the seed. Bytes never
 * repeat in practice, so identifiers stay unique; nothing about them is secret.
 */
export function seededRandomness(seed: number | string): SeededRandomness {
  const stream = createCipheriv('aes-128-ctr', hash('sha256', String(seed), 'buffer').subarray(0, 16), Buffer.alloc(16))

  function bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(stream.update(new Uint8Array(length)))
  }

  function below(limit: number): number {
    return new DataView(bytes(4).buffer).getUint32(0) % limit
  }

  return {
    bytes,
    below,
    guid: () => {
      const hex = Buffer.from(bytes(16)).toString('hex')
      const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3]
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
    },
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  }
}
