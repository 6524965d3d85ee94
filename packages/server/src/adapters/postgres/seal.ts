/**
 * The statement that ends things: one for one session and for ten thousand, and the last before the commit.
 *
 * It runs under the log's lock, so what it reads is all that was committed before, and numbers follow the order of
 * commits. It finds what each request names, decides which request is the first to end it, writes the notices and the audit
 * rows, and moves the head of the log, computing the chain as `domain/revocation-log.ts` does. It does so here because the
 * sids of what ends are known only under the lock: fetching them first would hold up every other node for a round trip.
 */
import { type Cause, causeCode } from '../../domain/cause.ts'
import type { MemberId, SecretHash, SessionId, Sid, SiteId, VisitorId } from '../../domain/ids.ts'
import { type Actor, matterUntil } from '../../domain/revocation-log.ts'
import type { Asked, AuditRecord } from '../../ports/storage.ts'
import { type Column, columnsOf, lookUp, type Statement, unnestOf } from './parameters.ts'

/** What one request ends. */
export interface EndItem extends Asked {
  /** Its place among everything that the batch records. */
  readonly place: number
  readonly what: ItemToEnd
  readonly cause: Cause
  /** `null` means the member of what ends, or the system where there is none. */
  readonly actor: Actor | null
}

export type ItemToEnd =
  | { readonly by: 'id'; readonly id: SessionId }
  /** Unless it is the session `except`. */
  | { readonly by: 'secret'; readonly hash: SecretHash; readonly except?: SessionId }
  | { readonly by: 'sid'; readonly sid: Sid }
  | { readonly by: 'logout_ticket'; readonly hash: SecretHash }
  | { readonly by: 'visitor'; readonly siteId: SiteId; readonly visitorId: VisitorId; readonly until: number }
  | { readonly by: 'member'; readonly memberId: MemberId }
  | { readonly by: 'member_except'; readonly memberId: MemberId; readonly keep: SessionId }
  | { readonly by: 'everyone'; readonly siteId: SiteId }
  | { readonly by: 'grant'; readonly sid: Sid }

/** An audit record of something that is no end. */
export type Told = Pick<AuditRecord, 'at' | 'siteId' | 'event' | 'actor' | 'requestId'> &
  Partial<Pick<AuditRecord, 'memberId' | 'sessionId' | 'clientId' | 'keyId'>> & { readonly place: number }

/** A kind of item, as in the column `by`. */
type Kind = ItemToEnd['by']

/** The columns of an item; one that names `kinds` is left out where none of them occurs. */
const itemColumns: readonly (Column<EndItem> & { readonly kinds?: readonly Kind[] })[] = [
  { name: 'place', type: 'bigint', of: ({ place }) => place },
  { name: 'by', type: 'text', of: ({ what }) => what.by },
  { name: 'id', type: 'bigint', of: ({ what }) => numberOf(what) },
  { name: 'hash', type: 'bytea', of: ({ what }) => ('hash' in what ? what.hash : null) },
  {
    name: 'name',
    type: 'text',
    of: ({ what }) => nameOf(what),
    kinds: ['sid', 'visitor', 'member', 'member_except', 'grant'],
  },
  {
    name: 'site_id',
    type: 'text',
    of: ({ what }) => ('siteId' in what ? what.siteId : null),
    kinds: ['visitor', 'everyone'],
  },
  {
    name: 'visitor_until',
    type: 'bigint',
    of: ({ what }) => ('until' in what ? what.until : null),
    kinds: ['visitor'],
  },
  { name: 'cause', type: 'bigint', of: ({ cause }) => causeCode(cause) },
  { name: 'actor_kind', type: 'text', of: ({ actor }) => actor?.kind ?? null },
  { name: 'actor_id', type: 'text', of: ({ actor }) => idOf(actor) },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'request_id', type: 'text', of: ({ requestId }) => requestId },
]

function itemColumnsFor(kinds: ReadonlySet<Kind>): readonly Column<EndItem>[] {
  return itemColumns.filter((column) => column.kinds?.some((kind) => kinds.has(kind)) ?? true)
}

const toldColumns: readonly Column<Told>[] = [
  { name: 'place', type: 'bigint', of: ({ place }) => place },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'site_id', type: 'text', of: ({ siteId }) => siteId },
  { name: 'event', type: 'text', of: ({ event }) => event },
  { name: 'actor_kind', type: 'text', of: ({ actor }) => actor.kind },
  { name: 'actor_id', type: 'text', of: ({ actor }) => idOf(actor) },
  { name: 'member_id', type: 'text', of: ({ memberId }) => memberId ?? null },
  { name: 'session_id', type: 'bigint', of: ({ sessionId }) => sessionId ?? null },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId ?? null },
  { name: 'request_id', type: 'text', of: ({ requestId }) => requestId },
  { name: 'key_id', type: 'text', of: ({ keyId }) => keyId ?? null },
]

/** The columns of an item that go with everything it ends. */
const how = ['cause', 'actor_kind', 'actor_id', 'at', 'request_id'] as const
const howOf = (alias: string) => how.map((name) => `${alias}.${name}`).join(', ')

/** Written as values and not as `NOT EXISTS`, for the reason that `lookUp` has. */
export const sessionLives = (id: string) =>
  `(SELECT e.n FROM revocation_log e WHERE e.kind = 'session' AND e.session_id = ${id}) IS NULL`
/** Whether a grant has not ended by itself: its session may have ended all the same. */
export const grantLives = (id: string) =>
  `(SELECT e.n FROM revocation_log e WHERE e.kind = 'grant' AND e.grant_id = ${id}) IS NULL`

const grantOfItem = [lookUp('client_grant', 'g', 'x.sid = i.name'), lookUp('session', 's', 'x.id = g.session_id')].join(
  ' ',
)

/**
 * The statement for batches with items of these kinds. Parts that only others need are left out: an execution pays for
 * every part that it has, also for those that find nothing to do.
 *
 * @param tells - Whether there is anything to tell besides what ends.
 */
function textFor(kinds: ReadonlySet<Kind>, tells: boolean): string {
  /** A part for batches that have one of these kinds. */
  const forAny = (some: readonly Kind[], part: string) => (some.some((kind) => kinds.has(kind)) ? [part] : [])
  const endsGrants = kinds.has('grant')
  const columns = itemColumnsFor(kinds)

  // What is spent, closed or raised.
  const changed = [
    ...forAny(
      ['logout_ticket'],
      `ticket_asked AS (
  SELECT DISTINCT ON (hash) * FROM item WHERE by = 'logout_ticket' ORDER BY hash, place
), ticket_spent AS (
  UPDATE ticket t SET spent_at = i.at FROM ticket_asked i
  WHERE t.hash = ANY (ARRAY(SELECT hash FROM ticket_asked)) AND t.hash = i.hash AND t.kind = 'logout' AND t.spent_at IS NULL AND i.at < t.expires_at
  RETURNING i.place, t.hash, t.session_id, ${howOf('i')}
)`,
    ),
    ...forAny(
      ['visitor'],
      `visitor_asked AS (
  SELECT DISTINCT ON (name) *, max(visitor_until) OVER (PARTITION BY name) AS latest
  FROM item WHERE by = 'visitor' ORDER BY name, place
), visitor_closed AS (
  INSERT INTO visitor_tombstone AS v (visitor_id, site_id, until)
  SELECT name, site_id, latest FROM visitor_asked
  -- Asked with a token that lives longer than the one before: the visitor must stay closed for as long.
  ON CONFLICT (visitor_id) DO UPDATE SET until = excluded.until WHERE v.until < excluded.until
  RETURNING v.visitor_id, v.xmax = 0 AS is_new
)`,
    ),
    ...forAny(
      ['everyone'],
      `site_raised AS (
  UPDATE site t SET generation = t.generation + i.times
  FROM (SELECT site_id, count(*) AS times FROM item WHERE by = 'everyone' GROUP BY site_id) i
  WHERE t.id = i.site_id RETURNING t.id, t.generation - i.times AS before
)`,
    ),
    ...forAny(
      ['member'],
      `member_raised AS (
  -- With nobody kept, whatever was handed out below this generation is over too, also where no row was found.
  UPDATE member m SET generation = m.generation + 1
  WHERE m.id = ANY (ARRAY(SELECT name FROM item WHERE by = 'member')) RETURNING m.id
)`,
    ),
  ]

  // Which sessions the items name.
  const named = [
    ...forAny(
      ['id'],
      `SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${lookUp('session', 's', 'x.id = i.id')} WHERE i.by = 'id'`,
    ),
    ...forAny(
      ['secret'],
      `SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${lookUp('session', 's', 'x.secret_hash = i.hash')}
  WHERE i.by = 'secret' AND s.id IS DISTINCT FROM i.id
  UNION ALL
  -- A secret that was replaced lets nobody in, but a browser that holds it means this session when it leaves.
  SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${lookUp('former_secret', 'f', 'x.hash = i.hash')} ${lookUp('session', 's', 'x.id = f.session_id')}
  WHERE i.by = 'secret' AND s.id IS DISTINCT FROM i.id`,
    ),
    ...forAny(
      ['sid'],
      `SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${grantOfItem} WHERE i.by = 'sid'`,
    ),
    ...forAny(
      ['member', 'member_except'],
      `SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${lookUp('session', 's', 'x.member_id = i.name')}
  WHERE i.by IN ('member', 'member_except') AND s.id IS DISTINCT FROM i.id`,
    ),
    ...forAny(
      ['logout_ticket'],
      `SELECT i.place, s.id, s.site_id, s.member_id, ${howOf('i')}
  FROM ticket_spent i ${lookUp('session', 's', 'x.id = i.session_id')}`,
    ),
  ]

  // Everything that ends.
  const over = [
    `SELECT 'session' AS kind, o.place, o.site_id, o.id AS session_id, o.member_id, NULL AS visitor_id,
    NULL::bigint AS generation, NULL::bigint AS grant_id, NULL AS client_id, ${howOf('o')} FROM session_over o`,
    ...forAny(
      ['grant'],
      `SELECT 'grant', place, site_id, session_id, member_id, NULL, NULL, id, client_id, ${howOf('o')} FROM grant_over o`,
    ),
    ...forAny(
      ['everyone'],
      `SELECT 'site', i.place, r.id, NULL, NULL, NULL,
    r.before + row_number() OVER (PARTITION BY r.id ORDER BY i.place), NULL, NULL, ${howOf('i')}
  FROM item i JOIN site_raised r ON r.id = i.site_id WHERE i.by = 'everyone'`,
    ),
    ...forAny(
      ['visitor'],
      `SELECT 'visitor', i.place, i.site_id, NULL, NULL, i.name, NULL, NULL, NULL, ${howOf('i')}
  FROM visitor_asked i JOIN visitor_closed c ON c.visitor_id = i.name AND c.is_new`,
    ),
  ]

  // Items that named something, whether or not they ended it.
  const known = [
    'SELECT place FROM named',
    ...forAny(
      ['member', 'member_except'],
      `SELECT i.place FROM item i ${lookUp('member', 'm', 'x.id = i.name')}
    WHERE i.by IN ('member', 'member_except')`,
    ),
    ...forAny(['grant'], `SELECT i.place FROM item i ${grantOfItem} WHERE i.by = 'grant'`),
    ...forAny(
      ['logout_ticket'],
      `SELECT i.place FROM item i ${lookUp('ticket', 't', `x.hash = i.hash AND x.kind = 'logout'`)}
    WHERE i.by = 'logout_ticket' AND t.spent_at IS NOT NULL
  UNION ALL SELECT i.place FROM item i JOIN ticket_spent t ON t.hash = i.hash AND t.place <> i.place
    WHERE i.by = 'logout_ticket'`,
    ),
    ...forAny(['visitor'], `SELECT i.place FROM item i WHERE i.by = 'visitor'`),
  ]

  const grantsOver = `grant_over AS (
  SELECT DISTINCT ON (g.id) i.place, g.id, g.sid, g.session_id, g.client_id, s.site_id, s.member_id, ${howOf('i')}
  FROM item i ${grantOfItem}
  WHERE i.by = 'grant' AND ${grantLives('g.id')} AND ${sessionLives('g.session_id')}
    AND NOT EXISTS (SELECT FROM session_over o WHERE o.id = g.session_id AND o.place < i.place)
  ORDER BY g.id, i.place
)`
  const told = `UNION ALL
    SELECT place, 0, at, site_id, event, NULL, actor_kind, actor_id, member_id, session_id, client_id, request_id, 0, 0, 0,
      key_id
    FROM ${unnestOf(toldColumns, 't', columns.length + 2)}`

  return `
WITH item AS MATERIALIZED (SELECT * FROM ${unnestOf(columns, 'i')}),
${[...changed, ''].join(',\n')}
-- Which sessions the items name, and which item is the first to end each.
named AS (
  ${named.join('\n  UNION ALL\n  ')}
), session_over AS (
  SELECT DISTINCT ON (id) * FROM named n WHERE ${sessionLives('n.id')} ORDER BY id, place
), ${endsGrants ? `${grantsOver},` : ''}
over AS (
  ${over.join('\n  UNION ALL\n  ')}
),

-- The entries of the log. Each step is kept apart by OFFSET 0: merged, it would be computed again wherever it is used.
entry AS (
  SELECT c.*, sha256(convert_to(concat(
    '["', c.kind, '",', to_json(c.site_id), ',', coalesce(c.session_id::text, 'null'), ',',
    coalesce(c.grant_id::text, 'null'), ',[',
    -- A sid has no space in it.
    CASE WHEN c.sids <> '' THEN replace(to_json(c.sids)::text, ' ', '","') END, '],',
    coalesce(c.generation::text, 'null'), ',', c.cause, ',', c.at, ',', c.until, ',"',
    rtrim(translate(encode(c.commitment, 'base64'), '+/', '-_'), '='), '"]'), 'UTF8')) AS digest
  FROM (
    SELECT a.*, sha256(a.salt || convert_to(concat(
      '[', coalesce(to_json(a.member_id)::text, 'null'), ',', coalesce(to_json(a.visitor_id)::text, 'null'), ',',
      to_json(a.by_kind), ',', coalesce(to_json(a.by_id)::text, 'null'), ',', to_json(a.request_id), ']'), 'UTF8'))
      AS commitment
    FROM (
      SELECT r.*, g.*, r.at + ${matterUntil(0)} AS until,
        substr(sha256($${columns.length + 1}::bytea || int8send(r.rank)), 1, 16) AS salt,
        coalesce(r.actor_kind, CASE WHEN r.member_id IS NULL THEN 'system' ELSE 'member' END) AS by_kind,
        CASE WHEN r.actor_kind IS NULL THEN r.member_id ELSE r.actor_id END AS by_id
      FROM (SELECT o.*, row_number() OVER (ORDER BY o.place, o.session_id) AS rank FROM over o) r
      CROSS JOIN LATERAL (
        SELECT count(*) AS grants, coalesce(string_agg(x.sid, ' ' ORDER BY x.id), '') AS sids,
          coalesce(string_agg(x.client_id, ' ' ORDER BY x.id), '') AS client_ids,
          coalesce(sum((SELECT count(*)::int FROM refresh_token t WHERE t.grant_id = x.id AND t.spent_at IS NULL)), 0)
            AS refresh_tokens,
          coalesce(sum((
            SELECT (c.backchannel_logout_uri IS NOT NULL)::int + (c.logout_url IS NOT NULL)::int
            FROM client c WHERE c.id = x.client_id
          )), 0) AS notices
        FROM client_grant x
        WHERE x.session_id = r.session_id AND ${grantLives('x.id')}
          ${endsGrants ? "AND CASE r.kind WHEN 'grant' THEN x.id = r.grant_id ELSE x.id <> ALL (ARRAY(SELECT id FROM grant_over)) END" : ''}
      ) g
      OFFSET 0
    ) a
    OFFSET 0
  ) c
),

-- The chain.
batch AS (
  SELECT count(*) AS entries, sha256(string_agg(digest, ''::bytea ORDER BY rank)) AS digest FROM entry
), head AS (
  UPDATE log_head h SET n = h.n + b.entries, chain = sha256(h.chain || b.digest)
  FROM batch b WHERE h.one AND b.entries > 0
  RETURNING h.n, h.chain, b.entries, b.digest
), step AS (
  INSERT INTO log_batch (n, entries, digest, chain) SELECT n, entries, digest, chain FROM head
), logged AS (
  INSERT INTO revocation_log (n, kind, site_id, session_id, grant_id, member_id, visitor_id, sids, generation, cause,
    actor_kind, actor_id, at, until, request_id, salt, commitment)
  SELECT h.n - h.entries + e.rank, e.kind, e.site_id, e.session_id, e.grant_id, e.member_id, e.visitor_id, e.sids,
    e.generation, e.cause, e.by_kind, e.by_id, e.at, e.until, e.request_id, e.salt, e.commitment
  FROM head h CROSS JOIN entry e
),

-- What is owed and told.
notified AS (
  INSERT INTO notice (log_n, site_id, client_id, member_id, sid, kind, state, attempts, next_attempt_at, created_at)
  SELECT h.n - h.entries + e.rank, e.site_id, g.client_id, e.member_id, g.sid, k.kind, 'pending', 0, e.at, e.at
  FROM entry e CROSS JOIN head h
  CROSS JOIN LATERAL unnest(string_to_array(e.sids, ' '), string_to_array(e.client_ids, ' ')) WITH ORDINALITY
    AS g(sid, client_id, rank)
  ${lookUp('client', 'c', 'x.id = g.client_id')}
  CROSS JOIN LATERAL (VALUES
    (1, 'backchannel_logout', c.backchannel_logout_uri IS NOT NULL), (2, 'logout_url', c.logout_url IS NOT NULL))
    AS k(rank, kind, is_owed)
  WHERE e.notices > 0 AND k.is_owed ORDER BY e.rank, g.rank, k.rank
), audited AS (
  INSERT INTO audit (at, site_id, event, cause, actor_kind, actor_id, member_id, session_id, client_id, request_id,
    grants_ended, refresh_tokens_ended, notices_owed, key_id)
  SELECT at, site_id, event, cause, actor_kind, actor_id, member_id, session_id, client_id, request_id, grants,
    refresh_tokens, notices, key_id
  FROM (
    SELECT place, rank, at, site_id,
      CASE kind WHEN 'site' THEN 'site.generation_raised' ELSE kind || '.ended' END AS event, cause,
      by_kind AS actor_kind, by_id AS actor_id, member_id, session_id, client_id, request_id, grants, refresh_tokens,
      notices, NULL AS key_id
    FROM entry
    ${tells ? told : ''}
  ) every ORDER BY place, rank
)

-- The answers: what ended, and which of the other items named something.
SELECT place, 1 AS ended, rank, session_id, member_id, sids, client_ids FROM entry
UNION ALL
SELECT place, 0, 0, NULL, NULL, NULL, NULL FROM (
  (${known.join('\n  UNION ALL ')}) EXCEPT SELECT place FROM entry
) known
ORDER BY place, rank`
}

/** The commonest batches, from the leanest on; the last is for everything. Few, as every connection plans each of them. */
const batches: readonly ReadonlySet<Kind>[] = [
  new Set(['secret']),
  new Set(['secret', 'sid', 'id', 'logout_ticket']),
  new Set(['secret', 'sid', 'id', 'logout_ticket', 'visitor', 'member', 'member_except', 'everyone', 'grant']),
]
const texts = batches.map((kinds) => ({ kinds, alone: textFor(kinds, false), andTells: textFor(kinds, true) }))

/**
 * The statement for a batch.
 *
 * @param seed - 32 random bytes, for the salts of this batch. Not kept.
 */
export function sealStatement(items: readonly EndItem[], told: readonly Told[], seed: Uint8Array): Statement {
  const fitting = texts.find(({ kinds }) => items.every(({ what }) => kinds.has(what.by)))
  if (fitting === undefined) throw new RangeError('Cannot end what no statement is for')
  const text = told.length === 0 ? fitting.alone : fitting.andTells
  const toTell = told.length === 0 ? [] : columnsOf(toldColumns, told)
  return { text, parameters: [...columnsOf(itemColumnsFor(fitting.kinds), items), seed, ...toTell] }
}

function numberOf(what: ItemToEnd): SessionId | null {
  if (what.by === 'id') return what.id
  if (what.by === 'secret') return what.except ?? null
  return what.by === 'member_except' ? what.keep : null
}

function nameOf(what: ItemToEnd): string | null {
  if ('sid' in what) return what.sid
  if ('visitorId' in what) return what.visitorId
  return 'memberId' in what ? what.memberId : null
}

function idOf(actor: Actor | null): string | null {
  return actor === null || actor.kind === 'system' ? null : actor.id
}
