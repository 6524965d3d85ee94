/**
 * The command itself: brings the peers, which `npm ci` at the root does not install, checks the types of what uses them, and
 * hands over to `run.ts`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

if (!hasPeers()) {
  process.stderr.write('Installing the contenders (npm ci in bench/)\n')
  runOrExit('npm', ['ci', '--no-audit', '--no-fund'])
}
runOrExit(process.execPath, [join(here, '../node_modules/typescript/bin/tsc'), '--project', 'tsconfig.json'])
runOrExit(process.execPath, [join(here, 'run.ts'), ...process.argv.slice(2)])

/** Whether what is installed is what the lock file says. npm keeps a lock file of its own beside the packages. */
function hasPeers(): boolean {
  const installed = join(here, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const wanted = packagesOf(join(here, 'package-lock.json'))
  const found = packagesOf(installed)
  return Object.keys(wanted).every((path) => path === '' || wanted[path]?.version === found[path]?.version)
}

function packagesOf(lockFile: string): Readonly<Record<string, { readonly version?: string } | undefined>> {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}

function runOrExit(file: string, args: readonly string[]): void {
  const { status, signal, error } = spawnSync(file, args, { cwd: here, stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1))
}
