/** `npm run coverage-page`: writes `docs/coverage.md`: which requirement rows are shown, by which tests, with how many deliberate breaks. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { coveragePage } from '../packages/server/test/support/coverage-page.ts'

writeFileSync(resolve(import.meta.dirname, '../docs/coverage.md'), await coveragePage())
