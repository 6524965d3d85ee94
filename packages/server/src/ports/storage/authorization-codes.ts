import type { AuthorizationCode, CodePresentation, CodeVerdict } from '../../domain/authorization-code.ts'
import type { Grant } from '../../domain/grant.ts'
import type { SecretHash, SessionId, Sid } from '../../domain/ids.ts'
import type { SessionFacts } from '../../domain/session.ts'
import type { Asked } from './asked.ts'

export interface AuthorizationCodes {
  /**
   * Issues a code for a live session. A ticket is spent by it; of two calls with one ticket, exactly one issues.
   * With `cookie`, the session gets that secret and device, unless it has a secret already.
   */
  issueCode(issue: CodeIssue): Promise<CodeIssued>
  /**
   * Exchanges a code for a grant of its client, once. The session's live grant for that client is taken up again, with its
   * `sid`, where there is one. `replayed` is a second presentation that fits in everything: the caller ends the grant.
   * Refused as `client_disabled` when the client was disabled or deleted since the code was issued.
   */
  redeemCode(redemption: CodeRedemption): Promise<CodeRedeemed>
}

export interface CodeIssue extends Asked {
  readonly authority:
    | { readonly by: 'ticket'; readonly hash: SecretHash }
    | { readonly by: 'secret'; readonly hash: SecretHash }
    /** The caller knows by other means whose session it is. */
    | { readonly by: 'id'; readonly id: SessionId }
  readonly code: AuthorizationCode & { readonly hash: SecretHash }
  /** `device` is that of the browser, which holds the session from then on; where it is `null` the one before stays. */
  readonly cookie: {
    readonly secretHash: SecretHash
    readonly replaces: SecretHash | null
    readonly device: string | null
  } | null
}

export type CodeIssued =
  | { readonly outcome: 'issued'; readonly sessionId: SessionId }
  | { readonly outcome: 'ticket_unknown' | 'ticket_spent' | 'ticket_expired' | 'session_over' }

export interface CodeRedemption extends Asked {
  readonly hash: SecretHash
  readonly presented: CodePresentation
  /** The name of the grant, should one have to be made. */
  readonly sid: Sid
  /** Kept when the code's scope asks for a refresh token. */
  readonly refreshTokenHash: SecretHash
}

export type CodeRedeemed =
  | { readonly outcome: 'granted'; readonly grant: Grant; readonly facts: SessionFacts; readonly refreshable: boolean }
  | { readonly outcome: 'replayed'; readonly sid: Sid }
  | { readonly outcome: 'unknown' | 'spent' | 'session_over' | 'client_disabled' }
  | { readonly outcome: Exclude<CodeVerdict, 'good'> }
