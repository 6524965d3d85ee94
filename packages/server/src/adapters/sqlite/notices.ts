import type { DatabaseSync } from 'node:sqlite'
import { judgeRetry } from '../../domain/notice-retry.ts'
import type { NoticeList, NoticePage, NoticeRetried, NoticeRetry } from '../../ports/storage.ts'
import { noticeListTexts, noticePageOf, noticeParameters, noticeStretchOf } from '../stored/notice-list.ts'
import { noticeOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'

/** How many notices a page looks at: everybody waits for it, some five milliseconds. */
const look = 20_000

const texts = noticeListTexts((place) => `?${place}`)

/** Notices, as administrators see them. Those who owe them write them (`Ending`). */
export class NoticeTable {
  readonly #any
  readonly #failed
  readonly #find
  readonly #again
  readonly #sooner

  constructor(database: DatabaseSync) {
    this.#any = { bounds: database.prepare(texts.bounds), page: database.prepare(texts.page) }
    this.#failed = { bounds: database.prepare(texts.failedBounds), page: database.prepare(texts.failedPage) }
    this.#find = database.prepare('SELECT * FROM notice WHERE id = ?')
    this.#again = database.prepare(`
      UPDATE notice SET state = 'pending', attempts = 0, next_attempt_at = ?, leased_until = NULL, settled_at = NULL
      WHERE id = ? RETURNING *`)
    this.#sooner = database.prepare(
      'UPDATE notice SET next_attempt_at = ?, leased_until = NULL WHERE id = ? RETURNING *',
    )
  }

  list(list: NoticeList): NoticePage {
    const { bounds, page } = list.state === 'failed' ? this.#failed : this.#any
    const stretch = noticeStretchOf(list, bounds.get(), look)
    return noticePageOf(list, stretch, page.all(...noticeParameters(list, stretch)))
  }

  retry(commit: Commit, { id, actor, ...asked }: NoticeRetry): NoticeRetried {
    const found = this.#find.get(id)
    if (found === undefined) return { outcome: 'unknown' }
    const notice = noticeOf(found)
    const judged = judgeRetry(notice, asked.at)
    if (judged === 'delivered') return { outcome: 'delivered' }
    if (judged === 'nothing') return { outcome: 'pending', notice }
    const changed = (judged === 'again' ? this.#again : this.#sooner).get(asked.at, id)
    const { siteId, memberId, clientId } = notice
    commit.tell({ ...asked, siteId, event: 'notice.retried', actor, memberId, clientId })
    return { outcome: 'pending', notice: changed === undefined ? notice : noticeOf(changed) }
  }
}
