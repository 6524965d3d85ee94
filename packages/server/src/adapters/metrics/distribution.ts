import type { Labels, Sample } from './samples.ts'

/** How often values fell below which bound. Counting is a few comparisons and allocates nothing. */
export class Distribution {
  readonly #bounds: readonly number[]
  /** One more than there are bounds: the last is of what is above them all. */
  readonly #counts: number[]
  #sum = 0

  /** @param bounds - In rising order. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let place = 0
    while (place < bounds.length && value > (bounds[place] ?? 0)) place += 1
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#sum += value
  }

  samples(labels: Labels): readonly Sample[] {
    let total = 0
    const buckets = this.#counts.map((count, place): Sample => {
      total += count
      const bound = this.#bounds[place]
      return {
        suffix: '_bucket',
        labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
        value: total,
      }
    })
    return [...buckets, { suffix: '_sum', labels, value: this.#sum }, { suffix: '_count', labels, value: total }]
  }
}

/** Of what takes half a millisecond to ten seconds. */
export const secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** Of deliveries, which are repeated for hours. */
export const deliveryBounds = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400]
