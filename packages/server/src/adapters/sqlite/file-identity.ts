import { type BigIntStats, statSync } from 'node:fs'

/**
 * Remembers which files a database was opened as, to notice when they are removed or replaced under the running server.
 *
 * SQLite would go on writing into files that no longer have a name: every commit would succeed, and be gone with the
 * process. Looking costs a few microseconds per file.
 */
export class FileIdentity {
  readonly #files: readonly { readonly path: string; readonly device: bigint; readonly inode: bigint }[]

  /** @param paths - Files that exist now. */
  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => {
      const { dev, ino } = statSync(path, { bigint: true })
      return { path, device: dev, inode: ino }
    })
  }

  /** What is wrong with the files, in words; `undefined` while they are the ones that were opened. */
  problem(): string | undefined {
    for (const { path, device, inode } of this.#files) {
      const now = look(path)
      if (typeof now === 'string') return now
      if (now.dev !== device || now.ino !== inode) return `${path} was replaced by another file`
    }
    return undefined
  }
}

/** What is at a path, or in words why nothing can be seen there. */
function look(path: string): BigIntStats | string {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? `${path} was removed`
  } catch (error) {
    // A directory on the way that is gone or closed to us: the file may be there, and nobody can tell.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error'
    return `${path} cannot be looked at (${code})`
  }
}
