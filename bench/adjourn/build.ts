import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(import.meta.resolve('../../'))
/** Inside the repository, so that the packages are found that the source uses. */
const directory = fileURLToPath(import.meta.resolve('../.build/'))

/** Where the compiled program is, once `build` has been called. */
export const builtProgram = join(directory, 'bin/adjourn.js')

/**
 * Compiles the server to JavaScript, one file for each of its own: there is no published package yet to take in its place.
 *
 * @throws {Error} With what the compiler said.
 */
export function build(): void {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'bin'), { recursive: true })
  const compilerOptions = {
    noEmit: false,
    rootDir: join(root, 'packages/server/src'),
    outDir: join(directory, 'src'),
    rewriteRelativeImportExtensions: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      files: [join(root, 'packages/server/src/command.ts')],
      include: [],
    }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '--project', directory], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The server could not be compiled:\n${stdout}`)
  const source = readFileSync(join(root, 'packages/server/bin/adjourn.js'), 'utf8')
  writeFileSync(builtProgram, source.replace('../src/command.ts', '../src/command.js'))
}
