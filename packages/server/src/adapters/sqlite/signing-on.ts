import type { DatabaseSync } from 'node:sqlite'
import { onceSignedOn } from '../../domain/sign-on.ts'
import type { MemberSignOn, SignedOn } from '../../ports/storage.ts'
import type { Commit } from './commit.ts'
import type { MemberTable } from './members.ts'
import type { SessionTable } from './sessions.ts'

/** Signs members on, on the word of somebody who is trusted. */
export class SigningOn {
  readonly #members: MemberTable
  readonly #sessions: SessionTable
  readonly #change

  constructor(database: DatabaseSync, members: MemberTable, sessions: SessionTable) {
    this.#members = members
    this.#sessions = sessions
    this.#change = database.prepare(`
      UPDATE member SET status = ?, status_reasons = ?, email_verified = ?, profile = ?, revision = ?, updated_at = ?
      WHERE id = ?`)
  }

  signOn(commit: Commit, { member: given, session, actor, ...asked }: MemberSignOn): SignedOn {
    const before = this.#members.findByEmail(given.siteId, given.emailKey)
    const member = before === undefined ? given : onceSignedOn(before, given, asked.at)
    if (member === undefined) return { outcome: 'not_active', status: before?.status ?? given.status }
    const said = { ...asked, siteId: member.siteId, actor, memberId: member.id }
    if (before === undefined) {
      this.#members.add(member)
      commit.tell({ ...said, event: 'member.registered' })
    } else if (member !== before) {
      const { status, statusReasons, emailVerified, profile, revision, updatedAt } = member
      const reasons = JSON.stringify(statusReasons)
      this.#change.run(status, reasons, emailVerified ? 1 : 0, JSON.stringify(profile), revision, updatedAt, member.id)
      commit.tell({ ...said, event: before.status === 'PENDING' ? 'member.approved' : 'member.updated' })
    }
    this.#sessions.insert(commit, { ...session, memberId: member.id }, asked, actor)
    return { outcome: 'signed_on', member }
  }
}
