/**
 * The name that needs the fewest letters inserted, removed or replaced to become the one given; the first of equals.
 *
 * @throws {RangeError} When there are no names to choose from.
 */
export function closestName(given: string, names: readonly string[]): string {
  const [first, ...others] = names
  if (first === undefined) throw new RangeError('closestName needs at least one name to choose from')
  return others.reduce((best, name) => (editDistance(given, name) < editDistance(given, best) ? name : best), first)
}

/** Levenshtein's distance, one row of the table at a time. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
      const removed = (previous[column] ?? 0) + 1
      const inserted = (current[column - 1] ?? 0) + 1
      current.push(Math.min(replaced, removed, inserted))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
