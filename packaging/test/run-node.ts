import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs a program in a folder, with the packages that are installed there.
 *
 * @returns What it printed.
 * @throws {Error} With `code`, `stdout` and `stderr`, when it ends with another code than 0.
 */
export async function runNode(
  directory: string,
  program: string,
  options: { readonly flags?: readonly string[]; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { flags = [], environment = {} } = options
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
  })
  return stdout
}
