import { normalizePassword } from '../../domain/password.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import { type Argon2Hasher, type Argon2HasherOptions, createArgon2Hasher } from './argon2-hasher.ts'
import { type ForeignHash, readForeignHash } from './foreign/foreign-hash.ts'
import { UnreadableHash } from './unreadable-hash.ts'

/**
 * Hashes passwords with Argon2id, and checks them also against hashes that other software made, which it wants replaced.
 *
 * Computations of every kind share one bound, and none is allowed that would take longer than a login may.
 *
 * @throws {RangeError} As `createArgon2Hasher` does.
 */
export function createPasswordHasher(options: Argon2HasherOptions): PasswordHasher & Pick<Argon2Hasher, 'load'> {
  const argon2 = createArgon2Hasher(options)
  return {
    get load() {
      return argon2.load
    },

    hash: argon2.hash,
    verifyDummy: argon2.verifyDummy,

    async verify(password, encoded) {
      const foreign = readForeignHash(encoded)
      return foreign === undefined
        ? argon2.verify(password, encoded)
        : argon2.within(() => isForeignHashOf(password, foreign))
    },

    needsRehash(encoded) {
      return readForeignHash(encoded) !== undefined || argon2.needsRehash(encoded)
    },

    problemOfForeign(encoded) {
      try {
        if (readForeignHash(encoded) === undefined) argon2.assertAffordable(encoded)
        return undefined
      } catch (error) {
        if (error instanceof UnreadableHash) return error.because
        throw error
      }
    },
  }
}

/**
 * Other software hashed what it was sent, and not its NFC: what was typed comes first, so that whoever types as ever is let in.
 */
async function isForeignHashOf(password: string, foreign: ForeignHash): Promise<boolean> {
  if (!couldHaveBeenHashed(password)) return foreign.isOf('').then(() => false)
  if (await foreign.isOf(password)) return true
  const normalized = normalizePassword(password)
  return normalized !== password && foreign.isOf(normalized)
}

/**
 * Bytes that stand for half a character would be those of another password. A NUL ends a password for some software, and for HMAC,
 * on which PBKDF2 and scrypt are built, it is the same as none at the end.
 */
function couldHaveBeenHashed(password: string): boolean {
  return password.isWellFormed() && !password.includes('\0')
}
