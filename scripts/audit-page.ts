/** `npm run audit-page`: writes the tables of events and causes into `docs/audit.md`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withTables } from '../packages/server/test/support/audit-page.ts'

const path = resolve(import.meta.dirname, '../docs/audit.md')
writeFileSync(path, withTables(readFileSync(path, 'utf8')))
