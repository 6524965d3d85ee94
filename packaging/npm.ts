import { execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'

/**
 * Runs npm in a directory, without a network and with an empty cache: what it does here it does on every machine.
 *
 * @param workplace - Where its cache may be.
 * @returns What it printed.
 * @throws {Error} With what it said, when it fails.
 */
export async function npm(workplace: string, directory: string, ...given: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', [...given, '--offline', '--no-audit', '--no-fund'], {
    cwd: directory,
    env: {
      // The Node that runs this also runs npm.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: process.env['HOME'],
      // Nothing of the npm that may run this by a script of the checkout, which would speak of the checkout.
      npm_config_cache: `${workplace}/npm-cache`,
      npm_config_update_notifier: 'false',
    },
  })
  return stdout
}
