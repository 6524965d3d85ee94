import { type Channel, channels } from '../../ports/measurements.ts'
import type { OwedDuties } from '../../ports/storage.ts'
import { integer, integerOrNull, type Row, text } from './row.ts'

/**
 * One row for each channel and state, alike in both databases. Each part reads a partial index, so that what was delivered long
 * ago costs nothing; a backlog of a million, with the rows that it has to look into, costs a few tenths of a second.
 */
export const owedDutiesText = `
  SELECT kind AS channel, 'pending' AS state, count(*) AS duties, min(created_at) AS since
  FROM notice WHERE state = 'pending' GROUP BY kind
  UNION ALL SELECT kind, 'failed', count(*), NULL FROM notice WHERE state = 'failed' GROUP BY kind
  UNION ALL SELECT 'mail', 'pending', count(*), min(created_at) FROM mail WHERE state = 'pending'
  UNION ALL SELECT 'mail', 'failed', count(*), NULL FROM mail WHERE state = 'failed'`

/** What rows of {@link owedDutiesText} say. Notices and mails of one channel are taken together. */
export function owedDutiesOf(rows: readonly Row[]): readonly OwedDuties[] {
  const owed = new Map<string, { pending: number; failed: number; oldestOwedAt: number | null }>(
    channels.map((channel) => [channel, { pending: 0, failed: 0, oldestOwedAt: null }]),
  )
  for (const row of rows) {
    const duties = owed.get(text(row, 'channel'))
    if (duties === undefined)
      throw new RangeError(`Cannot tell what is owed as no channel is named ${text(row, 'channel')}`)
    duties[text(row, 'state') === 'pending' ? 'pending' : 'failed'] += integer(row, 'duties')
    const since = integerOrNull(row, 'since')
    if (since !== null) duties.oldestOwedAt = Math.min(since, duties.oldestOwedAt ?? since)
  }
  return Array.from(owed, ([channel, duties]) => ({ channel: channel as Channel, ...duties }))
}
