import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import {
  type KeyAlgorithm,
  type KeyEncryption,
  type KeyPurpose,
  type PublicJwk,
  type SigningAlgorithm,
  type SigningPurpose,
  type StoredKey,
  UnusableStoredKey,
} from '../../ports/keys.ts'
import { openPrivateMaterial } from './private-material.ts'

/** A key pair, ready for use. */
export interface LoadedKeyPair {
  readonly stored: StoredKey
  readonly purpose: SigningPurpose
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly publicJwk: PublicJwk
}

/** A MAC root, ready to have keys derived from it. */
export interface LoadedMacRoot {
  readonly stored: StoredKey
  readonly purpose: 'mac'
  readonly root: KeyObject
}

const algorithmsOf: Readonly<Record<KeyPurpose, readonly KeyAlgorithm[]>> = {
  access_token: ['ES256'],
  id_token: ['RS256', 'ES256'],
  mac: ['HS256'],
}

const macRootBytes = 32
/** Anything shorter is refused by RFC 7518 section 3.3. */
const rsaModulusBitsMin = 2048

/**
 * Turns a stored key into one that can be used, and checks that it is what its row says.
 *
 * The public half is computed from the private one and only compared with the stored text: were the text believed,
 * whoever can write to the database could have tokens of their own accepted although the private keys are wrapped.
 *
 * @throws {KeyEncryptionMismatch} when it is wrapped and cannot be unwrapped
 * @throws {UnusableStoredKey} when algorithm, material and public half do not fit each other
 */
export function loadKey(stored: StoredKey, keyEncryption: KeyEncryption | undefined): LoadedKeyPair | LoadedMacRoot {
  const { kid, purpose, alg } = stored
  if (!algorithmsOf[purpose].includes(alg)) {
    throw new UnusableStoredKey(kid, `its algorithm ${alg} does not serve its purpose ${purpose}`)
  }
  const material = openPrivateMaterial(stored, keyEncryption)
  if (purpose === 'mac' || alg === 'HS256') {
    if (material.length !== macRootBytes) {
      throw new UnusableStoredKey(kid, `a MAC key has ${macRootBytes} bytes and this one has ${material.length}`)
    }
    return { stored, purpose: 'mac', root: createSecretKey(material) }
  }
  const privateKey = readPrivateKey(kid, material)
  const publicKey = createPublicKey(privateKey)
  const publicJwk = describePublicKey(kid, alg, publicKey)
  if (!isSamePublicKey(stored, publicJwk)) {
    throw new UnusableStoredKey(kid, 'its stored public half does not belong to its private half')
  }
  return { stored, purpose, alg, privateKey, publicKey, publicJwk }
}

function readPrivateKey(kid: string, material: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' })
  } catch {
    // The parser's own error is left out: it describes the bytes it stumbled over, and those are private.
    throw new UnusableStoredKey(kid, 'its private half is not PKCS #8')
  }
}

/** Names the members to publish one by one, so that a private member cannot slip through. */
function describePublicKey(kid: string, alg: SigningAlgorithm, publicKey: KeyObject): PublicJwk {
  const { kty, crv, x, y, n, e } = publicKey.export({ format: 'jwk' })
  if (alg === 'ES256' && kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) {
    return { kty, crv, x, y, kid, alg, use: 'sig' }
  }
  const modulusBits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (alg === 'RS256' && kty === 'RSA' && n !== undefined && e !== undefined && modulusBits >= rsaModulusBitsMin) {
    return { kty, n, e, kid, alg, use: 'sig' }
  }
  throw new UnusableStoredKey(
    kid,
    `its private half is no ${alg} key (RSA from ${rsaModulusBitsMin} bits, EC on P-256)`,
  )
}

function isSamePublicKey({ kid, publicJwk }: StoredKey, computed: PublicJwk): boolean {
  if (publicJwk === null) return false
  let claimed: JsonWebKey | null
  try {
    claimed = JSON.parse(publicJwk) as JsonWebKey | null
  } catch {
    throw new UnusableStoredKey(kid, 'its stored public half is not JSON')
  }
  if (computed.kty === 'EC') {
    return claimed?.kty === 'EC' && claimed.crv === computed.crv && claimed.x === computed.x && claimed.y === computed.y
  }
  return claimed?.kty === 'RSA' && claimed.n === computed.n && claimed.e === computed.e
}
