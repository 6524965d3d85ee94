import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../scripts/build.ts'
import { buildLibrary } from '../scripts/build-libraries.ts'
import { npm } from './npm.ts'

/** How each published package is built. */
const builds = {
  adjourn: build,
  '@adjourn/sdk': (directory: string) => buildLibrary('sdk', directory),
  '@adjourn/wix-bridge': (directory: string) => buildLibrary('wix-bridge', directory),
}

export type PackageName = keyof typeof builds

/** What is looked at of the `package.json` that is published. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly license: string
  readonly engines: { readonly node: string }
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

/** A package as the registry would get it. */
export interface Packed {
  readonly name: PackageName
  /** The path of the tarball. */
  readonly tarball: string
  readonly manifest: Manifest
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Paths in the package. */
  readonly files: readonly string[]
}

/**
 * Builds a package and has npm pack it.
 *
 * @param workplace - Where both is done. To be removed by the caller.
 */
export async function pack(name: PackageName, workplace: string): Promise<Packed> {
  const directory = join(workplace, 'built', name)
  mkdirSync(directory, { recursive: true })
  await builds[name](directory)
  const [packed]: readonly [
    {
      readonly filename: string
      readonly size: number
      readonly unpackedSize: number
      readonly files: readonly { readonly path: string }[]
    },
  ] = JSON.parse(await npm(workplace, directory, 'pack', '--json', `--pack-destination=${workplace}`))
  return {
    name,
    tarball: join(workplace, packed.filename),
    manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.files.map(({ path }) => path),
  }
}
