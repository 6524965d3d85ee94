/**
 * Signing keys and MAC keys: how they are stored, how they are wrapped, and what the service asks of them.
 *
 * A key passes through three stages, told by its times alone. It is *published* from the moment it is stored, so that
 * verifiers elsewhere hold it before they need it; it *signs* from `activeFrom` until a newer key does; and it is
 * trusted until `retiredAt`, which is set once the last token that it signed has expired.
 */
import type { KeyObject } from 'node:crypto'
import type { EpochMs } from '../domain/ids.ts'

/** What a key is for. A key serves one purpose only. */
export type KeyPurpose = 'access_token' | 'id_token' | 'mac'

/** Purposes with a key pair, whose public half is published. */
export type SigningPurpose = Exclude<KeyPurpose, 'mac'>

/** Algorithms by their JWA names (RFC 7518 section 3.1). */
export type KeyAlgorithm = 'ES256' | 'RS256' | 'HS256'

/** Algorithms of key pairs. */
export type SigningAlgorithm = Exclude<KeyAlgorithm, 'HS256'>

/** A key as it lies in the database. */
export interface StoredKey {
  /** Names the key in token headers and in the key set. Unique among all keys. */
  readonly kid: string
  readonly purpose: KeyPurpose
  readonly alg: KeyAlgorithm
  /** The public half as JSON text (RFC 7517), without private members. Null for MAC keys. */
  readonly publicJwk: string | null
  /** PKCS #8 in DER for key pairs, 32 raw bytes for MAC keys; readable, or wrapped when `wrappedBy` is set. */
  readonly privateMaterial: Uint8Array
  /** Fingerprint of the key-encryption key that wraps the material, or null when it lies readable. */
  readonly wrappedBy: string | null
  readonly createdAt: EpochMs
  /** From when on it may sign. Published before that. */
  readonly activeFrom: EpochMs
  /** From when on nothing accepts it and nothing publishes it. Null while that is not fixed. */
  readonly retiredAt: EpochMs | null
}

/** Wraps private material, so that a copy of the database alone can sign nothing. */
export interface KeyEncryption {
  /** Names the key-encryption key without giving it away: the same key always has the same fingerprint. */
  readonly fingerprint: string
  /** Encrypts the material of one key. The result can be unwrapped for the same `kid` and purpose only. */
  wrap(kid: string, purpose: KeyPurpose, material: Uint8Array): Uint8Array
  /**
   * Gives the material back exactly as it was.
   *
   * @throws {KeyEncryptionMismatch} when it was wrapped by another key, for another `kid` or purpose, or was altered
   */
  unwrap(kid: string, purpose: KeyPurpose, wrapped: Uint8Array): Uint8Array
}

/** The public half of a key, with the members that a verifier needs and no others (RFC 7517 section 4, RFC 7518 section 6). */
export type PublicJwk = {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
} & (
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
)

/** A key with which to sign (private half) or to verify (public half). */
export interface NamedKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  /** The same object is given for the same key as long as the keyring holds it, `replace` included. */
  readonly key: KeyObject
}

/** All keys that this node holds. Nothing outside it ever chooses a key by anything but purpose and `kid`. */
export interface Keyring {
  /** The key set to publish: every key pair that is not retired, those that do not sign yet included. */
  publicJwks(): { readonly keys: readonly PublicJwk[] }
  /**
   * The key that signs now: of those of this purpose that are active and not retired, the one that became active last.
   *
   * @throws {NoActiveKey} when there is none
   */
  signingKey(purpose: SigningPurpose): NamedKey
  /**
   * The public half of the key with this name, or undefined when there is none for this purpose or it is retired.
   * A key that is not active yet verifies: the clock of the node that signed may be ahead of ours.
   */
  verificationKey(kid: string, purpose: SigningPurpose): NamedKey | undefined
  /**
   * HMAC-SHA256 over the data with a key that belongs to this context alone, so that a MAC made for one use proves
   * nothing in another. The key comes from the newest active MAC root and changes when a newer root takes over.
   *
   * @param context a constant of the calling code (lower-case words joined by hyphens), never anything from a request
   * @returns 32 bytes
   * @throws {NoActiveKey} when there is no active MAC root
   * @throws {RangeError} when the context is not such a constant
   */
  mac(context: string, data: string | Uint8Array): Uint8Array
  /** Whether `mac` belongs to the data under any MAC root that is not retired. Compared in constant time. */
  verifyMac(context: string, data: string | Uint8Array, mac: Uint8Array): boolean
  /**
   * The MAC under each root that is not retired, in no promised order: for what is made from a MAC and too short to be
   * verified as one, such as a code of six digits.
   */
  trustedMacs(context: string, data: string | Uint8Array): readonly Uint8Array[]
  /**
   * Takes the place of all keys at once, so that a running server picks up a rotation. When one of them cannot be
   * loaded it throws and the keys held until now stay in force.
   *
   * @throws {KeyEncryptionMismatch} when a wrapped key cannot be unwrapped
   * @throws {UnusableStoredKey} when a key is not what its row says
   */
  replace(stored: readonly StoredKey[]): void
}

/** The environment setting that holds the key-encryption key; messages name it, so that an operator knows where to look. */
const setting = 'ADJOURN_KEY_ENCRYPTION_KEY'

const mismatchSentences = {
  missing: `it is wrapped and ${setting} is not set`,
  another_key: `${setting} is not the key that wrapped it`,
  not_genuine: `${setting} does not fit, or the stored bytes were altered or belong to another key`,
} as const

/** A wrapped key that cannot be unwrapped. Names the key by its `kid`; never says anything about secrets. */
export class KeyEncryptionMismatch extends Error {
  override readonly name = 'KeyEncryptionMismatch'
  readonly kid: string
  readonly because: keyof typeof mismatchSentences

  constructor(kid: string, because: keyof typeof mismatchSentences, options?: ErrorOptions) {
    super(`Cannot unwrap key ${kid} as ${mismatchSentences[because]}`, options)
    this.kid = kid
    this.because = because
  }
}

/** A stored key that is not what its row says it is. */
export class UnusableStoredKey extends Error {
  override readonly name = 'UnusableStoredKey'
  readonly kid: string

  constructor(kid: string, because: string, options?: ErrorOptions) {
    super(`Cannot use stored key ${kid} as ${because}`, options)
    this.kid = kid
  }
}

/** There is no key to sign with: none was made, none is active yet, or all are retired. */
export class NoActiveKey extends Error {
  override readonly name = 'NoActiveKey'
  readonly purpose: KeyPurpose

  constructor(purpose: KeyPurpose) {
    super(`Cannot sign as no key of purpose ${purpose} is active`)
    this.purpose = purpose
  }
}
