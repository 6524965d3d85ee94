/** How notices are found, alike on both databases: in stretches of their numbers, as there is no index for every question. */
import type { NoticeList, NoticePage } from '../../ports/storage.ts'
import { noticeOf } from './records.ts'
import { integerOrNull, type Row } from './row.ts'
import { nextOf, type Stretch, stretchOf } from './stretch.ts'
import { columnsOfTable } from './tables.ts'

export interface NoticeListTexts {
  /** Gives one row: the `first` and the `last` number. */
  readonly bounds: string
  /** The same of those that failed. */
  readonly failedBounds: string
  readonly page: string
  /** The page of those that failed, which are found by their index. */
  readonly failedPage: string
}

/** @param place - Writes a parameter with its type, by its place from 1 on. */
export function noticeListTexts(place: (place: number, type: 'bigint' | 'text') => string): NoticeListTexts {
  const equal = (column: string, at: number) => `(${place(at, 'text')} IS NULL OR ${column} = ${place(at, 'text')})`
  const bounds = (where: string) =>
    `SELECT (SELECT min(id) FROM notice ${where}) AS first, (SELECT max(id) FROM notice ${where}) AS last`
  const page = (which: string) => `
    SELECT ${columnsOfTable('notice')} FROM notice
    WHERE ${which} AND id >= ${place(1, 'bigint')} AND id < ${place(2, 'bigint')}
      AND ${equal('state', 3)} AND ${equal('client_id', 4)} AND ${equal('member_id', 5)}
    ORDER BY id DESC LIMIT ${place(6, 'bigint')}`
  const failed = `state = 'failed'`
  return {
    bounds: bounds(''),
    failedBounds: bounds(`WHERE ${failed}`),
    page: page('true'),
    failedPage: page(failed),
  }
}

/** The stretch that a page looks at: for those that failed all of them, since the index holds no others. */
export function noticeStretchOf({ state, cursor }: NoticeList, row: Row | undefined, look: number): Stretch {
  const first = row === undefined ? null : integerOrNull(row, 'first')
  const last = row === undefined ? null : integerOrNull(row, 'last')
  if (first === null || last === null) return { from: 0, below: 0, goesOn: false }
  const bounds = { low: first, high: last + 1 }
  return stretchOf(bounds, 'newest', cursor, state === 'failed' ? Number.MAX_SAFE_INTEGER : look)
}

/** The parameters of either page. */
export function noticeParameters(
  { state, clientId, memberId, limit }: NoticeList,
  { from, below }: Stretch,
): readonly (string | number | null)[] {
  return [from, below, state, clientId, memberId, limit]
}

export function noticePageOf({ limit }: NoticeList, stretch: Stretch, rows: readonly Row[]): NoticePage {
  const notices = rows.map(noticeOf)
  return { notices, next: nextOf(stretch, 'newest', notices.length >= limit ? notices.at(-1)?.id : undefined) }
}
