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
import { type Column, columnsOf, lookUp, lookUpIfAny, type Statement, unnestOf } from './parameters.ts'

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
  Partial<Pick<AuditRecord, 'memberId' | 'sessionId' | 'clientId'>> & { readonly place: number }

const itemColumns: readonly Column<EndItem>[] = [
  { name: 'place', type: 'bigint', of: ({ place }) => place },
  { name: 'by', type: 'text', of: ({ what }) => what.by },
  { name: 'id', type: 'bigint', of: ({ what }) => numberOf(what) },
  { name: 'hash', type: 'bytea', of: ({ what }) => ('hash' in what ? what.hash : null) },
  { name: 'name', type: 'text', of: ({ what }) => nameOf(what) },
  { name: 'site_id', type: 'text', of: ({ what }) => ('siteId' in what ? what.siteId : null) },
  { name: 'visitor_until', type: 'bigint', of: ({ what }) => ('until' in what ? what.until : null) },
  { name: 'cause', type: 'bigint', of: ({ cause }) => causeCode(cause) },
  { name: 'actor_kind', type: 'text', of: ({ actor }) => actor?.kind ?? null },
  { name: 'actor_id', type: 'text', of: ({ actor }) => idOf(actor) },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'until', type: 'bigint', of: ({ at }) => matterUntil(at) },
  { name: 'request_id', type: 'text', of: ({ requestId }) => requestId },
  // As the commitment has them: only JavaScript knows for certain how JavaScript writes a text as JSON.
  { name: 'actor_json', type: 'text', of: ({ actor }) => (actor === null ? null : jsonPair(actor.kind, idOf(actor))) },
  { name: 'request_json', type: 'text', of: ({ requestId }) => JSON.stringify(requestId) },
]

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
]

/** The columns of an item that go with everything it ends. */
const how = ['cause', 'actor_kind', 'actor_id', 'at', 'until', 'request_id', 'actor_json', 'request_json'] as const
const howOf = (alias: string) => how.map((name) => `${alias}.${name}`).join(', ')
const howOfGroup = how.map((name) => `min(${name}) AS ${name}`).join(', ')

/** Written as values and not as `NOT EXISTS`, for the reason that `lookUp` has. */
const sessionLives = (id: string) =>
  `(SELECT e.n FROM revocation_log e WHERE e.kind = 'session' AND e.session_id = ${id}) IS NULL`
const grantLives = (id: string) =>
  `(SELECT e.n FROM revocation_log e WHERE e.kind = 'grant' AND e.grant_id = ${id}) IS NULL`

const grantOfItem = [lookUp('client_grant', 'g', 'x.sid = i.name'), lookUp('session', 's', 'x.id = g.session_id')].join(
  ' ',
)

const toldFirst = itemColumns.length + 2

/** A kind of item, as in the column `by`. */
type Kind = ItemToEnd['by']

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

  // Everything that ends: a row for each grant of it, or one where there is none.
  const over = [
    `SELECT 'session' AS kind, o.place, o.site_id, o.id AS session_id, o.member_id, NULL AS visitor_id,
    NULL::bigint AS generation, g.id AS grant_id, g.sid, g.client_id, ${howOf('o')}
  FROM session_over o LEFT JOIN LATERAL (
    SELECT * FROM client_grant x
    WHERE x.session_id = o.id AND ${grantLives('x.id')}
      ${endsGrants ? 'AND x.id <> ALL (ARRAY(SELECT id FROM grant_over))' : ''}
    OFFSET 0
  ) g ON true`,
    ...forAny(
      ['grant'],
      `SELECT 'grant', place, site_id, session_id, member_id, NULL, NULL, id, sid, client_id, ${howOf('o')}
  FROM grant_over o`,
    ),
    ...forAny(
      ['everyone'],
      `SELECT 'site', i.place, r.id, NULL, NULL, NULL,
    r.before + row_number() OVER (PARTITION BY r.id ORDER BY i.place), NULL, NULL, NULL, ${howOf('i')}
  FROM item i JOIN site_raised r ON r.id = i.site_id WHERE i.by = 'everyone'`,
    ),
    ...forAny(
      ['visitor'],
      `SELECT 'visitor', i.place, i.site_id, NULL, NULL, i.name, NULL, NULL, NULL, NULL, ${howOf('i')}
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
    SELECT place, 0, at, site_id, event, NULL, actor_kind, actor_id, member_id, session_id, client_id, request_id, 0, 0, 0
    FROM ${unnestOf(toldColumns, 't', toldFirst)}`

  return `
WITH item AS MATERIALIZED (SELECT * FROM ${unnestOf(itemColumns, 'i')}),
${[...changed, ''].join(',\n')}
-- Which sessions the items name, and which item is the first to end each.
named AS (
  ${named.join('\n  UNION ALL\n  ')}
), session_over AS (
  SELECT DISTINCT ON (id) * FROM named n WHERE ${sessionLives('n.id')} ORDER BY id, place
), ${endsGrants ? `${grantsOver},` : ''}
over AS (
  ${over.join('\n  UNION ALL\n  ')}
), owing AS (
  SELECT o.*, dense_rank() OVER (ORDER BY o.place, o.session_id) AS rank,
    c.backchannel_logout_uri IS NOT NULL AS owes_backchannel, c.logout_url IS NOT NULL AS owes_url,
    (SELECT count(*) FROM refresh_token r WHERE r.grant_id = o.grant_id AND r.spent_at IS NULL) AS refresh_tokens
  FROM over o ${lookUpIfAny('client', 'c', 'x.id = o.client_id')}
), entry AS (
  SELECT rank, min(place) AS place, min(kind) AS kind, min(site_id) AS site_id, min(session_id) AS session_id,
    min(member_id) AS member_id, min(visitor_id) AS visitor_id, min(generation) AS generation, min(grant_id) AS grant_id,
    min(client_id) AS client_id, coalesce(string_agg(sid, ' ' ORDER BY grant_id), '') AS sids,
    coalesce(string_agg(client_id, ' ' ORDER BY grant_id), '') AS client_ids,
    coalesce(string_agg(to_json(sid)::text, ',' ORDER BY grant_id), '') AS sids_json,
    count(grant_id) AS grants, sum(refresh_tokens) AS refresh_tokens,
    sum(owes_backchannel::int + owes_url::int) AS notices, ${howOfGroup}
  FROM owing GROUP BY rank
),

-- The chain.
acted AS (
  SELECT e.*, substr(sha256($${itemColumns.length + 1}::bytea || int8send(e.rank)), 1, 16) AS salt,
    coalesce(e.actor_kind, CASE WHEN e.member_id IS NULL THEN 'system' ELSE 'member' END) AS by_kind,
    CASE WHEN e.actor_kind IS NULL THEN e.member_id ELSE e.actor_id END AS by_id,
    coalesce(e.actor_json,
      CASE WHEN e.member_id IS NULL THEN '"system",null' ELSE '"member",' || to_json(e.member_id) END) AS by_json
  FROM entry e
), committed AS (
  SELECT a.*, sha256(a.salt || convert_to(concat(
    '[', coalesce(to_json(a.member_id)::text, 'null'), ',', coalesce(to_json(a.visitor_id)::text, 'null'), ',',
    a.by_json, ',', a.request_json, ']'), 'UTF8')) AS commitment
  FROM acted a
), digested AS (
  SELECT c.*, sha256(convert_to(concat(
    '["', c.kind, '",', to_json(c.site_id), ',', coalesce(c.session_id::text, 'null'), ',',
    CASE WHEN c.kind = 'grant' THEN c.grant_id::text ELSE 'null' END, ',[', c.sids_json, '],',
    coalesce(c.generation::text, 'null'), ',', c.cause, ',', c.at, ',', c.until, ',"',
    rtrim(translate(encode(c.commitment, 'base64'), '+/', '-_'), '='), '"]'), 'UTF8')) AS digest
  FROM committed c
), batch AS (
  SELECT count(*) AS entries, sha256(string_agg(digest, ''::bytea ORDER BY rank)) AS digest FROM digested
), head AS (
  UPDATE log_head h SET n = h.n + b.entries, chain = sha256(h.chain || b.digest)
  FROM batch b WHERE h.one AND b.entries > 0
  RETURNING h.n, h.chain, b.entries, b.digest
), step AS (
  INSERT INTO log_batch (n, entries, digest, chain) SELECT n, entries, digest, chain FROM head
), logged AS (
  INSERT INTO revocation_log (n, kind, site_id, session_id, grant_id, member_id, visitor_id, sids, generation, cause,
    actor_kind, actor_id, at, until, request_id, salt, commitment)
  SELECT h.n - h.entries + d.rank, d.kind, d.site_id, d.session_id, CASE WHEN d.kind = 'grant' THEN d.grant_id END,
    d.member_id, d.visitor_id, d.sids, d.generation, d.cause, d.by_kind, d.by_id, d.at, d.until, d.request_id, d.salt,
    d.commitment
  FROM digested d CROSS JOIN head h ORDER BY d.rank
),

-- What is owed and told.
notified AS (
  INSERT INTO notice (log_n, site_id, client_id, member_id, sid, kind, state, attempts, next_attempt_at, created_at)
  SELECT h.n - h.entries + o.rank, o.site_id, o.client_id, o.member_id, o.sid, k.kind, 'pending', 0, o.at, o.at
  FROM owing o CROSS JOIN head h
  CROSS JOIN LATERAL (VALUES (1, 'backchannel_logout', o.owes_backchannel), (2, 'logout_url', o.owes_url))
    AS k(rank, kind, is_owed)
  WHERE k.is_owed ORDER BY o.rank, o.grant_id, k.rank
), audited AS (
  INSERT INTO audit (at, site_id, event, cause, actor_kind, actor_id, member_id, session_id, client_id, request_id,
    grants_ended, refresh_tokens_ended, notices_owed)
  SELECT at, site_id, event, cause, actor_kind, actor_id, member_id, session_id, client_id, request_id, grants,
    refresh_tokens, notices
  FROM (
    SELECT place, rank, at, site_id,
      CASE kind WHEN 'site' THEN 'site.generation_raised' ELSE kind || '.ended' END AS event, cause,
      by_kind AS actor_kind, by_id AS actor_id, member_id, session_id,
      CASE WHEN kind = 'grant' THEN client_id END AS client_id, request_id, grants, refresh_tokens, notices
    FROM acted
    ${tells ? told : ''}
  ) every ORDER BY place, rank
)

-- The answers: what ended, and which of the other items named something.
SELECT place, true::int AS ended, rank, session_id, member_id, sids, client_ids FROM entry
UNION ALL
SELECT DISTINCT place, false::int, 0, NULL::bigint, NULL, NULL, NULL FROM (
  ${known.join('\n  UNION ALL ')}
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
  return { text, parameters: [...columnsOf(itemColumns, items), seed, ...toTell] }
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

function jsonPair(one: string, other: string | null): string {
  return JSON.stringify([one, other]).slice(1, -1)
}
