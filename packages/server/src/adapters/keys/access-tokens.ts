import { type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import { accessTokenSecondsMax } from '../../domain/site.ts'
import type {
  AccessTokenClaims,
  AccessTokenReading,
  AccessTokenSubject,
  AccessTokens,
} from '../../ports/access-tokens.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Keyring, NamedKey } from '../../ports/keys.ts'
import type { Randomness } from '../../ports/randomness.ts'
import { parseAccessTokenClaims } from './access-token-claims.ts'
import { createSignatureMemory, type SignatureMemory } from './signature-memory.ts'

/** What nothing but an access token carries (RFC 9068 section 2.1), so that no other JWT passes for one. */
const typ = 'at+jwt'
/** The one algorithm of access tokens. Whatever else a header names is refused before a key is looked up. */
const alg = 'ES256'
/** A JWS signature is r and s side by side (RFC 7518 section 3.4); the library's default is DER. */
const dsaEncoding = 'ieee-p1363'

/** More than ten times what our own take. Anything longer is refused before any work is spent on it. */
const tokenLengthMax = 8192
/** 128 random bits, so that no two tokens share a `jti`. */
const jtiBytes = 16
/**
 * The official client renews no earlier than at expiry, so a token may run out on its way here; and nodes' clocks
 * differ by a little. More would stretch every lifetime. Nothing that was ended profits: liveness is checked apart.
 */
const toleranceMs = 60_000

/** Header, payload and signature; 64 bytes of signature are 86 characters, of which the last carries two bits. */
const compactForm = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{85}[AQgw])$/

/** What is remembered of a token: its claims, and the public key that its signature fits. */
interface VerifiedToken {
  readonly claims: AccessTokenClaims
  readonly kid: string
  readonly publicKey: KeyObject
}

/**
 * Access tokens as ES256 JWTs, signed and verified with the local keyring.
 *
 * Signatures are computed on the event loop on purpose: one takes a fraction of a millisecond, and the thread pool
 * would queue it behind password hashing. A token that was verified once is recognised by its SHA-256.
 *
 * @param issuer the `iss` of every token; tokens of another issuer are not genuine
 * @param audience the `aud` of every token; tokens for another audience are not genuine
 * @param rememberedTokens how many good signatures to remember; 50,000 unless told
 */
export function createAccessTokens({
  keyring,
  clock,
  randomness,
  issuer,
  audience,
  rememberedTokens,
}: {
  readonly keyring: Keyring
  readonly clock: Clock
  readonly randomness: Randomness
  readonly issuer: string
  readonly audience: string
  readonly rememberedTokens?: number
}): AccessTokens {
  const memory: SignatureMemory<VerifiedToken> = createSignatureMemory(rememberedTokens)

  function recall(token: string): AccessTokenClaims | undefined {
    const known = memory.recall(token)
    if (known === undefined) return undefined
    // The key may have been withdrawn since, or its name given to another.
    if (keyring.verificationKey(known.kid, 'access_token')?.key === known.publicKey) return known.claims
    memory.forget(token)
    return undefined
  }

  function verify(token: string): AccessTokenClaims | undefined {
    const verified = verifyToken(token, (kid) => keyring.verificationKey(kid, 'access_token'))
    if (verified === undefined || verified.claims.iss !== issuer || verified.claims.aud !== audience) return undefined
    memory.remember(token, verified)
    return verified.claims
  }

  return {
    async sign(subject, lifetimeSeconds) {
      requireWholeNumber('lifetimeSeconds', lifetimeSeconds, 1, accessTokenSecondsMax)
      requireWholeNumber('generation', subject.generation, 0, Number.MAX_SAFE_INTEGER)
      const iat = Math.floor(clock.now() / 1000)
      const claims: AccessTokenClaims = Object.freeze({
        iss: issuer,
        aud: audience,
        client_id: subject.client,
        iat,
        exp: iat + lifetimeSeconds,
        jti: Buffer.from(randomness.bytes(jtiBytes)).toString('base64url'),
        site: subject.site,
        gen: subject.generation,
        ...subjectClaims(subject),
      })
      const { kid, key } = keyring.signingKey('access_token')
      const signedPart = `${encodeJson({ alg, typ, kid })}.${encodeJson(claims)}`
      const signature = signBytes('sha256', Buffer.from(signedPart), forJws(key))
      const token = `${signedPart}.${signature.toString('base64url')}`
      const publicKey = keyring.verificationKey(kid, 'access_token')?.key
      if (publicKey !== undefined) memory.remember(token, { claims, kid, publicKey })
      return { token, expiresAt: claims.exp * 1000 }
    },

    read(token): AccessTokenReading {
      if (token.length > tokenLengthMax) return { state: 'not_genuine' }
      const claims = recall(token) ?? verify(token)
      if (claims === undefined) return { state: 'not_genuine' }
      return { state: 'genuine', claims, expired: clock.now() >= claims.exp * 1000 + toleranceMs }
    },
  }
}

/**
 * Names the encoding on the key itself. Given in an object around the key, as is usual, the runtime takes longer to find out
 * what it was given than to sign.
 */
function forJws(key: KeyObject): KeyObject & { readonly dsaEncoding: typeof dsaEncoding } {
  return Object.assign(key, { dsaEncoding } as const)
}

/** Checks form, header and signature, in this order; the payload is not even parsed before its signature is good. */
function verifyToken(token: string, findKey: (kid: string) => NamedKey | undefined): VerifiedToken | undefined {
  // One spelling per token: lenient decoding would let one good signature fill the memory under many spellings.
  const [, header, payload, signature] = compactForm.exec(token) ?? []
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  const kid = acceptableKid(decodeJson(header))
  const found = kid === undefined ? undefined : findKey(kid)
  if (found === undefined || found.alg !== alg) return undefined
  const { key } = found
  const signedPart = Buffer.from(`${header}.${payload}`)
  if (!verifyBytes('sha256', signedPart, forJws(key), Buffer.from(signature, 'base64url'))) return undefined
  const claims = parseAccessTokenClaims(decodeJson(payload))
  return claims === undefined ? undefined : { claims, kid: found.kid, publicKey: key }
}

/** The `kid` of a header that an access token of ours may have. All members that bring a key along are ignored. */
function acceptableKid(header: unknown): string | undefined {
  if (typeof header !== 'object' || header === null) return undefined
  const members: Record<string, unknown> = { ...header }
  // `crit` names extensions that must be understood, and none is (RFC 7515 section 4.1.11).
  if (members['alg'] !== alg || members['typ'] !== typ || members['crit'] !== undefined) return undefined
  return typeof members['kid'] === 'string' ? members['kid'] : undefined
}

function subjectClaims(subject: AccessTokenSubject) {
  switch (subject.subjectType) {
    case 'member':
      return { subject_type: 'member', sub: subject.member, sid: subject.sid } as const
    case 'visitor':
      return { subject_type: 'visitor', sub: subject.visitor, client_gen: subject.clientGeneration } as const
    case 'app':
      return { subject_type: 'app', sub: subject.client, client_gen: subject.clientGeneration } as const
  }
}

function requireWholeNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new RangeError(`Cannot sign an access token as ${name} is not a whole number from ${min} to ${max}: ${value}`)
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The JSON value in a base64url text, or undefined when there is none. */
function decodeJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
