/** Whether the breaks are noticed takes an hour to find out (`npm run mutants`); whether they can be made at all, a moment. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { Mutant } from './mutants/mutant.ts'

const root = resolve(import.meta.dirname, '../../..')
const lists = join(import.meta.dirname, 'mutants')

test('every deliberate break fits the code that it breaks, and names tests that are there', async () => {
  const problems: string[] = []
  let breaks = 0
  for (const name of readdirSync(lists).filter((each) => each !== 'mutant.ts')) {
    const { mutants }: { mutants: readonly Mutant[] } = await import(pathToFileURL(join(lists, name)).href)
    for (const { file, find, tests, breaks: what } of mutants) {
      breaks += 1
      const places = readFileSync(join(root, file), 'utf8').split(find).length - 1
      if (places !== 1) problems.push(`${name}: "${what}" fits ${places} places of ${file}`)
      for (const each of tests) readFileSync(join(root, each))
    }
  }
  expect(problems).toEqual([])
  expect(breaks).toBeGreaterThan(300)
})
