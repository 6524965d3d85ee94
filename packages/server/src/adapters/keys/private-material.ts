import { type KeyEncryption, KeyEncryptionMismatch, type KeyPurpose, type StoredKey } from '../../ports/keys.ts'

/**
 * Brings private material into the form in which it is stored: wrapped when there is a key-encryption key, readable
 * when there is none.
 *
 * Rewrapping a stored key is `sealPrivateMaterial(kid, purpose, openPrivateMaterial(stored, oldKey), newKey)`.
 */
export function sealPrivateMaterial(
  kid: string,
  purpose: KeyPurpose,
  material: Uint8Array,
  keyEncryption: KeyEncryption | undefined,
): Pick<StoredKey, 'privateMaterial' | 'wrappedBy'> {
  if (keyEncryption === undefined) return { privateMaterial: material, wrappedBy: null }
  return { privateMaterial: keyEncryption.wrap(kid, purpose, material), wrappedBy: keyEncryption.fingerprint }
}

/**
 * Gives the private material of a stored key. A readable key is given as it is, also when there is a key-encryption
 * key: that is how an installation looks that has just been given one.
 *
 * @throws {KeyEncryptionMismatch} when the key is wrapped and there is no key-encryption key, or not the right one
 */
export function openPrivateMaterial(stored: StoredKey, keyEncryption: KeyEncryption | undefined): Uint8Array {
  if (stored.wrappedBy === null) return stored.privateMaterial
  if (keyEncryption === undefined) throw new KeyEncryptionMismatch(stored.kid, 'missing')
  if (keyEncryption.fingerprint !== stored.wrappedBy) throw new KeyEncryptionMismatch(stored.kid, 'another_key')
  return keyEncryption.unwrap(stored.kid, stored.purpose, stored.privateMaterial)
}
