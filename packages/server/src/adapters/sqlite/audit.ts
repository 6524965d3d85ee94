import type { DatabaseSync } from 'node:sqlite'
import { causeCode } from '../../domain/cause.ts'
import type { AuditRecord } from '../../ports/storage.ts'
import { auditRecordOf } from '../stored/records.ts'

type Written = Pick<AuditRecord, 'at' | 'siteId' | 'event' | 'actor' | 'requestId'> & Partial<AuditRecord>

/** The audit rows: written in the same transaction as what they tell of, never changed. */
export class AuditTable {
  readonly #insert
  readonly #read

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(`
      INSERT INTO audit (at, site_id, event, cause, actor_kind, actor_id, member_id, session_id, client_id, request_id,
        grants_ended, refresh_tokens_ended, notices_owed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#read = database.prepare('SELECT * FROM audit WHERE n > ? ORDER BY n LIMIT ?')
  }

  write(record: Written): void {
    this.#insert.run(
      record.at,
      record.siteId,
      record.event,
      record.cause == null ? null : causeCode(record.cause),
      record.actor.kind,
      record.actor.kind === 'system' ? null : record.actor.id,
      record.memberId ?? null,
      record.sessionId ?? null,
      record.clientId ?? null,
      record.requestId,
      record.grantsEnded ?? 0,
      record.refreshTokensEnded ?? 0,
      record.noticesOwed ?? 0,
    )
  }

  read(after: number, limit: number): readonly AuditRecord[] {
    return this.#read.all(after, limit).map(auditRecordOf)
  }
}
