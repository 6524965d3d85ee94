/**
 * Keeps what Node compiles for the next start, beside this file: a third of a start from source, a tenth of one that was built.
 *
 * What lies there is run, so nobody else may write there. Who may write beside the program may write the program itself, and
 * the directory is closed to all others whatever the umask says. Where this process may not write, nothing is kept: that is as it
 * should be on a server, and nothing is said of it.
 */
import { mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.cache/', import.meta.url))
try {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  enableCompileCache(directory)
} catch {
  // A start without it takes a little longer.
}
