/**
 * Which numbers have ended, and why: one byte each, in memory.
 *
 * The revocation log is the truth; this is its index, filled from it when the database is opened and changed only after
 * this process's own commits, which are the only ones while the file is held. Numbers are given in order and never used
 * twice, so a flat array serves: five million sessions take five megabytes, and a look-up costs nothing.
 */
export class EndedIndex {
  #first: number
  #codes: Uint8Array

  /** @param first - The lowest number that still has a row. */
  constructor(first: number) {
    this.#first = first
    this.#codes = new Uint8Array(1024)
  }

  /** The cause code of an end, or 0. */
  get(number: number): number {
    return this.#codes[number - this.#first] ?? 0
  }

  set(number: number, code: number): void {
    const index = number - this.#first
    // A number from before the first row: whatever it named is gone, and absence already means refused.
    if (index < 0) return
    if (index >= this.#codes.length) this.#grow(index + 1)
    this.#codes[index] = code
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, this.#codes.length * 2))
    grown.set(this.#codes)
    this.#codes = grown
  }
}
