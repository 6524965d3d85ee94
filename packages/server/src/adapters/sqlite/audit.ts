import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { causeCode } from '../../domain/cause.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { AuditPage, AuditQuery, AuditRecord } from '../../ports/storage.ts'
import {
  auditPageOf,
  auditSearchTexts,
  auditStretchOf,
  boundParameters,
  pageParameters,
} from '../stored/audit-search.ts'
import { auditRecordOf } from '../stored/records.ts'

/** An audit record as it is written; what is left out is null or none. */
export type Told = Pick<AuditRecord, 'at' | 'siteId' | 'event' | 'actor' | 'requestId'> & Partial<AuditRecord>

/** In the order in which `auditValuesOf` gives them. */
export const auditColumns = [
  'at',
  'site_id',
  'event',
  'cause',
  'actor_kind',
  'actor_id',
  'member_id',
  'session_id',
  'client_id',
  'request_id',
  'grants_ended',
  'refresh_tokens_ended',
  'notices_owed',
  'key_id',
] as const

export function auditValuesOf(told: Told): readonly SQLInputValue[] {
  return [
    told.at,
    told.siteId,
    told.event,
    told.cause == null ? null : causeCode(told.cause),
    told.actor.kind,
    told.actor.kind === 'system' ? null : told.actor.id,
    told.memberId ?? null,
    told.sessionId ?? null,
    told.clientId ?? null,
    told.requestId,
    told.grantsEnded ?? 0,
    told.refreshTokensEnded ?? 0,
    told.noticesOwed ?? 0,
    told.keyId ?? null,
  ]
}

/** How many records a page looks at: everybody waits for it, some five milliseconds. */
const look = 20_000

const texts = auditSearchTexts((place) => `?${place}`)

/** The audit rows: written in the same transaction as what they tell of (`Commit.tell`), never changed. */
export class AuditTable {
  readonly #read
  readonly #bounds
  readonly #pages
  readonly #prune

  constructor(database: DatabaseSync) {
    this.#read = database.prepare('SELECT * FROM audit WHERE n > ? ORDER BY n LIMIT ?')
    this.#prune = database.prepare(`
      DELETE FROM audit WHERE n IN (SELECT n FROM audit ORDER BY n LIMIT ?) AND at < ? AND n < (SELECT max(n) FROM audit)`)
    this.#bounds = database.prepare(texts.bounds)
    this.#pages = { newest: database.prepare(texts.newest), oldest: database.prepare(texts.oldest) }
  }

  read(after: number, limit: number): readonly AuditRecord[] {
    return this.#read.all(after, limit).map(auditRecordOf)
  }

  prune(before: EpochMs, limit: number): number {
    return Number(this.#prune.run(limit, before).changes)
  }

  query(query: AuditQuery): AuditPage {
    const stretch = auditStretchOf(query, this.#bounds.get(...boundParameters(query)), look)
    return auditPageOf(query, stretch, this.#pages[query.order].all(...pageParameters(query, stretch)))
  }
}
