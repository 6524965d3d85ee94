const firstMs = 100
const longestMs = 30_000

/** Who has served for this long did not die of how it was started. */
export const settledAfterMs = 60_000

/**
 * How long to wait before a worker is replaced: hardly at all after one death, and ever longer while replacements die
 * soon, so that a machine on which nothing can start is not kept busy by trying.
 *
 * @param deaths - How many have died in a row in this place, none of them settled.
 * @returns Milliseconds.
 */
export function replaceAfterMs(deaths: number): number {
  return Math.min(firstMs * 2 ** Math.max(0, deaths - 1), longestMs)
}
