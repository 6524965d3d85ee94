import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { withTables } from './support/audit-page.ts'

test('the page about the audit log names every event and every cause that there is', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../../docs/audit.md'), 'utf8')
  expect(page, '`npm run audit-page` writes it').toBe(withTables(page))
})
