import type { DatabaseSync } from 'node:sqlite'
import type { MemberId, SessionId } from '../../domain/ids.ts'
import type { MemberRecord } from '../../ports/storage.ts'
import { recordedChallengeOf, recordedMailOf, recordedSessionOf } from '../stored/member-record.ts'
import { integer, text } from '../stored/row.ts'
import type { MemberTable } from './members.ts'
import type { EndsOnRecord } from './session-facts.ts'

/** Reads all that is stored of a member besides the audit log. */
export class MemberRecordReader {
  readonly #members: MemberTable
  readonly #sessions
  readonly #clients
  readonly #challenges
  readonly #mails
  readonly #networks

  constructor(database: DatabaseSync, members: MemberTable) {
    this.#members = members
    this.#sessions = database.prepare(`
      SELECT id, client_id, created_at, used_at, expires_at, persistent, device FROM session
      WHERE member_id = ? ORDER BY id`)
    this.#clients = database.prepare('SELECT client_id FROM client_grant WHERE session_id = ? ORDER BY id')
    this.#challenges = database.prepare('SELECT * FROM challenge WHERE member_id = ? ORDER BY created_at, id')
    this.#mails = database.prepare('SELECT * FROM mail WHERE member_id = ? ORDER BY id')
    this.#networks = database.prepare('SELECT used_at FROM familiar_network WHERE member_id = ? ORDER BY used_at')
  }

  read(id: MemberId, ends: EndsOnRecord): MemberRecord | undefined {
    const member = this.#members.find(id)
    if (member === undefined) return undefined
    return {
      member,
      sessions: this.#sessions.all(id).map((row) => {
        const sessionId = integer(row, 'id') as SessionId
        const clientIds = this.#clients.all(sessionId).map((grant) => text(grant, 'client_id'))
        return recordedSessionOf(row, ends.sessionEnd(sessionId), clientIds.join(' '))
      }),
      challenges: this.#challenges.all(id).map(recordedChallengeOf),
      mails: this.#mails.all(id).map(recordedMailOf),
      networksUsedAt: this.#networks.all(id).map((row) => integer(row, 'used_at')),
    }
  }
}
