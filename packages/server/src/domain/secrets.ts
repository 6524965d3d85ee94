/**
 * The form of every secret that machines hand around: `adj_<kind>_<body>`.
 *
 * The prefix tells the reader of a leak, and a scanner, what was found. It also keeps the kinds apart: a route asks for
 * its own kind before it looks anything up, and the stored hash covers the prefix, so that a secret of one kind is
 * worthless as another.
 */
import { timingSafeEqual } from 'node:crypto'
import type { SecretHash } from './ids.ts'
import { sha256 } from './sha256.ts'

/** Kinds whose body is nothing but random bits: a row with the hash of the secret says what it stands for. */
export type RandomSecretKind =
  | 'session' // the cookie's session secret
  | 'refresh' // a member's refresh token
  | 'code' // an authorization code
  | 'ticket' // the identity API's `sessionToken`
  | 'logout' // a logout ticket
  | 'redirect' // the name of a redirect session whose parameters are kept here
  | 'admin' // an administrator key
  | 'api' // an API key
  | 'client' // a client's secret

/** Kinds that have no row with their hash: the body is a payload with a MAC over it, `<payload>.<mac>`. */
export type MacedSecretKind =
  | 'visitor' // a visitor's refresh token; names everything about the visitor
  | 'proof' // what a link in a mail proves itself by; names a challenge
  | 'state' // the identity API's `stateToken`; names a challenge

export type SecretKind = RandomSecretKind | MacedSecretKind

/** Twice what brute force needs to be hopeless, so that a plain SHA-256 is enough at rest, without salt or stretching. */
const secretBytes = 32

/** 32 bytes in base64url, written the one canonical way: the last character carries four bits, its lowest two are zero. */
const body32 = '[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]'
/** The 16 bytes of a GUID: the last character carries two bits, its lowest four are zero. */
const body16 = '[A-Za-z0-9_-]{21}[AQgw]'
const randomBody = new RegExp(`^${body32}$`)
const challengeBody = new RegExp(`^${body16}\\.${body32}$`)

/** Base64url characters for 32 bytes. */
const randomBodyLength = 43
/** A visitor's payload and MAC take about 230 characters; the rest is room for longer identifiers. */
const visitorBodyLengthMax = 600

const macedForms: Readonly<Record<MacedSecretKind, { readonly body: RegExp; readonly lengthMax: number }>> = {
  visitor: { body: new RegExp(`^[A-Za-z0-9_-]+\\.${body32}$`), lengthMax: visitorBodyLengthMax },
  proof: { body: challengeBody, lengthMax: 66 },
  state: { body: challengeBody, lengthMax: 66 },
}

/** The beginning of every secret of a kind, `adj_<kind>_`. */
export function secretPrefix<Kind extends SecretKind>(kind: Kind): `adj_${Kind}_` {
  return `adj_${kind}_`
}

/**
 * Makes a new secret of a kind: 256 random bits behind the prefix of that kind.
 *
 * Stores nothing. What has a MAC is not made here, as its body is not random (`ports/visitor-tokens.ts`, `ports/proofs.ts`).
 *
 * @param kind what the secret is for
 * @param randomness where the 32 bytes come from
 * @returns `adj_<kind>_` and 43 base64url characters; never a comma, never padding
 */
export function mintSecret(kind: RandomSecretKind, randomness: { bytes(length: number): Uint8Array }): string {
  return secretPrefix(kind) + Buffer.from(randomness.bytes(secretBytes)).toString('base64url')
}

/**
 * Whether a text has exactly the form of a secret of this kind.
 *
 * Says nothing about whether such a secret was ever issued or is still good. It costs the same small amount for any
 * input, however long, as the length is looked at first.
 *
 * @param kind the only kind that the asking route accepts
 * @param text what was presented
 */
export function isSecretOf(kind: SecretKind, text: string): boolean {
  const prefix = secretPrefix(kind)
  const { body, lengthMax } = isMaced(kind) ? macedForms[kind] : { body: randomBody, lengthMax: randomBodyLength }
  if (text.length > prefix.length + lengthMax || !text.startsWith(prefix)) return false
  return body.test(text.slice(prefix.length))
}

function isMaced(kind: SecretKind): kind is MacedSecretKind {
  return kind in macedForms
}

/**
 * The form in which a secret is stored and looked up: SHA-256 over the whole text, prefix included.
 *
 * Fit for secrets of this service only. A password has far less than 256 bits of entropy and needs a password hash.
 *
 * @param text the secret, whole
 * @returns 32 bytes
 */
export function hashSecret(text: string): SecretHash {
  return sha256(text) as Uint8Array as SecretHash
}

/**
 * Whether a presented secret is the one whose hash is stored. Takes the same time wherever they differ, and as long where no
 * hash is stored, which no secret fits.
 */
export function isSecretWithHash(text: string, stored: SecretHash | null): boolean {
  const presented = hashSecret(text)
  return timingSafeEqual(presented, stored ?? new Uint8Array(presented.length)) && stored !== null
}
