/**
 * What the revocation log holds, and the arithmetic of its hash chain.
 *
 * Every commit that ends something adds one batch: `chain = SHA-256(previous chain || batch digest)`. The digest covers
 * each entry in order. Fields that point at a person enter as a salted commitment, so that they can be erased later,
 * salt first, while the chain still verifies.
 */
import type { Cause } from './cause.ts'
import { causeCode } from './cause.ts'
import type { ClientId, EpochMs, GrantId, MemberId, SessionId, Sid, SiteId, VisitorId } from './ids.ts'
import { sha256 } from './sha256.ts'
import { accessTokenSecondsMax } from './site.ts'

/** Who did something, for the audit log. `id` is a GUID: a member's, a client's or that of a key; the system has none. */
export type Actor =
  | { readonly kind: 'member'; readonly id: MemberId }
  | { readonly kind: 'client'; readonly id: ClientId }
  | { readonly kind: 'administrator'; readonly id: string }
  | { readonly kind: 'api_key'; readonly id: string }
  | { readonly kind: 'system' }

export interface LogEntry {
  readonly n: number
  readonly kind: 'session' | 'grant' | 'site' | 'visitor'
  readonly siteId: SiteId
  readonly sessionId: SessionId | null
  readonly grantId: GrantId | null
  readonly memberId: MemberId | null
  readonly visitorId: VisitorId | null
  /** The `sid`s that are refused from now on. */
  readonly sids: readonly Sid[]
  /** For kind `site`: everything below this generation is over. */
  readonly generation: number | null
  readonly cause: Cause
  readonly actor: Actor
  readonly at: EpochMs
  /** From then on no token that this entry concerns can be alive. */
  readonly until: EpochMs
  readonly requestId: string
  /** Hides the personal fields from the chain, so that erasing them later does not break it. */
  readonly salt: Uint8Array
  readonly commitment: Uint8Array
}

/** The chain before the first entry. */
export const chainOrigin: Uint8Array = new Uint8Array(32)

type Personal = Pick<LogEntry, 'memberId' | 'visitorId' | 'actor' | 'requestId' | 'salt'>
type Impersonal = Pick<
  LogEntry,
  'kind' | 'siteId' | 'sessionId' | 'grantId' | 'sids' | 'generation' | 'cause' | 'at' | 'until' | 'commitment'
>

/** Hides the personal fields of an entry behind its salt. */
export function commitmentOf({ memberId, visitorId, actor, requestId, salt }: Personal): Uint8Array {
  const fields = JSON.stringify([memberId, visitorId, actor.kind, actor.kind === 'system' ? null : actor.id, requestId])
  return sha256(Buffer.concat([salt, Buffer.from(fields)]))
}

/** The digest of one entry: everything but its number, which its place in the chain gives. */
export function entryDigest(entry: Impersonal): Uint8Array {
  return sha256(
    JSON.stringify([
      entry.kind,
      entry.siteId,
      entry.sessionId,
      entry.grantId,
      entry.sids,
      entry.generation,
      causeCode(entry.cause),
      entry.at,
      entry.until,
      Buffer.from(entry.commitment).toString('base64url'),
    ]),
  )
}

/** The digest of a batch, from the digests of its entries in order. */
export function batchDigest(entryDigests: readonly Uint8Array[]): Uint8Array {
  return sha256(Buffer.concat(entryDigests))
}

/** The chain after a batch. */
export function nextChain(previous: Uint8Array, digest: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([previous, digest]))
}

/**
 * Until when an entry made at `at` matters to somebody who checks tokens: the longest life an access token can have,
 * with the minute of lateness that is tolerated.
 */
export function matterUntil(at: number): number {
  return at + (accessTokenSecondsMax + 60) * 1000
}
