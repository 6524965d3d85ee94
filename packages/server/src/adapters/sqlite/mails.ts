import type { DatabaseSync } from 'node:sqlite'
import type { NewMail } from '../../ports/storage.ts'

/** The mails that are owed, sent or given up. */
export class MailTable {
  readonly #insert

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(`
      INSERT INTO mail (site_id, member_id, kind, recipient, language, parameters, state, attempts, next_attempt_at,
        created_at)
      VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)`)
  }

  /** Keeps mails in the transaction that is under way. */
  insert(mails: readonly NewMail[]): void {
    for (const { siteId, memberId, kind, recipient, language, parameters, createdAt } of mails) {
      this.#insert.run(siteId, memberId, kind, recipient, language, JSON.stringify(parameters), createdAt, createdAt)
    }
  }
}
