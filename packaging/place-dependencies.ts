import { constants, cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Two of three files: what is only read by people and tools, and tests. What is below in `node_modules` is copied by itself. */
const isNeverLoaded = /\/(?:node_modules|tests?|docs|benchmarks?|examples)$|\.(?:md|map|d\.[cm]?ts)$/

/**
 * Copies packages from the checkout's `node_modules` to the same places below a directory, with all that they depend on in turn
 * by the lock file, and nothing else: what is not declared is not there.
 *
 * @throws {Error} When the lock file has none of such a name.
 */
export function placeDependencies(names: readonly string[], directory: string): void {
  const { packages }: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  const placed = new Set<string>()
  const place = (wanted: readonly string[], dependent: string) => {
    for (const name of wanted) {
      const path = placesFrom(dependent, name).find((place) => place in packages)
      if (path === undefined) throw new Error(`Cannot place ${name} as the lock file does not have it`)
      // What is for another platform is locked and not installed.
      if (placed.has(path) || !existsSync(join(root, path))) continue
      placed.add(path)
      const from = join(root, path)
      cpSync(from, join(directory, path), {
        recursive: true,
        mode: constants.COPYFILE_FICLONE,
        filter: (file) => !isNeverLoaded.test(file.slice(from.length)),
      })
      const { dependencies, optionalDependencies } = packages[path] ?? {}
      place(Object.keys({ ...dependencies, ...optionalDependencies }), path)
    }
  }
  place(names, '')
}

/** Where a package that another one asks for may be, the nearest first. */
function placesFrom(dependent: string, name: string): readonly string[] {
  const place = `${dependent === '' ? '' : `${dependent}/`}node_modules/${name}`
  if (dependent === '') return [place]
  const above = dependent.slice(0, Math.max(0, dependent.lastIndexOf('node_modules/') - 1))
  return [place, ...placesFrom(above, name)]
}
