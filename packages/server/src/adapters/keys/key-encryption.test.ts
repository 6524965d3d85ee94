import { describe, expect, test } from 'vitest'
import { KeyEncryptionMismatch } from '../../ports/keys.ts'
import { createKeyEncryption } from './key-encryption.ts'
import { systemRandomness } from './test-installation.ts'

const key = new Uint8Array(32).fill(7)
const encryption = createKeyEncryption(key, systemRandomness)
const material = new TextEncoder().encode('the private half of a signing key')

function mismatchOf(unwrap: () => unknown): KeyEncryptionMismatch {
  try {
    unwrap()
  } catch (error) {
    if (error instanceof KeyEncryptionMismatch) return error
    throw error
  }
  return expect.fail('it was unwrapped')
}

describe('wrapping', () => {
  test('a wrapped key comes back as it was and does not lie readable in between', () => {
    const wrapped = encryption.wrap('k1', 'access_token', material)
    expect(encryption.unwrap('k1', 'access_token', wrapped)).toEqual(material)
    expect(Buffer.from(wrapped).includes('private half')).toBe(false)
  })

  test('wrapping twice gives different bytes, as each wrapping has its own nonce', () => {
    expect(encryption.wrap('k1', 'mac', material)).not.toEqual(encryption.wrap('k1', 'mac', material))
  })

  test('another key-encryption key does not unwrap, and the error names the kid and the setting but no secret', () => {
    const wrapped = encryption.wrap('k1', 'access_token', material)
    const other = createKeyEncryption(new Uint8Array(32).fill(8), systemRandomness)
    const error = mismatchOf(() => other.unwrap('k1', 'access_token', wrapped))
    expect(error).toMatchObject({ kid: 'k1', because: 'not_genuine' })
    expect(error.message).toContain('k1')
    expect(error.message).toContain('ADJOURN_KEY_ENCRYPTION_KEY')
    for (const secret of [key, material, wrapped]) {
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        expect(error.message).not.toContain(Buffer.from(secret).toString(encoding))
      }
    }
  })

  test('a wrapped key with any one byte altered is refused', () => {
    const wrapped = encryption.wrap('k1', 'access_token', material)
    for (let position = 0; position < wrapped.length; position += 1) {
      const altered = wrapped.map((byte, index) => (index === position ? byte ^ 1 : byte))
      expect(mismatchOf(() => encryption.unwrap('k1', 'access_token', altered)).kid).toBe('k1')
    }
  })

  test('a wrapped key that was cut short or lengthened is refused', () => {
    const wrapped = encryption.wrap('k1', 'access_token', material)
    for (const length of [0, 1, 13, 28, 29, wrapped.length - 1]) {
      expect(mismatchOf(() => encryption.unwrap('k1', 'access_token', wrapped.subarray(0, length)))).toBeDefined()
    }
    const longer = new Uint8Array([...wrapped, 0])
    expect(mismatchOf(() => encryption.unwrap('k1', 'access_token', longer))).toBeDefined()
  })

  test('a wrapped key that was moved to another kid or another purpose is refused', () => {
    const wrapped = encryption.wrap('k1', 'access_token', material)
    expect(mismatchOf(() => encryption.unwrap('k2', 'access_token', wrapped)).kid).toBe('k2')
    expect(mismatchOf(() => encryption.unwrap('k1', 'id_token', wrapped)).kid).toBe('k1')
  })
})

describe('the key-encryption key', () => {
  test.each([0, 16, 31, 33, 64])('a key of %i bytes is refused', (length) => {
    expect(() => createKeyEncryption(new Uint8Array(length), systemRandomness)).toThrow(RangeError)
  })

  test('the fingerprint is short, the same for the same key, another for another key, and no part of the key', () => {
    expect(encryption.fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(createKeyEncryption(key, systemRandomness).fingerprint).toBe(encryption.fingerprint)
    const other = createKeyEncryption(new Uint8Array(32).fill(8), systemRandomness)
    expect(other.fingerprint).not.toBe(encryption.fingerprint)
    expect(Buffer.from(key).toString('hex')).not.toContain(encryption.fingerprint)
  })
})
