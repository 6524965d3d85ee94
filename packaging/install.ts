import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.ts'
import type { Packed } from './pack.ts'
import { placeDependencies } from './place-dependencies.ts'

/**
 * Has npm install a packed package in an empty folder, as whoever uses it does.
 *
 * Without a network, npm needs what the registry says of each dependency, and that is not in its cache after `npm ci` of a lock
 * file. So the dependencies that the package declares are in the folder before (not in npm's cache, which another machine may
 * keep elsewhere): npm finds them in place, checks that they are what the package asks for, and removes what nobody
 * asks for. One that is not declared is missing, and one that the checkout does not have makes the installation fail.
 *
 * @returns The folder.
 */
export async function install(packed: Packed, workplace: string): Promise<string> {
  const directory = join(workplace, 'installed', packed.name)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'site', private: true, type: 'module' }))
  const dependencies = Object.keys(packed.manifest.dependencies ?? {})
  if (dependencies.length > 0) {
    placeDependencies(dependencies, directory)
    // Their commands are links; a package that lacks them would be fetched anew.
    await npm(workplace, directory, 'rebuild', '--ignore-scripts')
  }
  await npm(workplace, directory, 'install', packed.tarball)
  return directory
}
