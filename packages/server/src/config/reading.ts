/**
 * The outcome of reading one option: its value, or every rule it broke. A problem continues a sentence that begins with
 * the option's name, and tells the value seen unless the option is a secret.
 */
export type Reading<T> = { readonly value: T } | { readonly problems: readonly string[] }

/** A reading that broke one rule. */
export function refused(problem: string): { readonly problems: readonly string[] } {
  return { problems: [problem] }
}

const charactersShownMax = 120

/**
 * A value as problems show it: quoted, with control characters escaped so that it cannot forge a line of its own, cut
 * when long, and without what might be a password before an `@`.
 */
export function shown(value: string): string {
  const withoutUser = value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@')
  return JSON.stringify(
    withoutUser.length > charactersShownMax ? `${withoutUser.slice(0, charactersShownMax)}…` : withoutUser,
  )
}

/**
 * Reads a comma-separated list. Spaces around an entry are ignored; an empty entry is a problem, since it is what a
 * value that failed to expand leaves behind. Every bad entry is reported.
 */
export function readList<T>(text: string, readEntry: (entry: string) => Reading<T>): Reading<readonly T[]> {
  const values: T[] = []
  const problems: string[] = []
  for (const [index, each] of text.split(',').entries()) {
    const entry = each.trim()
    const reading = entry === '' ? refused('must not be empty') : readEntry(entry)
    if ('value' in reading) values.push(reading.value)
    else problems.push(...reading.problems.map((problem) => `entry ${index + 1} (${shown(entry)}) ${problem}`))
  }
  return problems.length === 0 ? { value: values } : { problems }
}
