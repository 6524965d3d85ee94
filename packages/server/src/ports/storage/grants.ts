import type { Cause } from '../../domain/cause.ts'
import type { Sid } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'
import type { StorageUnavailable } from './unavailable.ts'

export interface Grants {
  /** Ends one client's share of a session, the session itself living on. Answers are aligned with the requests. */
  endGrants(requests: readonly EndGrant[]): Promise<readonly GrantEndAnswer[]>
}

export interface EndGrant extends Asked {
  readonly sid: Sid
  readonly cause: Cause
  readonly actor: Actor | null
}

export type GrantEndAnswer =
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'already_ended' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'failed'; readonly error: StorageUnavailable }
