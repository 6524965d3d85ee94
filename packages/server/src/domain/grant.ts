import type { ClientId, EpochMs, GrantId, SessionId, Sid } from './ids.ts'

/** What one session allowed one client. The clients to tell at logout are the session's grants. */
export interface Grant {
  readonly id: GrantId
  /** What this client's tokens carry: random, of this grant alone. */
  readonly sid: Sid
  readonly sessionId: SessionId
  readonly clientId: ClientId
  readonly scope: string
  /** The client's when the code was issued that the grant came of: below the client's present one it is over. */
  readonly clientGeneration: number
  readonly createdAt: EpochMs
}

/** Whether a scope asks for a refresh token. */
export function wantsRefreshToken(scope: string): boolean {
  return scope.split(' ').includes('offline_access')
}
