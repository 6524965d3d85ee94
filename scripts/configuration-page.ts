/** `npm run configuration-page`: writes `docs/configuration.md` from the table of options. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { configurationReference } from '../packages/server/src/config/reference.ts'

writeFileSync(resolve(import.meta.dirname, '../docs/configuration.md'), configurationReference())
