import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(import.meta.resolve('../../'))

/** Where the program is that a release publishes, once `build` has been called. */
export const builtProgram = join(root, 'packages/server/dist/adjourn.js')

/**
 * Does what `npm run build` does.
 *
 * @throws {Error} With what was said, when it fails.
 */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The server could not be built:\n${stderr}`)
}
