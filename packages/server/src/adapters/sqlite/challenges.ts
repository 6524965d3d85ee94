import type { DatabaseSync } from 'node:sqlite'
import type { Challenge } from '../../domain/challenge.ts'
import type { ChallengeId, EpochMs, MemberId } from '../../domain/ids.ts'
import { challengeOf } from '../stored/records.ts'
import { integer } from '../stored/row.ts'

/** The proofs of addresses that were asked for. What may become of one is decided in `proving.ts`. */
export class ChallengeTable {
  readonly #find
  readonly #insert
  readonly #keep
  readonly #voidLinks
  readonly #voidAll
  readonly #loginCodes

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM challenge WHERE id = ?')
    this.#insert = database.prepare(`
      INSERT INTO challenge (id, site_id, kind, member_id, email_key, client_id, redirect_uri, tries, codes_sent, created_at,
        expires_at, code_expires_at, settled_at, settled_as)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#keep = database.prepare(`
      UPDATE challenge SET tries = ?, codes_sent = ?, code_expires_at = ?, settled_at = ?, settled_as = ? WHERE id = ?`)
    const voiding = `
      UPDATE challenge SET settled_at = ?, settled_as = 'void' WHERE member_id = ? AND settled_at IS NULL`
    this.#voidLinks = database.prepare(`${voiding} AND kind IN ('recovery', 'activation')`)
    this.#voidAll = database.prepare(voiding)
    this.#loginCodes = database.prepare(`
      SELECT coalesce(sum(codes_sent), 0) AS sent FROM challenge
      WHERE member_id = ? AND kind = 'login_verification' AND created_at >= ?`)
  }

  find(id: ChallengeId): Challenge | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : challengeOf(row)
  }

  countLoginCodes(memberId: MemberId, since: EpochMs): number {
    const row = this.#loginCodes.get(memberId, since)
    return row === undefined ? 0 : integer(row, 'sent')
  }

  insert(challenge: Challenge): void {
    this.#insert.run(
      challenge.id,
      challenge.siteId,
      challenge.kind,
      challenge.memberId,
      challenge.emailKey,
      challenge.clientId,
      challenge.redirectUri,
      challenge.tries,
      challenge.codesSent,
      challenge.createdAt,
      challenge.expiresAt,
      challenge.codeExpiresAt,
      challenge.settled?.at ?? null,
      challenge.settled?.as ?? null,
    )
  }

  /** Writes what may change of a challenge. */
  keep({ id, tries, codesSent, codeExpiresAt, settled }: Challenge): void {
    this.#keep.run(tries, codesSent, codeExpiresAt, settled?.at ?? null, settled?.as ?? null, id)
  }

  /** Makes what a member has not answered yet void: the links alone, or all of it. */
  makeVoid(memberId: MemberId, which: 'links' | 'all', at: EpochMs): void {
    const statement = which === 'links' ? this.#voidLinks : this.#voidAll
    statement.run(at, memberId)
  }
}
