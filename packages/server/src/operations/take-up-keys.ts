import type { Service } from './service.ts'

/**
 * How late a node may be to learn of a rotation that another node was asked for: it looks twice in this time. A new key
 * signs only after that.
 */
export const keyNewsSecondsMax = 60

/**
 * Takes up the keys as they are stored now, so that this node publishes and trusts what another has made.
 *
 * @throws {StorageUnavailable} When the database does not answer: the keys held so far stay in force.
 * @throws {KeyEncryptionMismatch} When one of them cannot be unwrapped here; UnusableStoredKey when it is not what its row says.
 */
export async function takeUpKeys({ storage, keyring }: Service): Promise<void> {
  keyring.replace(await storage.listKeys())
}
