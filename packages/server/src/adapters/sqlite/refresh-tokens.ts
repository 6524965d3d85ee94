import type { DatabaseSync } from 'node:sqlite'
import { judgeSession } from '../../domain/session.ts'
import type { RefreshTokenRotated, RefreshTokenRotation } from '../../ports/storage.ts'
import type { Commit } from './commit.ts'
import type { SessionFactsReader } from './session-facts.ts'

/** The rotation of refresh tokens. They are made with their grant, in `authorization-codes.ts`. */
export class RefreshTokenTable {
  readonly #facts: SessionFactsReader
  readonly #spend
  readonly #insert

  constructor(database: DatabaseSync, facts: SessionFactsReader) {
    this.#facts = facts
    this.#spend = database.prepare('UPDATE refresh_token SET spent_at = ? WHERE hash = ? AND spent_at IS NULL')
    this.#insert = database.prepare('INSERT INTO refresh_token (hash, grant_id, created_at) VALUES (?, ?, ?)')
  }

  rotate(commit: Commit, { hash, successorHash, at }: RefreshTokenRotation): RefreshTokenRotated {
    const token = this.#facts.readByRefreshToken(hash, commit, at)
    if (token === undefined) return { outcome: 'unknown' }
    if (judgeSession(token.facts).state !== 'live') return { outcome: 'session_over' }
    if (this.#spend.run(at, hash).changes === 0) return { outcome: 'spent' }
    this.#insert.run(successorHash, token.facts.grant.id, at)
    return { outcome: 'rotated' }
  }
}
