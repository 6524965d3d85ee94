import type { Labels } from './samples.ts'

/**
 * So many series has a metric at most. Callers have few values for a label; this is for the mistake of the future, by which a
 * caller of ours would otherwise let strangers fill the memory of whoever collects.
 */
const seriesMost = 1000

/** What stands for the labels of all series above the limit. */
const other = 'other'

/** The series of one metric, by up to two labels. Finding one that is there allocates nothing. */
export class Series<T> {
  readonly #names: readonly [string, string?]
  readonly #make: () => T
  readonly #series = new Map<string, Map<string, T>>()
  #size = 0

  constructor(names: readonly [string, string?], make: () => T) {
    this.#names = names
    this.#make = make
  }

  /** The series with these values, made when it is first asked for. An empty value is a label that is not there. */
  of(first: string, second = ''): T {
    return this.#series.get(first)?.get(second) ?? this.#add(first, second)
  }

  *[Symbol.iterator](): Generator<readonly [Labels, T]> {
    const [first, second = ''] = this.#names
    for (const [firstValue, inner] of this.#series) {
      for (const [secondValue, series] of inner) {
        yield [{ ...labelOf(first, firstValue), ...labelOf(second, secondValue) }, series]
      }
    }
  }

  #add(first: string, second: string): T {
    if (this.#size >= seriesMost && first !== other) return this.of(other, second === '' ? '' : other)
    const series = this.#make()
    const inner = this.#series.get(first) ?? new Map<string, T>()
    this.#series.set(first, inner.set(second, series))
    this.#size += 1
    return series
  }
}

function labelOf(name: string, value: string): Labels {
  return value === '' ? {} : { [name]: value }
}
