import type { Blocklist } from '../../ports/blocklist.ts'

/**
 * Loads the common passwords that come with zxcvbn-ts: some 49,000, most common first in the original, all in lower
 * case and ASCII, about 18,000 of them with 8 characters or more.
 *
 * Call it once, at start. It is loaded on call rather than on import, so that a command that judges no password does
 * not pay for it.
 *
 * @returns A list held in memory (about 3 MB). It is never changed afterwards.
 * @throws Rejects as the module loader does when the package is not installed.
 */
export async function loadCommonPasswords(): Promise<Blocklist> {
  // The plain JSON beside the package's entry file: the entry brings keyboard layouts and a second dictionary along,
  // and unpacks a compressed form of this same list, for twice the time and memory.
  const list = await import('@zxcvbn-ts/language-common/src/passwords.json', { with: { type: 'json' } })
  const passwords: ReadonlySet<string> = new Set(list.default)
  return { has: (password) => passwords.has(password.toLowerCase()) }
}
