import type { DatabaseSync } from 'node:sqlite'
import type { ClientId, EpochMs, SecretHash, SessionId, VisitorId } from '../../domain/ids.ts'
import type { LogoutTicket, TicketFacts, TicketKind } from '../../ports/storage.ts'
import { integer, integerOrNull, textOrNull } from '../stored/row.ts'
import type { EndsOnRecord, SessionFactsReader } from './session-facts.ts'

/** One-time tickets: the session ticket of a login, and the logout ticket of a redirect session. */
export class TicketTable {
  readonly #facts: SessionFactsReader
  readonly #insert
  readonly #find
  readonly #spend

  constructor(database: DatabaseSync, facts: SessionFactsReader) {
    this.#facts = facts
    this.#insert = database.prepare(`
      INSERT INTO ticket (hash, kind, session_id, visitor_id, client_id, created_at, expires_at)
      VALUES (?, 'logout', ?, ?, ?, ?, ?)`)
    this.#find = database.prepare('SELECT * FROM ticket WHERE hash = ? AND kind = ?')
    this.#spend = database.prepare('UPDATE ticket SET spent_at = ? WHERE hash = ?')
  }

  issueLogoutTicket({ hash, names, clientId, createdAt, expiresAt }: LogoutTicket): void {
    const session = 'session' in names ? names.session : null
    const visitor = 'visitor' in names ? names.visitor : null
    this.#insert.run(hash, session, visitor, clientId, createdAt, expiresAt)
  }

  find(kind: TicketKind, hash: SecretHash, ends: EndsOnRecord, at: EpochMs): TicketFacts | undefined {
    const row = this.#find.get(hash, kind)
    if (row === undefined) return undefined
    const sessionId = integerOrNull(row, 'session_id') as SessionId | null
    return {
      clientId: textOrNull(row, 'client_id') as ClientId | null,
      expiresAt: integer(row, 'expires_at'),
      spent: integerOrNull(row, 'spent_at') !== null,
      visitorId: textOrNull(row, 'visitor_id') as VisitorId | null,
      session: sessionId === null ? null : (this.#facts.read({ by: 'id', id: sessionId }, ends, at) ?? null),
    }
  }

  spend(hash: SecretHash, at: EpochMs): void {
    this.#spend.run(at, hash)
  }
}
