import { glob, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from '../mutants/mutant.ts'
import { requirementRows } from '../requirement-rows.ts'

const root = resolve(import.meta.dirname, '../../../..')
const server = 'packages/server/'

/**
 * The page about the requirement rows, made from the tests themselves: a row is shown by the files with a test whose name
 * begins with its ID.
 */
export async function coveragePage(): Promise<string> {
  const tests = await filesByRow()
  const breaks = await breaksByRow()
  const lines = Object.entries(requirementRows).map(([row, { says, later = '' }]) => {
    const files = (tests.get(row) ?? []).map((file) => `\`${file}\``).join('<br>')
    return `| ${row} | ${says} | ${files} | ${breaks.get(row) ?? 0} | ${later} |`
  })
  return [
    '# Coverage of the security requirements',
    '',
    'Made by `npm run coverage-page` from the names of the tests and the lists in `packages/server/test/mutants`; a test',
    'keeps it so. Paths begin at `packages/server`, those with `e2e` or `packages` at the root. A row counts as shown when its test',
    'fails once the behaviour is broken on purpose: the fourth column says how many such breaks `npm run mutants` tries. Rows that say',
    '"in every browser" are shown in Chromium alone, by the files in `e2e`, and those that say "on every node" for one node, except',
    'where the tests of PostgreSQL show several.',
    '',
    '| row | what holds | shown by | breaks | later |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
    'Rows that are not listed are about features that are not built: OpenID Connect logout and its back and front channels (B, F,',
    'most of L), introspection, revocation and status lists (rest of T), shared signals (E), recovery, throttles and second factors',
    '(rest of P, S), receipts (rest of A), and replicas, backups and mixed versions (rest of D).',
    '',
  ].join('\n')
}

/** Every row that a test's name begins with, with the files. */
export async function filesByRow(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, Set<string>>()
  const paths = await Array.fromAsync(glob(['packages/*/{src,test}/**/*.ts', 'e2e/*.ts'], { cwd: root }))
  for (const path of paths.toSorted()) {
    const file = path.startsWith(server) ? path.slice(server.length) : path
    if (file.startsWith('test/mutants/') || file === 'test/requirement-rows.ts') continue
    const text = await readFile(join(root, path), 'utf8')
    for (const [, ids = ''] of text.matchAll(/['"`]((?:[A-Z]-\d\d(?:, | and )?)+): /g)) {
      for (const [id] of ids.matchAll(/[A-Z]-\d\d/g)) found.set(id, (found.get(id) ?? new Set()).add(file))
    }
  }
  return new Map([...found].map(([row, files]) => [row, [...files]]))
}

/** How many deliberate breaks each row has. */
export async function breaksByRow(): Promise<ReadonlyMap<string, number>> {
  const count = new Map<string, number>()
  for await (const file of glob(`${server}test/mutants/*.ts`, { cwd: root })) {
    if (basename(file) === 'mutant.ts') continue
    const { mutants }: { mutants: readonly Mutant[] } = await import(pathToFileURL(join(root, file)).href)
    for (const row of mutants.flatMap(({ rows }) => rows)) count.set(row, (count.get(row) ?? 0) + 1)
  }
  return count
}
