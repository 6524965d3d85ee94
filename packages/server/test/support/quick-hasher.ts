import { hash, randomBytes } from 'node:crypto'
import { normalizePassword } from '../../src/domain/password.ts'
import type { PasswordHasher } from '../../src/ports/password-hasher.ts'

/**
 * A password hasher that costs nothing, for tests that sign in thousands of members and are about none of their passwords:
 * a real computation takes longer than all the rest of a login. To be given to the test server.
 */
export function quickHasher(): PasswordHasher {
  const encode = (password: string, salt: string) =>
    `$quick$${salt}$${hash('sha256', `${salt} ${normalizePassword(password)}`)}`
  return {
    hash: async (password) => encode(password, randomBytes(16).toString('hex')),
    verify: async (password, encoded) => encode(password, encoded.split('$')[2] ?? '') === encoded,
    verifyDummy: async () => false,
    needsRehash: () => false,
    problemOfForeign: () => undefined,
  }
}
