import type { DatabaseSync } from 'node:sqlite'
import { endOfEmailPrefix } from '../../domain/email.ts'
import { erased, isErased } from '../../domain/erasure.ts'
import type { Member } from '../../domain/member.ts'
import { changeable } from '../../domain/member-change.ts'
import { profileAfter } from '../../domain/profile-change.ts'
import type {
  EmailChange,
  EmailChanged,
  MemberAdded,
  MemberAddition,
  MemberDeleted,
  MemberDeletion,
  MemberList,
  MemberUpdate,
  MemberUpdated,
} from '../../ports/storage.ts'
import { memberOf } from '../stored/records.ts'
import type { ChallengeTable } from './challenges.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { MailTable } from './mails.ts'
import { insertMember, type MemberTable, memberValuesOf } from './members.ts'

/** What an operator does with members: lists, adds, changes and deletes them. */
export class MemberAdministration {
  readonly #members: MemberTable
  readonly #ending: Ending
  readonly #mails: MailTable
  readonly #challenges: ChallengeTable
  readonly #list
  readonly #insert
  readonly #setProfile
  readonly #setEmail
  readonly #erase
  readonly #eraseElsewhere

  constructor(
    database: DatabaseSync,
    members: MemberTable,
    ending: Ending,
    mails: MailTable,
    challenges: ChallengeTable,
  ) {
    this.#members = members
    this.#ending = ending
    this.#mails = mails
    this.#challenges = challenges
    const byAge = 'ORDER BY created_at DESC, id DESC LIMIT ?'
    this.#list = {
      all: database.prepare(`SELECT * FROM member WHERE site_id = ? AND (created_at, id) < (?, ?) ${byAge}`),
      ofStatus: database.prepare(
        `SELECT * FROM member WHERE site_id = ? AND status = ? AND (created_at, id) < (?, ?) ${byAge}`,
      ),
      byAddress: database.prepare(`
        SELECT * FROM member
        WHERE site_id = ? AND email_key > ? AND email_key >= ? AND email_key < ? AND status <> 'DELETED'
        ORDER BY email_key LIMIT ?`),
    }
    this.#insert = database.prepare(`${insertMember} ON CONFLICT DO NOTHING`)
    this.#setProfile = database.prepare('UPDATE member SET profile = ?, revision = ?, updated_at = ? WHERE id = ?')
    this.#setEmail = database.prepare(
      'UPDATE member SET email = ?, email_key = ?, email_verified = ?, revision = ?, updated_at = ? WHERE id = ?',
    )
    this.#erase = database.prepare(`
      UPDATE member SET email = ?, email_key = ?, email_verified = ?, status = ?, status_reasons = ?, password_hash = ?,
        profile = ?, revision = revision + 1, updated_at = ?
      WHERE id = ?`)
    this.#eraseElsewhere = [
      'UPDATE session SET device = NULL WHERE member_id = ? AND device IS NOT NULL',
      'DELETE FROM challenge WHERE member_id = ?',
      'DELETE FROM mail WHERE member_id = ?',
      'DELETE FROM familiar_network WHERE member_id = ?',
    ].map((sql) => database.prepare(sql))
  }

  list(list: MemberList): readonly Member[] {
    const { siteId, limit } = list
    if (list.by === 'address') {
      const { prefix, after } = list
      return this.#list.byAddress.all(siteId, after ?? '', prefix, endOfEmailPrefix(prefix), limit).map(memberOf)
    }
    const { createdAt, id } = list.after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
    const rows =
      list.status === null
        ? this.#list.all.all(siteId, createdAt, id, limit)
        : this.#list.ofStatus.all(siteId, list.status, createdAt, id, limit)
    return rows.map(memberOf)
  }

  add(commit: Commit, { members, event, actor, ...asked }: MemberAddition): readonly MemberAdded[] {
    return members.map((member) => {
      if (this.#insert.run(...memberValuesOf(member)).changes === 0) {
        const holder = this.#members.findByEmail(member.siteId, member.emailKey)
        return holder === undefined ? { outcome: 'id_taken' } : { outcome: 'email_taken', by: holder.id }
      }
      commit.tell({ ...asked, siteId: member.siteId, event, actor, memberId: member.id })
      return { outcome: 'added' }
    })
  }

  update(commit: Commit, { memberId, actor, revision, profile: change, ...asked }: MemberUpdate): MemberUpdated {
    const found = changeable(this.#members.find(memberId), revision)
    if ('outcome' in found) return found
    const profile = profileAfter(found.profile, change)
    const member = { ...found, profile, revision: found.revision + 1, updatedAt: asked.at }
    this.#setProfile.run(JSON.stringify(profile), member.revision, asked.at, memberId)
    commit.tell({ ...asked, siteId: found.siteId, event: 'member.updated', actor, memberId })
    return { outcome: 'updated', member }
  }

  changeEmail(commit: Commit, { memberId, actor, revision, mails, ...change }: EmailChange): EmailChanged {
    const { email, emailKey, emailVerified, at, requestId } = change
    const found = changeable(this.#members.find(memberId), revision)
    if ('outcome' in found) return found
    const holder = this.#members.findByEmail(found.siteId, emailKey)
    if (holder !== undefined && holder.id !== memberId) return { outcome: 'email_taken' }
    const member = { ...found, email, emailKey, emailVerified, revision: found.revision + 1, updatedAt: at }
    this.#setEmail.run(email, emailKey, emailVerified ? 1 : 0, member.revision, at, memberId)
    this.#challenges.makeVoid(memberId, 'all', at)
    this.#mails.insert(mails)
    commit.tell({ at, requestId, siteId: found.siteId, event: 'member.email_changed', actor, memberId })
    return { outcome: 'changed', member }
  }

  delete(commit: Commit, { memberId, actor, ...asked }: MemberDeletion): MemberDeleted {
    const member = this.#members.find(memberId)
    if (member === undefined) return { outcome: 'unknown' }
    if (isErased(member)) return { outcome: 'deleted', ended: [] }
    const ended = this.#ending.endAll(commit, memberId, { ...asked, cause: 'deleted', actor })
    const { email, emailKey, emailVerified, status, statusReasons, passwordHash, profile } = erased(member)
    this.#erase.run(
      email,
      emailKey,
      emailVerified ? 1 : 0,
      status,
      JSON.stringify(statusReasons),
      passwordHash,
      JSON.stringify(profile),
      asked.at,
      memberId,
    )
    for (const statement of this.#eraseElsewhere) statement.run(memberId)
    commit.tell({ ...asked, siteId: member.siteId, event: 'member.deleted', actor, memberId })
    return { outcome: 'deleted', ended }
  }
}
