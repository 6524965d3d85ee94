import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { configurationReference } from './reference.ts'

test('docs/configuration.md is what the table of options generates', async () => {
  const page = new URL('../../../../docs/configuration.md', import.meta.url)
  expect(await readFile(page, 'utf8'), '`npm run configuration-page` writes it').toBe(configurationReference())
})
