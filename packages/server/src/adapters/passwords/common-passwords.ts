import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Blocklist } from '../../ports/blocklist.ts'

/**
 * Loads the common passwords that come with zxcvbn-ts: some 49,000, most common first in the original, all in lower
 * case and ASCII, about 18,000 of them with 8 characters or more.
 *
 * Call it once, at start. It is loaded on call rather than on import, so that a command that judges no password does
 * not pay for it.
 *
 * @returns A list held in memory (half a MB). It is never changed afterwards.
 * @throws {Error} As the module loader does when the package is not installed, or as the system does.
 */
export function loadCommonPasswords(): Blocklist {
  // The plain JSON beside the package's entry file: the entry brings keyboard layouts and a second dictionary along,
  // and unpacks a compressed form of this same list, for twice the time and memory.
  const file = fileURLToPath(import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json'))
  // The text as it is, and not taken apart: that took a tenth of a start, and to look through it takes a quarter of a
  // millisecond, for a password whose hash takes a hundred times that.
  const list = `,${readFileSync(file, 'latin1').slice(1, -1)},`
  return { has: (password) => list.includes(`,${JSON.stringify(password.toLowerCase())},`) }
}
