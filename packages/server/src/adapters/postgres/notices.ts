import { judgeRetry } from '../../domain/notice-retry.ts'
import type { NoticeRetried, NoticeRetry, Notices } from '../../ports/storage.ts'
import { noticeListTexts, noticePageOf, noticeParameters, noticeStretchOf } from '../stored/notice-list.ts'
import { noticeOf } from '../stored/records.ts'
import { columnsOfTable } from '../stored/tables.ts'
import type { Access } from './access.ts'
import type { Work } from './work.ts'

/** How many notices a page looks at. It holds up nobody but one of the connections that read. */
const look = 100_000

const texts = noticeListTexts((place, type) => `$${place}::${type}`)

/** Notices, as administrators see them. */
export function noticeMethods({ rows, commit }: Access): Notices {
  return {
    listNotices: async (list) => {
      const failed = list.state === 'failed'
      const [bounds] = await rows(failed ? texts.failedBounds : texts.bounds)
      const stretch = noticeStretchOf(list, bounds, look)
      return noticePageOf(
        list,
        stretch,
        await rows(failed ? texts.failedPage : texts.page, ...noticeParameters(list, stretch)),
      )
    },
    retryNotice: (retry) => commit(retryNotice(retry), 'apart'),
  }
}

const findText = `SELECT ${columnsOfTable('notice')} FROM notice WHERE id = $1 FOR UPDATE`

const againText = `
  UPDATE notice SET state = 'pending', attempts = 0, next_attempt_at = $1, leased_until = NULL, settled_at = NULL
  WHERE id = $2`

const soonerText = 'UPDATE notice SET next_attempt_at = $1, leased_until = NULL WHERE id = $2'

function retryNotice({ id, actor, ...asked }: NoticeRetry): Work<NoticeRetried> {
  return (needs) => {
    const place = needs.ask({ text: findText, parameters: [id] })
    return (loaded, changes) => {
      const [row] = loaded.rows(place)
      if (row === undefined) return () => ({ outcome: 'unknown' })
      const notice = noticeOf(row)
      const judged = judgeRetry(notice, asked.at)
      if (judged === 'delivered') return () => ({ outcome: 'delivered' })
      if (judged === 'nothing') return () => ({ outcome: 'pending', notice })
      changes.write({ text: judged === 'again' ? againText : soonerText, parameters: [asked.at, id] })
      const { siteId, memberId, clientId } = notice
      changes.tell({ ...asked, siteId, event: 'notice.retried', actor, memberId, clientId })
      const due = { ...notice, state: 'pending', nextAttemptAt: asked.at, leasedUntil: null } as const
      const now = judged === 'again' ? { ...due, attempts: 0, settledAt: null } : due
      return () => ({ outcome: 'pending', notice: now })
    }
  }
}
