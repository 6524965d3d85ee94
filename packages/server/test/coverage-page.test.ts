import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { requirementRows } from './requirement-rows.ts'
import { breaksByRow, coveragePage, filesByRow } from './support/coverage-page.ts'

const docs = resolve(import.meta.dirname, '../../../docs')

test('the coverage page says what the tests and the deliberate breaks say', async () => {
  expect(await readFile(join(docs, 'coverage.md'), 'utf8'), '`npm run coverage-page` writes it').toBe(
    await coveragePage(),
  )
})

test('every row that is claimed has a test with its ID and a deliberate break', async () => {
  const [tests, breaks] = [await filesByRow(), await breaksByRow()]
  const claimed = Object.keys(requirementRows)
  expect(claimed.filter((row) => !tests.has(row))).toEqual([])
  expect(claimed.filter((row) => !breaks.has(row))).toEqual([])
})
