import { generateKeyPair, hash, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'
import type { EpochMs } from '../../domain/ids.ts'
import type { KeyEncryption, KeyPurpose, StoredKey } from '../../ports/keys.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { sealPrivateMaterial } from './private-material.ts'

const generatePair = promisify(generateKeyPair)

/** As long as the output of the hash: a longer HMAC-SHA256 key adds nothing (RFC 2104 section 3). */
const macKeyBytes = 32
/** Characters of a thumbprint that become the `kid`: 132 bits, more than enough to tell any two keys apart. */
const kidLength = 22

/** How a new key is to be made. */
export interface NewKeyOptions {
  readonly randomness: Randomness
  /** Wraps the private half. Without it the key is stored readable. */
  readonly keyEncryption?: KeyEncryption
  readonly createdAt: EpochMs
  /** From when on it signs. A rotation sets it at least one cache lifetime of the key set after `createdAt`. */
  readonly activeFrom: EpochMs
  /** Bits of RSA keys; 2,048 unless told. */
  readonly rsaModulusBits?: 2048 | 3072
}

/**
 * Makes one key for a purpose: ES256 for access tokens, RS256 for ID and logout tokens, 32 random bytes for MACs.
 *
 * Stores nothing. Key pairs are made off the event loop; their randomness is the crypto library's own (the operating
 * system's secure generator), as it offers no way to bring one's own.
 *
 * @returns the row to store; its `kid` begins the RFC 7638 thumbprint of the public half, and is random for MAC keys
 */
export async function generateKey(purpose: KeyPurpose, options: NewKeyOptions): Promise<StoredKey> {
  const { randomness, keyEncryption, createdAt, activeFrom } = options
  if (purpose === 'mac') {
    const kid = Buffer.from(randomness.bytes(16)).toString('base64url')
    const sealed = sealPrivateMaterial(kid, purpose, randomness.bytes(macKeyBytes), keyEncryption)
    return { kid, purpose, alg: 'HS256', publicJwk: null, ...sealed, createdAt, activeFrom, retiredAt: null }
  }
  const { publicKey, privateKey } =
    purpose === 'access_token'
      ? await generatePair('ec', { namedCurve: 'P-256' })
      : await generatePair('rsa', { modulusLength: options.rsaModulusBits ?? 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = thumbprint(jwk).slice(0, kidLength)
  const material = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }))
  return {
    kid,
    purpose,
    alg: purpose === 'access_token' ? 'ES256' : 'RS256',
    publicJwk: JSON.stringify(jwk),
    ...sealPrivateMaterial(kid, purpose, material, keyEncryption),
    createdAt,
    activeFrom,
    retiredAt: null,
  }
}

/** Makes what an installation needs at its first start: one key for each purpose. See {@link generateKey}. */
export function generateKeys(options: NewKeyOptions): Promise<StoredKey[]> {
  const purposes = ['access_token', 'id_token', 'mac'] as const
  return Promise.all(purposes.map((purpose) => generateKey(purpose, options)))
}

/** SHA-256 over the required members, in this order and without blanks (RFC 7638 section 3.2). */
function thumbprint(jwk: JsonWebKey): string {
  const required =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n }
  return hash('sha256', JSON.stringify(required), 'base64url')
}
