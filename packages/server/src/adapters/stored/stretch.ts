/** Reading a large table by its numbers, in portions of which none takes long. */

/** A stretch of numbers: from one up to below another. */
export interface Stretch {
  readonly from: number
  readonly below: number
  /** Whether there is more behind it, in the direction of the reading. */
  readonly goesOn: boolean
}

export type Direction = 'newest' | 'oldest'

/** What there is to read: from the number `low` up to below `high`; nothing where the two are one. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

/**
 * The stretch that a page looks at.
 *
 * @param cursor - The number behind which it begins; `null` for the first page.
 * @param look - How many numbers it may hold.
 */
export function stretchOf({ low, high }: Bounds, direction: Direction, cursor: number | null, look: number): Stretch {
  if (direction === 'newest') {
    const below = Math.min(high, cursor ?? high)
    const from = Math.max(low, below - look)
    return { from, below, goesOn: from > low }
  }
  const from = Math.max(low, cursor === null ? low : cursor + 1)
  const below = Math.min(high, from + look)
  return { from, below, goesOn: below < high }
}

/**
 * Behind which number the next page begins; `null` when there is nothing there.
 *
 * @param last - The number of the last row of a full page, which has looked no further than to it; else `undefined`.
 */
export function nextOf(
  { from, below, goesOn }: Stretch,
  direction: Direction,
  last: number | undefined,
): number | null {
  const newest = direction === 'newest'
  if (last === undefined) {
    if (!goesOn) return null
    return newest ? from : below - 1
  }
  const isAll = !goesOn && (newest ? last <= from : last >= below - 1)
  return isAll ? null : last
}
