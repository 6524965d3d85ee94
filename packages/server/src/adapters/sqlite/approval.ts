import type { DatabaseSync } from 'node:sqlite'
import type { MemberId } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import { isSameStanding, type MemberStanding, onceApproved, onceRejected } from '../../domain/waiting.ts'
import type { ApprovalDecision, Asked, MemberApproved, MemberRejected } from '../../ports/storage.ts'
import { standingOf } from '../stored/records.ts'
import type { ChallengeTable } from './challenges.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { MailTable } from './mails.ts'

/** Approves and rejects members who wait for it. */
export class Approval {
  readonly #ending: Ending
  readonly #challenges: ChallengeTable
  readonly #mails: MailTable
  readonly #find
  readonly #setStanding

  constructor(database: DatabaseSync, ending: Ending, challenges: ChallengeTable, mails: MailTable) {
    this.#ending = ending
    this.#challenges = challenges
    this.#mails = mails
    this.#find = database.prepare('SELECT site_id, status, status_reasons FROM member WHERE id = ?')
    this.#setStanding = database.prepare(
      'UPDATE member SET status = ?, status_reasons = ?, revision = revision + 1, updated_at = ? WHERE id = ?',
    )
  }

  approve(commit: Commit, { memberId, actor, mails, ...asked }: ApprovalDecision): MemberApproved {
    const member = this.#standing(memberId)
    if (member === undefined) return { outcome: 'unknown' }
    const standing = onceApproved(member)
    if (standing === undefined) return { outcome: 'deleted' }
    if (!isSameStanding(member, standing)) {
      this.#set(memberId, standing, asked)
      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.approved', actor, memberId })
    }
    return { outcome: 'approved', standing }
  }

  reject(commit: Commit, { memberId, actor, mails, ...asked }: ApprovalDecision): MemberRejected {
    const member = this.#standing(memberId)
    if (member === undefined) return { outcome: 'unknown' }
    const standing = onceRejected(member)
    if (standing === undefined) return { outcome: 'not_waiting' }
    const ended = this.#ending.endAll(commit, memberId, { ...asked, cause: 'admin', actor })
    this.#challenges.makeVoid(memberId, 'all', asked.at)
    if (!isSameStanding(member, standing)) {
      this.#set(memberId, standing, asked)
      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.rejected', actor, memberId })
    }
    return { outcome: 'rejected', standing, ended }
  }

  #set(memberId: MemberId, { status, statusReasons }: MemberStanding, { at }: Asked): void {
    this.#setStanding.run(status, JSON.stringify(statusReasons), at, memberId)
  }

  #standing(id: MemberId): (MemberStanding & Pick<Member, 'siteId'>) | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : standingOf(row)
  }
}
