/** The two ways in which bytes are written in password hashes. */
import { timingSafeEqual } from 'node:crypto'
import { UnreadableHash } from '../unreadable-hash.ts'

/** Shorter digests could be met by chance; no software in use writes longer ones. */
const digestBytesMin = 16
const digestBytesMax = 64
const saltBytesMax = 128

/** Base64 with or without padding; `.` in the place of `+`, as passlib writes it. */
export function fromBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll('.', '+').replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9+/]+$/.test(plain) || plain.length % 4 === 1) return undefined
  return Buffer.from(plain, 'base64')
}

/** Hexadecimal digits of either case. */
export function fromHex(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(text) ? Buffer.from(text, 'hex') : undefined
}

/**
 * What a hash is made of besides its costs.
 *
 * @throws {UnreadableHash} When one of them cannot be decoded or has a length that no software writes.
 */
export function readSaltAndDigest(
  salt: Uint8Array | undefined,
  digest: Uint8Array | undefined,
): { readonly salt: Uint8Array; readonly digest: Uint8Array } {
  if (salt === undefined || digest === undefined) throw new UnreadableHash('its salt or digest is not encoded rightly')
  if (salt.length === 0 || salt.length > saltBytesMax) {
    throw new UnreadableHash(`its salt has ${salt.length} bytes, and 1 to ${saltBytesMax} can be read`)
  }
  if (digest.length < digestBytesMin || digest.length > digestBytesMax) {
    throw new UnreadableHash(
      `its digest has ${digest.length} bytes, and ${digestBytesMin} to ${digestBytesMax} can be read`,
    )
  }
  return { salt, digest }
}

/** Compares digests in constant time. */
export function isSameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
