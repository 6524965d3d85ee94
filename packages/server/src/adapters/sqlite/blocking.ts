import type { DatabaseSync } from 'node:sqlite'
import { statusOnceBlocked, statusOnceUnblocked } from '../../domain/blocking.ts'
import type { MemberId } from '../../domain/ids.ts'
import type { Member } from '../../domain/member.ts'
import type { MemberBlocked, MemberBlocking, MemberUnblocked } from '../../ports/storage.ts'
import { standingOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'
import type { Ending } from './ending.ts'
import type { MailTable } from './mails.ts'

/** Blocks members, whose sessions end with it, and lifts blocks. */
export class Blocking {
  readonly #ending: Ending
  readonly #mails: MailTable
  readonly #find
  readonly #setStatus

  constructor(database: DatabaseSync, ending: Ending, mails: MailTable) {
    this.#ending = ending
    this.#mails = mails
    this.#find = database.prepare('SELECT site_id, status, status_reasons FROM member WHERE id = ?')
    this.#setStatus = database.prepare(
      'UPDATE member SET status = ?, revision = revision + 1, updated_at = ? WHERE id = ?',
    )
  }

  block(commit: Commit, { memberId, actor, mails = [], ...asked }: MemberBlocking): MemberBlocked {
    const member = this.#standing(memberId)
    if (member === undefined) return { outcome: 'unknown' }
    const status = statusOnceBlocked(member.status)
    if (status === undefined) return { outcome: 'deleted' }
    const ended = this.#ending.endAll(commit, memberId, { ...asked, cause: 'blocked', actor })
    if (status !== member.status) {
      this.#setStatus.run(status, asked.at, memberId)
      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.blocked', actor, memberId })
    }
    return { outcome: 'blocked', ended }
  }

  unblock(commit: Commit, { memberId, actor, mails = [], ...asked }: MemberBlocking): MemberUnblocked {
    const member = this.#standing(memberId)
    if (member === undefined) return { outcome: 'unknown' }
    const status = statusOnceUnblocked(member)
    if (status === undefined) return { outcome: 'deleted' }
    if (status !== member.status) {
      this.#setStatus.run(status, asked.at, memberId)
      this.#mails.insert(mails)
      commit.tell({ ...asked, siteId: member.siteId, event: 'member.unblocked', actor, memberId })
    }
    return { outcome: 'unblocked', status }
  }

  #standing(id: MemberId): Pick<Member, 'siteId' | 'status' | 'statusReasons'> | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : standingOf(row)
  }
}
