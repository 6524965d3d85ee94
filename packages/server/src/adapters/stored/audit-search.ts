/**
 * How records of the audit log are found, alike on both databases.
 *
 * The table has its number and no other index: each would be written by every logout, to be read by few. So a page looks at
 * a bounded stretch of numbers, and says how far it looked. A time is found by halving: `at` grows with the numbers, but for
 * requests that were under way at once and for clocks that are put right, so a stretch begins a little before the time
 * and ends a little after it, and each record is compared besides.
 */
import { causeCode } from '../../domain/cause.ts'
import type { AuditPage, AuditQuery } from '../../ports/storage.ts'
import { auditRecordOf } from './records.ts'
import { integerOrNull, type Row } from './row.ts'
import { nextOf, type Stretch, stretchOf } from './stretch.ts'
import { columnsOfTable } from './tables.ts'

/** How much later than a record of a higher number one may claim to be. */
const disorderMs = 60_000

/** Writes a parameter with its type, by its place from 1 on. */
type Place = (place: number, type: 'bigint' | 'text') => string

export interface AuditSearchTexts {
  /** Gives one row: the `first` and the `last` number there are, and the stretch of the times, `low` up to below `high`. */
  readonly bounds: string
  readonly newest: string
  readonly oldest: string
}

type Value = string | number | null

export function auditSearchTexts(place: Place): AuditSearchTexts {
  const first = 'SELECT min(n) FROM audit'
  const last = 'SELECT max(n) FROM audit'
  /** The first number whose record is not before the time; one after the last where there is none. */
  const firstAt = (at: string) => {
    const isLate = `coalesce((SELECT a.at FROM audit a WHERE a.n >= (s.lo + s.hi) / 2 ORDER BY a.n LIMIT 1), ${at}) >= ${at}`
    return `
      WITH RECURSIVE step(lo, hi) AS (
        SELECT coalesce((${first}), 1), coalesce((${last}), 0) + 1
        UNION ALL
        SELECT CASE WHEN ${isLate} THEN s.lo ELSE (s.lo + s.hi) / 2 + 1 END,
          CASE WHEN ${isLate} THEN (s.lo + s.hi) / 2 ELSE s.hi END
        FROM step s WHERE s.lo < s.hi
      ) SELECT lo FROM step WHERE lo >= hi`
  }
  const [from, to] = [place(1, 'bigint'), place(2, 'bigint')]
  const equal = (column: string, at: number, type: 'bigint' | 'text') =>
    `(${place(at, type)} IS NULL OR ${column} = ${place(at, type)})`
  const page = (order: 'ASC' | 'DESC') => `
    SELECT ${columnsOfTable('audit')} FROM audit
    WHERE n >= ${place(1, 'bigint')} AND n < ${place(2, 'bigint')}
      AND (${place(3, 'bigint')} IS NULL OR at >= ${place(3, 'bigint')})
      AND (${place(4, 'bigint')} IS NULL OR at < ${place(4, 'bigint')})
      AND ${equal('event', 5, 'text')} AND ${equal('cause', 6, 'bigint')}
      AND ${equal('actor_kind', 7, 'text')} AND ${equal('actor_id', 8, 'text')}
      AND ${equal('member_id', 9, 'text')} AND ${equal('session_id', 10, 'bigint')} AND ${equal('client_id', 11, 'text')}
      AND ${equal('key_id', 12, 'text')}
    ORDER BY n ${order} LIMIT ${place(13, 'bigint')}`
  return {
    bounds: `
      SELECT (${first}) AS first, (${last}) AS last,
        CASE WHEN ${from} IS NOT NULL THEN (${firstAt(from)}) END AS low,
        CASE WHEN ${to} IS NOT NULL THEN (${firstAt(to)}) END AS high`,
    newest: page('DESC'),
    oldest: page('ASC'),
  }
}

/** The parameters of `bounds`. */
export function boundParameters({ from, to }: AuditQuery): readonly Value[] {
  return [from === undefined ? null : from - disorderMs, to === undefined ? null : to + disorderMs]
}

/** The stretch that a page looks at. */
export function auditStretchOf({ order, cursor }: AuditQuery, row: Row | undefined, look: number): Stretch {
  const first = row === undefined ? null : integerOrNull(row, 'first')
  const last = row === undefined ? null : integerOrNull(row, 'last')
  if (row === undefined || first === null || last === null) return { from: 0, below: 0, goesOn: false }
  const low = Math.max(first, integerOrNull(row, 'low') ?? first)
  const high = Math.min(last + 1, integerOrNull(row, 'high') ?? last + 1)
  return stretchOf({ low, high }, order, cursor, look)
}

/** The parameters of `newest` and `oldest`. */
export function pageParameters(query: AuditQuery, { from, below }: Stretch): readonly Value[] {
  const { actor, cause } = query
  return [
    from,
    below,
    query.from ?? null,
    query.to ?? null,
    query.event ?? null,
    cause === undefined ? null : causeCode(cause),
    actor?.kind ?? null,
    actor?.id ?? null,
    query.memberId ?? null,
    query.sessionId ?? null,
    query.clientId ?? null,
    query.keyId ?? null,
    query.limit,
  ]
}

export function auditPageOf({ order, limit }: AuditQuery, stretch: Stretch, rows: readonly Row[]): AuditPage {
  const records = rows.map(auditRecordOf)
  return { records, next: nextOf(stretch, order, records.length >= limit ? records.at(-1)?.n : undefined) }
}
