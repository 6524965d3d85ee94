import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

/** How TypeScript finds packages, and the modules that it is for. */
export const resolutions = { bundler: 'esnext', nodenext: 'nodenext' } as const

/**
 * What TypeScript has to say of a strict project that uses an installed package, of its declarations too. The project knows the
 * web and what everybody's runtime has, and nothing newer.
 */
export async function complaintsOf(
  directory: string,
  program: string,
  moduleResolution: keyof typeof resolutions,
): Promise<string> {
  const project = mkdtempSync(join(directory, 'project-'))
  writeFileSync(join(project, 'program.ts'), program)
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    module: resolutions[moduleResolution],
    moduleResolution,
    noEmit: true,
    // What the project exports is declared too, by names that the package has to give.
    declaration: true,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  const compiled = promisify(execFile)(process.execPath, [compiler, '--project', project], { cwd: project })
  return compiled.then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}
