/** Counts latencies in steps of 10 microseconds below 100 ms and of 1 ms above, so that recording costs nothing. */
export class Histogram {
  readonly #fine = new Uint32Array(10_000)
  readonly #coarse = new Uint32Array(60_000)
  #count = 0
  #max = 0

  record(ms: number): void {
    this.#count += 1
    if (ms > this.#max) this.#max = ms
    const counts = ms < 100 ? this.#fine : this.#coarse
    const step = ms < 100 ? (ms * 100) | 0 : Math.min(counts.length - 1, ms | 0)
    counts[step] = (counts[step] ?? 0) + 1
  }

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  /** The latency that this part of all answers does not exceed, up to the step's width. 0 when nothing was recorded. */
  quantile(part: number): number {
    let left = Math.ceil(this.#count * part)
    if (left === 0) return 0
    for (const [counts, width] of [
      [this.#fine, 0.01],
      [this.#coarse, 1],
    ] as const) {
      for (let step = 0; step < counts.length; step += 1) {
        left -= counts[step] ?? 0
        if (left <= 0) return Math.min(this.#max, (step + 1) * width)
      }
    }
    return this.#max
  }
}
