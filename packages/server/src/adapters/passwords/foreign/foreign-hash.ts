import { readBcrypt } from './bcrypt.ts'
import { readPbkdf2 } from './pbkdf2.ts'
import { readScrypt } from './scrypt.ts'

/** A hash that this service does not make, and can check a password against. */
export interface ForeignHash {
  /**
   * Whether this password was hashed, byte for byte as it is given. Computes off the event loop and compares in constant time.
   */
  isOf(password: string): Promise<boolean>
}

/**
 * Reads a hash that was made by other software, in the encodings that are in use: bcrypt, scrypt (PHC, Werkzeug) and PBKDF2 (PHC,
 * passlib, Django, Werkzeug).
 *
 * @returns `undefined` for what is none of these, such as an Argon2 hash.
 * @throws {UnreadableHash} When it is one of these and malformed, or asks for more than a login may cost.
 */
export function readForeignHash(encoded: string): ForeignHash | undefined {
  return readBcrypt(encoded) ?? readScrypt(encoded) ?? readPbkdf2(encoded)
}
