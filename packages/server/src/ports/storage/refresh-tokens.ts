import type { EpochMs, SecretHash } from '../../domain/ids.ts'
import type { SessionFacts } from '../../domain/session.ts'
import type { Asked } from './asked.ts'

export interface RefreshTokens {
  /** The token, spent or not, with its grant and session. */
  findRefreshToken(hash: SecretHash): Promise<RefreshTokenFacts | undefined>
  /** Spends a token and keeps its successor. Of two calls with one token, exactly one rotates. */
  rotateRefreshToken(rotation: RefreshTokenRotation): Promise<RefreshTokenRotated>
}

export interface RefreshTokenFacts {
  readonly spentAt: EpochMs | null
  /** Its `grant` is never null. */
  readonly facts: SessionFacts & { readonly grant: NonNullable<SessionFacts['grant']> }
}

export interface RefreshTokenRotation extends Asked {
  readonly hash: SecretHash
  readonly successorHash: SecretHash
}

export interface RefreshTokenRotated {
  readonly outcome: 'rotated' | 'spent' | 'session_over' | 'unknown'
}
