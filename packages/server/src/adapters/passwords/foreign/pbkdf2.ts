import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { UnreadableHash } from '../unreadable-hash.ts'
import { fromBase64, fromHex, isSameDigest, readSaltAndDigest } from './encodings.ts'
import type { ForeignHash } from './foreign-hash.ts'

/** Digests by the names that hashes have for them, with their length in bytes. */
const digests = {
  sha1: { name: 'sha1', bytes: 20 },
  sha256: { name: 'sha256', bytes: 32 },
  sha512: { name: 'sha512', bytes: 64 },
} as const

type DigestName = keyof typeof digests

/**
 * Iterations, for each block of the digest's length that is asked for: more than three times what OWASP asks of SHA-256, and
 * under two seconds.
 */
const workMax = 2_000_000

/** `$pbkdf2-sha256$i=600000,l=32$<salt>$<digest>`, and passlib's `$pbkdf2-sha256$29000$<salt>$<digest>`; SHA-1 goes without a name. */
const phc = /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,10})(?:,l=\d{1,3})?\$([^$]+)\$([^$]+)$/
/** Django: `pbkdf2_sha256$600000$<salt as text>$<digest in base64>` */
const django = /^pbkdf2_(sha1|sha256)\$(\d{1,10})\$([^$]+)\$([^$]+)$/
/** Werkzeug: `pbkdf2:sha256:600000$<salt as text>$<digest in hex>` */
const werkzeug = /^pbkdf2:(sha1|sha256|sha512):(\d{1,10})\$([^$]+)\$([^$]+)$/

const derive = promisify(pbkdf2)

/**
 * Reads a PBKDF2 hash in PHC format, or as passlib, Django or Werkzeug write it.
 *
 * @throws {UnreadableHash} When it is malformed or costs too much.
 */
export function readPbkdf2(encoded: string): ForeignHash | undefined {
  if (!/^\$?pbkdf2[-_:$]/.test(encoded)) return undefined
  const ofPhc = phc.exec(encoded)
  if (ofPhc !== null) {
    const [, name = 'sha1', iterations, salt = '', digest = ''] = ofPhc
    return foreignHash(name, Number(iterations), readSaltAndDigest(fromBase64(salt), fromBase64(digest)))
  }
  const ofDjango = django.exec(encoded)
  if (ofDjango !== null) {
    const [, name = '', iterations, salt = '', digest = ''] = ofDjango
    return foreignHash(name, Number(iterations), readSaltAndDigest(Buffer.from(salt), fromBase64(digest)))
  }
  const [, name = '', iterations, salt = '', digest = ''] = werkzeug.exec(encoded) ?? []
  if (name === '') throw new UnreadableHash('it begins like a PBKDF2 hash and is none that can be checked')
  return foreignHash(name, Number(iterations), readSaltAndDigest(Buffer.from(salt), fromHex(digest)))
}

function foreignHash(
  name: string,
  iterations: number,
  { salt, digest }: ReturnType<typeof readSaltAndDigest>,
): ForeignHash {
  const { name: algorithm, bytes } = digests[name as DigestName]
  if (iterations < 1) throw new UnreadableHash('it says that it was made with no iteration')
  if (iterations * Math.ceil(digest.length / bytes) > workMax) {
    throw new UnreadableHash(`it asks for too many iterations: ${iterations}, for a digest of ${digest.length} bytes`)
  }
  return {
    isOf: async (password) => isSameDigest(await derive(password, salt, iterations, digest.length, algorithm), digest),
  }
}
