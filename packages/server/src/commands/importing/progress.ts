import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { Place } from './lines.ts'

/** How far an import has come, and what it has come to. */
export interface Progress extends Place {
  readonly imported: number
  readonly exists: number
  readonly refused: number
}

export const noProgress: Progress = { line: 0, offset: 0, imported: 0, exists: 0, refused: 0 }

/** Whereof a progress is: one of another file, or with another server, says nothing. */
interface Subject {
  readonly url: string
  readonly size: number
  readonly modifiedMs: number
}

/**
 * Keeps the progress of an import beside its file, in `<file>.progress`, so that it goes on where it was interrupted. Where the file
 * was changed since, or another server is asked, it begins anew, which brings nobody in twice.
 */
export class ProgressFile {
  readonly #path: string
  readonly #subject: Subject

  private constructor(path: string, subject: Subject) {
    this.#path = path
    this.#subject = subject
  }

  static async of(file: string, url: string): Promise<ProgressFile> {
    const { size, mtimeMs } = await stat(file)
    return new ProgressFile(`${file}.progress`, { url, size, modifiedMs: mtimeMs })
  }

  async read(): Promise<Progress> {
    let kept: (Partial<Subject> & Partial<Progress>) | null
    try {
      kept = JSON.parse(await readFile(this.#path, 'utf8'))
    } catch (error) {
      // None is there, or none that a program of ours wrote: begin at the beginning.
      if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
        return noProgress
      }
      throw error
    }
    const { url, size, modifiedMs } = this.#subject
    if (kept?.url !== url || kept.size !== size || kept.modifiedMs !== modifiedMs) return noProgress
    const { line, offset, imported, exists, refused } = kept
    const numbers = [line, offset, imported, exists, refused]
    const isWhole = numbers.every((each) => Number.isSafeInteger(each) && Number(each) >= 0) && Number(offset) <= size
    return isWhole ? ({ line, offset, imported, exists, refused } as Progress) : noProgress
  }

  /** Written whole or not at all. */
  async keep(progress: Progress): Promise<void> {
    const partial = `${this.#path}.partial`
    await writeFile(partial, `${JSON.stringify({ ...this.#subject, ...progress })}\n`)
    await rename(partial, this.#path)
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
