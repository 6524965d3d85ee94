import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../../../../scripts/build.ts'

/** Below the packages of the checkout, where the built program finds those that it depends on. */
const place = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url))

/** The package as a release publishes it, in a directory of its own that is removed afterwards. */
export async function builtPackage(): Promise<{ readonly directory: string; readonly program: string } & Disposable> {
  mkdirSync(place, { recursive: true })
  const directory = mkdtempSync(join(place, 'adjourn-built-'))
  const program = await build(directory)
  return { directory, program, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}
