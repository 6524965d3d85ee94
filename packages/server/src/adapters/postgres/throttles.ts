import { familiarNetworksMost } from '../../domain/familiar-network.ts'
import type { MemberId } from '../../domain/ids.ts'
import { type ThrottleRule, throttleRules } from '../../domain/throttle.ts'
import type { Attempt, FamiliarNetwork, SettledAttempts, ThrottleLook, Throttles } from '../../ports/storage.ts'
import { throttleOf } from '../stored/records.ts'
import { integer, type Row, text } from '../stored/row.ts'
import type { Access } from './access.ts'
import { arrayOf, type Column, columnsOf, type Statement, unnestOf } from './parameters.ts'
import type { Work } from './work.ts'

/** The methods of the subject. */
export function throttleMethods({ rows, commit }: Access): Throttles {
  return {
    findThrottles: async (look) => foundOf(await rows(findText, ...findParameters(look))),
    countAttempts: (attempts) => commit(count(attempts)),
    forgetThrottles: (keys) => commit(forget(keys)),
  }
}

function count(attempts: readonly Attempt[]): Work<void> {
  return () => (_loaded, changes) => {
    changes.throttles.count(attempts)
    return () => {}
  }
}

function forget(keys: readonly string[]): Work<void> {
  return () => (_loaded, changes) => {
    changes.throttles.forget(keys)
    return () => {}
  }
}

/** By the key of each in order; last of all, with an empty key, the network that is familiar. */
const findText = `
  SELECT key, attempts, since, blocked_until, expires_at FROM throttle WHERE key = ANY ($1::text[])
  UNION ALL
  SELECT '', 0, f.used_at, 0, 0 FROM member m JOIN familiar_network f ON f.member_id = m.id
  WHERE m.site_id = $2 AND m.email_key = $3 AND f.network = $4`

function findParameters({ keys, familiar }: ThrottleLook) {
  return [arrayOf(keys), familiar?.siteId ?? null, familiar?.emailKey ?? null, familiar?.network ?? null]
}

function foundOf(rows: readonly Row[]): Awaited<ReturnType<Throttles['findThrottles']>> {
  const use = rows.find((row) => text(row, 'key') === '')
  return {
    throttles: new Map(rows.filter((row) => row !== use).map((row) => [text(row, 'key'), throttleOf(row)])),
    familiarSince: use === undefined ? null : integer(use, 'since'),
  }
}

interface Counted extends Attempt {
  readonly times: number
}

/** What a batch decided about throttles and familiar networks: at most a row for each key, however many works there are. */
export class ThrottleChanges {
  readonly #forgotten = new Set<string>()
  readonly #unlocked = new Map<MemberId, readonly string[]>()
  readonly #counted = new Map<string, Counted>()
  readonly #uses = new Map<string, FamiliarNetwork>()

  count(attempts: readonly Attempt[]): void {
    for (const { key, kind, at } of attempts) {
      const before = this.#counted.get(key)
      this.#counted.set(key, { key, kind, at: Math.max(at, before?.at ?? at), times: (before?.times ?? 0) + 1 })
    }
  }

  /** What was counted before it in this batch is forgotten too, and what is counted after it begins anew. */
  forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#counted.delete(key)
      this.#forgotten.add(key)
    }
  }

  /** Forgets what is counted for an account, from everywhere. */
  unlock(keys: readonly string[], memberId: MemberId): void {
    if (keys.length === 0) return
    this.forget(keys)
    this.#unlocked.set(memberId, keys)
  }

  /** Of a login that succeeded. */
  settle({ forget, network }: SettledAttempts, use: Omit<FamiliarNetwork, 'network'>): void {
    this.forget(forget)
    if (network !== null) this.noteUse({ ...use, network })
  }

  noteUse(use: FamiliarNetwork): void {
    this.#uses.set(`${use.memberId} ${use.network}`, use)
  }

  /** The statements, in the order in which they have to run. */
  statements(): readonly Statement[] {
    const statements: Statement[] = []
    if (this.#forgotten.size > 0) statements.push({ text: forgetText, parameters: [arrayOf(this.#forgotten)] })
    for (const [memberId, keys] of this.#unlocked) {
      statements.push({ text: forgetFromNetworksText, parameters: [arrayOf(keys), memberId] })
    }
    if (this.#counted.size > 0) {
      const counted = [...this.#counted.values()]
      const parameters = columnsOf(countColumns, counted)
      statements.push({ text: makeText, parameters: parameters.slice(0, 2) }, { text: countText, parameters })
    }
    if (this.#uses.size > 0) {
      const uses = [...this.#uses.values()]
      statements.push({ text: useText, parameters: columnsOf(useColumns, uses) })
      statements.push({
        text: forgetOldestText,
        parameters: [arrayOf(new Set(uses.map(({ memberId }) => memberId))), familiarNetworksMost],
      })
    }
    return statements
  }
}

/** In the order of the keys, as they are counted, so that two nodes wait for each other and do not block each other. */
const forgetText = `
  DELETE FROM throttle WHERE key = ANY (ARRAY(
    SELECT key FROM throttle WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE))`

/** As `keyFromNetwork` makes the keys. */
const forgetFromNetworksText = `
  DELETE FROM throttle WHERE key = ANY (ARRAY(
    SELECT k.key || '.' || f.network FROM unnest($1::text[]) AS k(key), familiar_network f WHERE f.member_id = $2))`

const rule =
  (value: (rule: ThrottleRule) => number | boolean | null) =>
  ({ kind }: Counted) =>
    value(throttleRules[kind])

const countColumns: readonly Column<Counted>[] = [
  { name: 'key', type: 'text', of: ({ key }) => key },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'times', type: 'bigint', of: ({ times }) => times },
  { name: 'allowed', type: 'bigint', of: rule(({ allowed }) => allowed) },
  { name: 'first_delay', type: 'bigint', of: rule(({ firstDelayMs }) => firstDelayMs) },
  { name: 'longest_delay', type: 'bigint', of: rule(({ longestDelayMs }) => longestDelayMs) },
  { name: 'forgotten_after', type: 'bigint', of: rule(({ forgottenAfterMs }) => forgottenAfterMs) },
  { name: 'after_last', type: 'boolean', of: rule(({ forgottenAfter }) => forgottenAfter === 'last') },
  { name: 'kept_from', type: 'bigint', of: rule(({ keptFrom }) => keptFrom) },
]

/** A row that has expired already, where there is none: from here on every key has one that can be locked. */
const makeText = `
  INSERT INTO throttle (key, attempts, since, blocked_until, expires_at)
  SELECT r.key, 0, r.at, 0, 0 FROM ${unnestOf(countColumns.slice(0, 2), 'r')} ORDER BY r.key
  ON CONFLICT (key) DO NOTHING`

/**
 * The domain's `countAttempts` in the database, where no other node can come between reading and writing. A test compares the
 * two.
 */
const countText = `
  WITH held AS MATERIALIZED (
    SELECT * FROM throttle WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE
  ), kept AS (
    SELECT r.*, h.expires_at > r.at AS is_kept, h.attempts AS counted, h.since AS counted_since,
      h.blocked_until AS counted_blocked
    FROM held h JOIN ${unnestOf(countColumns, 'r')} ON r.key = h.key
  ), sum AS (
    SELECT *, CASE WHEN is_kept THEN counted ELSE 0 END + times AS total,
      CASE WHEN is_kept THEN counted_since ELSE at END AS total_since,
      CASE WHEN is_kept THEN counted_blocked ELSE 0 END AS blocked
    FROM kept
  ), delayed AS (
    SELECT *, greatest(blocked, at + CASE WHEN total < allowed THEN 0
      ELSE least(longest_delay, first_delay * (1::bigint << least(total - allowed, 20)::int)) END) AS total_blocked
    FROM sum
  )
  UPDATE throttle x SET attempts = d.total, since = d.total_since, blocked_until = d.total_blocked,
    expires_at = CASE WHEN d.kept_from IS NOT NULL AND d.total >= d.kept_from THEN ${Number.MAX_SAFE_INTEGER}
      ELSE greatest(CASE WHEN d.after_last THEN d.at ELSE d.total_since END + d.forgotten_after, d.total_blocked) END
  FROM delayed d WHERE x.key = ANY ($1::text[]) AND x.key = d.key`

const useColumns: readonly Column<FamiliarNetwork>[] = [
  { name: 'member_id', type: 'text', of: ({ memberId }) => memberId },
  { name: 'network', type: 'text', of: ({ network }) => network },
  { name: 'used_at', type: 'bigint', of: ({ usedAt }) => usedAt },
]

const useText = `
  INSERT INTO familiar_network AS x (member_id, network, used_at)
  SELECT * FROM ${unnestOf(useColumns, 'r')} ORDER BY r.member_id, r.network
  ON CONFLICT (member_id, network) DO UPDATE SET used_at = greatest(x.used_at, excluded.used_at)`

const forgetOldestText = `
  DELETE FROM familiar_network x USING (
    SELECT member_id, network, row_number() OVER (PARTITION BY member_id ORDER BY used_at DESC, network) AS place
    FROM familiar_network WHERE member_id = ANY ($1::text[])
  ) o WHERE o.place > $2::bigint AND x.member_id = o.member_id AND x.network = o.network`
