import type { DatabaseSync } from 'node:sqlite'
import type { MailId } from '../../domain/ids.ts'
import type {
  KeptMail,
  LeasedMail,
  MailLease,
  MailList,
  MailRetry,
  MailSettlement,
  NewMail,
} from '../../ports/storage.ts'
import { leasedMailOf, mailOf } from '../stored/records.ts'
import type { Commit } from './commit.ts'

/** The mails that are owed, sent or given up. */
export class MailTable {
  readonly #insert
  readonly #due
  readonly #lease
  readonly #sent
  readonly #failed
  readonly #again
  readonly #find
  readonly #list
  readonly #listOf
  readonly #retry
  #hasNews = false

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(`
      INSERT INTO mail (site_id, member_id, kind, recipient, language, parameters, state, attempts, next_attempt_at,
        created_at)
      VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)`)
    this.#due = database.prepare(`
      SELECT id FROM mail WHERE state = 'pending' AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?`)
    this.#lease = database.prepare(`
      UPDATE mail SET leased_until = ?1, next_attempt_at = ?1, attempts = attempts + 1 WHERE id = ?2 RETURNING *`)
    this.#sent = database.prepare(`
      UPDATE mail SET state = 'sent', settled_at = ?1, next_attempt_at = NULL, leased_until = NULL, last_failure = NULL
      WHERE id = ?2 AND state = 'pending'`)
    this.#failed = database.prepare(`
      UPDATE mail SET state = 'failed', settled_at = ?1, next_attempt_at = NULL, leased_until = NULL, last_failure = ?2
      WHERE id = ?3 AND state = 'pending' AND leased_until = ?4`)
    this.#again = database.prepare(`
      UPDATE mail SET next_attempt_at = ?1, leased_until = NULL, last_failure = ?2
      WHERE id = ?3 AND state = 'pending' AND leased_until = ?4`)
    this.#find = database.prepare('SELECT * FROM mail WHERE id = ?')
    this.#list = database.prepare('SELECT * FROM mail WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2')
    this.#listOf = {
      pending: database.prepare(listOf('pending')),
      sent: database.prepare(listOf('sent')),
      failed: database.prepare(listOf('failed')),
    }
    this.#retry = database.prepare(`
      UPDATE mail SET state = 'pending', settled_at = NULL, next_attempt_at = ?, attempts = 0 WHERE id = ?`)
  }

  /** Keeps mails in the transaction that is under way. */
  insert(mails: readonly NewMail[]): void {
    for (const { siteId, memberId, kind, recipient, language, parameters, createdAt } of mails) {
      this.#insert.run(siteId, memberId, kind, recipient, language, JSON.stringify(parameters), createdAt, createdAt)
      this.#hasNews = true
    }
  }

  /** Whether mails were made due since the last time of asking; perhaps by a transaction that came to nothing. */
  takeNews(): boolean {
    const hasNews = this.#hasNews
    this.#hasNews = false
    return hasNews
  }

  lease({ at, until, limit }: MailLease): readonly LeasedMail[] {
    return this.#due.all(at, limit).flatMap(({ id }) => this.#lease.all(until, id ?? null).map(leasedMailOf))
  }

  settle(settlements: readonly MailSettlement[]): void {
    for (const settlement of settlements) {
      const { id, leasedUntil, at } = settlement
      if (settlement.outcome === 'sent') this.#sent.run(at, id)
      else if (settlement.outcome === 'failed') this.#failed.run(at, settlement.failure, id, leasedUntil)
      else this.#again.run(settlement.nextAttemptAt, settlement.failure, id, leasedUntil)
    }
  }

  find(id: MailId): KeptMail | undefined {
    const row = this.#find.get(id)
    return row === undefined ? undefined : mailOf(row)
  }

  list({ state, before, limit }: MailList): readonly KeptMail[] {
    return (state === null ? this.#list : this.#listOf[state]).all(before, limit).map(mailOf)
  }

  retry(
    commit: Commit,
    { id, actor, ...asked }: MailRetry,
  ): { readonly outcome: 'pending' | 'not_failed' | 'unknown' } {
    const mail = this.find(id)
    if (mail === undefined) return { outcome: 'unknown' }
    if (mail.state !== 'failed') return { outcome: 'not_failed' }
    this.#retry.run(asked.at, id)
    this.#hasNews = true
    const { siteId, memberId } = mail
    commit.tell({ ...asked, siteId, event: 'mail.retried', actor, ...(memberId === null ? {} : { memberId }) })
    return { outcome: 'pending' }
  }
}

/** A statement for each state, so that the failed ones, of which there are few, are found by their index. */
function listOf(state: KeptMail['state']): string {
  return `SELECT * FROM mail WHERE state = '${state}' AND (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2`
}
