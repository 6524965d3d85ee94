/**
 * Makes the packages that sites use (the SDK and the bridge), each in the `dist` of its folder, from which a release publishes
 * them: JavaScript and types, file for file, so that a bundler takes what is used and leaves the rest.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Their folders in `packages`. */
export const libraries = ['sdk', 'wix-bridge'] as const

export type Library = (typeof libraries)[number]

/**
 * Builds a library into a directory.
 *
 * @throws {Error} With what the compiler said, when it does not compile.
 */
export function buildLibrary(library: Library, directory: string): void {
  const source = join(root, 'packages', library)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--project', writeConfiguration(source, directory)],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Cannot build ${library}:\n${stdout}`)
  rmSync(join(directory, 'tsconfig.json'))
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifestOf(source), null, 2)}\n`)
  cpSync(join(source, 'README.md'), join(directory, 'README.md'))
  copyFileSync(join(root, 'LICENSE'), join(directory, 'LICENSE'))
}

function writeConfiguration(source: string, directory: string): string {
  const path = join(directory, 'tsconfig.json')
  const configuration = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: join(source, 'src'),
      outDir: directory,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(root, 'node_modules/@types')],
      // Newer than what the types of the packages that use it may know.
      stripInternal: true,
    },
    include: [join(source, 'src')],
  }
  writeFileSync(path, JSON.stringify(configuration))
  return path
}

interface SourceManifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly license: string
  readonly type: string
  readonly sideEffects: boolean | readonly string[]
  readonly exports: Readonly<Record<string, string>>
}

/** What the package says of itself: what the source says, with the files that were made of its sources. */
function manifestOf(source: string): object {
  const { name, version, description, keywords, license, type, sideEffects, exports }: SourceManifest = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  )
  const made = (path: string, ending: string) => path.replace('./src/', './').replace(/\.ts$/, ending)
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    sideEffects: typeof sideEffects === 'boolean' ? sideEffects : sideEffects.map((path) => made(path, '.js')),
    engines: { node: '>=20' },
    exports: {
      ...Object.fromEntries(
        Object.entries(exports).map(([entry, path]) => [
          entry,
          { types: made(path, '.d.ts'), default: made(path, '.js') },
        ]),
      ),
      './package.json': './package.json',
    },
    files: ['**/*.js', '**/*.d.ts', 'LICENSE', 'README.md'],
    // A name with a scope is published for its owner alone unless it says otherwise.
    publishConfig: { access: 'public' },
  }
}

if (import.meta.main) {
  for (const library of libraries) {
    const directory = join(root, 'packages', library, 'dist')
    buildLibrary(library, directory)
    process.stdout.write(`Built ${directory}\n`)
  }
}
