import { judgeSession } from '../../domain/session.ts'
import type { RefreshTokenRotated, RefreshTokenRotation } from '../../ports/storage.ts'
import { refreshTokenFactsOf } from './session-facts.ts'
import type { Work } from './work.ts'

/** Spends a refresh token and keeps its successor. One of a session that ends meanwhile is as dead as its successor. */
export function rotateRefreshToken({ hash, successorHash, at }: RefreshTokenRotation): Work<RefreshTokenRotated> {
  return (needs) => {
    const place = needs.session({ by: 'refresh_token', hash })
    return (loaded, changes) => {
      const answer = (rotated: RefreshTokenRotated) => () => rotated
      const token = refreshTokenFactsOf(loaded.session(place))
      if (token === undefined) return answer({ outcome: 'unknown' })
      if (judgeSession(token.facts).state !== 'live') return answer({ outcome: 'session_over' })
      if (token.spentAt !== null || !loaded.spendToken(hash)) return answer({ outcome: 'spent' })
      changes.spentRefreshTokens.push({ hash, at })
      changes.refreshTokens.push({ hash: successorHash, grantId: token.facts.grant.id, createdAt: at })
      return answer({ outcome: 'rotated' })
    }
  }
}
