import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { EpochMs } from '../../domain/ids.ts'

/** There is something already where a file should be written. */
export class FileExists extends Error {
  override readonly name = 'FileExists'
}

/** A file, or a directory in which a backup gets a name by the moment in which it is made. */
export type Destination = { readonly directory: string } | { readonly path: string }

/** What somebody means who names a file, or a directory to put one into; with nothing named, the usual directory. */
export function whereToWrite(named: string | undefined, directory: string): Destination {
  if (named === undefined) return { directory }
  const isDirectory = named.endsWith('/') || statSync(named, { throwIfNoEntry: false })?.isDirectory() === true
  return isDirectory ? { directory: named } : { path: named }
}

/**
 * Writes a backup.
 *
 * @param write - Makes the file under the name that it is given, and brings it to the disk.
 * @returns The path of the file.
 * @throws {FileExists} When there is something of that name already.
 */
export async function writeBackup(
  where: Destination,
  at: EpochMs,
  write: (partial: string) => Promise<void>,
): Promise<string> {
  const name = `adjourn-${new Date(at).toISOString().replaceAll(':', '-')}.db`
  const path = resolve('path' in where ? where.path : join(where.directory, name))
  await writeWhole(path, write)
  return path
}

/**
 * Writes a file under a name that it gets when it is complete, and not before: whatever happens in between, there is either
 * a whole backup of that name or none.
 *
 * @param write - Makes the file under the name that it is given, and brings it to the disk.
 * @throws {FileExists} When there is something of that name already.
 */
export async function writeWhole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) throw new FileExists(`Cannot write ${path} as there is something of that name already`)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const partial = `${path}.partial`
  // Of an attempt that was killed.
  remove(partial)
  try {
    await write(partial)
    renameSync(partial, path)
  } catch (error) {
    remove(partial)
    throw error
  }
  syncDirectory(dirname(path))
}

/** Moves a whole file to another name, also to another file system. */
export async function moveWhole(from: string, to: string): Promise<void> {
  await writeWhole(to, async (partial) => {
    try {
      renameSync(from, partial)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
      await copyFile(from, partial)
      sync(partial)
      rmSync(from)
    }
  })
}

/** Brings a file's content to the disk. */
export function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function remove(partial: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true })
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
