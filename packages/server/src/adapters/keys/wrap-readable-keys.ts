import type { KeyEncryption, StoredKey } from '../../ports/keys.ts'
import type { Storage } from '../../ports/storage.ts'
import { sealPrivateMaterial } from './private-material.ts'

/**
 * Wraps the keys that lie readable in the database, once a key-encryption key is set: an installation that adopts one is
 * protected from that start on.
 *
 * @returns How many keys were wrapped.
 */
export async function wrapReadableKeys(storage: Storage, keyEncryption: KeyEncryption): Promise<number> {
  const readable: readonly StoredKey[] = (await storage.listKeys()).filter(({ wrappedBy }) => wrappedBy === null)
  if (readable.length === 0) return 0
  await storage.rewrapKeys(
    readable.map(({ kid, purpose, privateMaterial }) => ({
      kid,
      ...sealPrivateMaterial(kid, purpose, privateMaterial, keyEncryption),
    })),
  )
  return readable.length
}
