/**
 * Breaks the code on purpose, one break at a time, and checks that the tests notice.
 *
 * `npm run mutants` tries them all; `npm run mutants -- L-14` those whose row, list or file contains every word given.
 * Works in a copy, so that the tree is never broken. Exits with 1 when a break went unnoticed, or no longer fits the code.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from '../packages/server/test/mutants/mutant.ts'

const root = resolve(import.meta.dirname, '..')
const words = process.argv.slice(2)

const mutants: { readonly list: string; readonly mutant: Mutant }[] = []
for await (const path of glob('packages/*/test/mutants/*.ts', { cwd: root })) {
  if (basename(path) === 'mutant.ts') continue
  const { mutants: listed }: { mutants: readonly Mutant[] } = await import(pathToFileURL(join(root, path)).href)
  mutants.push(...listed.map((mutant) => ({ list: basename(path, '.ts'), mutant })))
}
const chosen = mutants.filter(({ list, mutant }) =>
  words.every((word) => [list, mutant.file, ...mutant.rows].some((text) => text.includes(word))),
)

const copy = mkdtempSync(join(tmpdir(), 'adjourn-mutants-'))
let unnoticed = 0
try {
  cpSync(root, copy, { recursive: true, filter: (path) => !/(?:^|\/)(?:node_modules|\.git|data)$/.test(path) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const { mutant } of chosen) {
    const outcome = attempt(mutant)
    if (outcome !== 'noticed') unnoticed += 1
    process.stdout.write(`${outcome === 'noticed' ? 'ok  ' : 'FAIL'} ${mutant.rows.join(', ')}: ${mutant.breaks}`)
    process.stdout.write(outcome === 'noticed' ? '\n' : ` (${outcome}, ${mutant.file})\n`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
process.stdout.write(`\n${chosen.length - unnoticed} of ${chosen.length} deliberate breaks were noticed\n`)
process.exitCode = unnoticed === 0 ? 0 : 1

function attempt({ file, find, replace, tests }: Mutant): 'noticed' | 'unnoticed' | 'does not fit the code' {
  const path = join(copy, file)
  const original = readFileSync(path, 'utf8')
  if (original.split(find).length !== 2) return 'does not fit the code'
  writeFileSync(
    path,
    original.replace(find, () => replace),
  )
  try {
    const { status } = spawnSync('npx', ['vitest', 'run', '--bail', '1', ...tests], { cwd: copy, stdio: 'ignore' })
    return status === 0 ? 'unnoticed' : 'noticed'
  } finally {
    writeFileSync(path, original)
  }
}
