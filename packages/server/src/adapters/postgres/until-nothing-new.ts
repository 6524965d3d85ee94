/** A few: what shares a statement is answered together, so whoever was first waits for the last. */
const turnsMost = 4

/**
 * Waits until a turn of the event loop has brought nothing new, or a few have passed.
 *
 * Callers who have just been answered often ask again at once. Without the wait they would miss the statement of the others by
 * a hair each time, and there would be twice as many statements of half the size.
 *
 * @param count - How much has gathered so far.
 */
export async function untilNothingNew(count: () => number): Promise<void> {
  let before = 0
  for (let turns = 0; turns < turnsMost && count() > before; turns += 1) {
    before = count()
    await new Promise(setImmediate)
  }
}
