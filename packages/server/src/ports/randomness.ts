/**
 * Where random values come from. The real one is the operating system's secure generator; tests may give a seeded one.
 */
export interface Randomness {
  /** `length` random bytes in a fresh buffer. */
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** A random GUID (version 4). */
  guid(): string
}
