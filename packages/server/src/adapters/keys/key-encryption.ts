import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import { type KeyEncryption, KeyEncryptionMismatch, type KeyPurpose } from '../../ports/keys.ts'
import type { Randomness } from '../../ports/randomness.ts'

const keyBytes = 32
/** The nonce size that GCM is made for; any other is hashed first (NIST SP 800-38D section 8.2). */
const nonceBytes = 12
const tagBytes = 16
/** Leads every wrapped value, so that a later format can be told from this one. */
const formatVersion = 1
const headerBytes = 1 + nonceBytes + tagBytes

/**
 * Wraps keys with AES-256-GCM.
 *
 * The key's name and purpose are authenticated along with it: somebody who can write to the database but does not know
 * the key-encryption key cannot put the material of one key in the place of another. It does not keep old
 * key-encryption keys; to change the key, unwrap with the old and wrap with the new.
 *
 * @param key the key-encryption key, 32 bytes
 * @param randomness gives each wrapping its nonce
 * @throws {RangeError} when the key is not 32 bytes long
 */
export function createKeyEncryption(key: Uint8Array, randomness: Randomness): KeyEncryption {
  if (key.length !== keyBytes) {
    throw new RangeError(`Cannot use a key-encryption key of ${key.length} bytes as AES-256 takes ${keyBytes}`)
  }
  // Two keys from one, so that the published fingerprint is computed with a key that encrypts nothing.
  const derive = (use: string) => createSecretKey(new Uint8Array(hkdfSync('sha256', key, '', use, keyBytes)))
  const wrappingKey = derive('adjourn key wrapping v1')
  const fingerprint = createHmac('sha256', derive('adjourn key-encryption key fingerprint v1'))
    .digest('hex')
    .slice(0, 16)

  return {
    fingerprint,

    wrap(kid, purpose, material) {
      const nonce = randomness.bytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce, { authTagLength: tagBytes })
      cipher.setAAD(boundTo(kid, purpose))
      const sealed = Buffer.concat([cipher.update(material), cipher.final()])
      return new Uint8Array(Buffer.concat([Uint8Array.of(formatVersion), nonce, cipher.getAuthTag(), sealed]))
    },

    unwrap(kid, purpose, wrapped) {
      if (wrapped.length < headerBytes || wrapped[0] !== formatVersion) {
        throw new KeyEncryptionMismatch(kid, 'not_genuine')
      }
      const nonce = wrapped.subarray(1, 1 + nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', wrappingKey, nonce, { authTagLength: tagBytes })
      decipher.setAAD(boundTo(kid, purpose))
      decipher.setAuthTag(wrapped.subarray(1 + nonceBytes, headerBytes))
      try {
        return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(headerBytes)), decipher.final()]))
      } catch (cause) {
        throw new KeyEncryptionMismatch(kid, 'not_genuine', { cause })
      }
    },
  }
}

/** JSON, because joining with a separator would let two pairs of name and purpose look the same. */
function boundTo(kid: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(JSON.stringify([kid, purpose]))
}
