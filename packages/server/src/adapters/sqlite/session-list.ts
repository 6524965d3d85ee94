import type { DatabaseSync } from 'node:sqlite'
import type { ClientId, EpochMs, GrantId, SessionId } from '../../domain/ids.ts'
import type { ListedSession, SessionList } from '../../ports/storage.ts'
import { asInteger, asText, asTextOrNull } from '../stored/row.ts'
import { ListStatement } from './list-statement.ts'
import type { EndsOnRecord, SessionFactsReader } from './session-facts.ts'

/** Rows that are read at once: sessions that have ended lie among them, and are passed over. */
const rowsAtOnce = 200

/** A member's sessions without an end on record, with the clients of each. */
export class SessionListReader {
  readonly #facts: SessionFactsReader
  readonly #grantsOfSession
  readonly #device

  constructor(database: DatabaseSync, facts: SessionFactsReader) {
    this.#facts = facts
    this.#grantsOfSession = new ListStatement(
      database,
      'SELECT id, client_id FROM client_grant WHERE session_id = ? ORDER BY id',
    )
    this.#device = new ListStatement(database, 'SELECT device FROM session WHERE id = ?')
  }

  read({ memberId, before, limit }: SessionList, ends: EndsOnRecord, at: EpochMs): readonly ListedSession[] {
    const listed: ListedSession[] = []
    let below: number = before ?? Number.MAX_SAFE_INTEGER
    while (listed.length < limit) {
      const rows = this.#facts.readOfMember(memberId, below, rowsAtOnce, ends, at)
      for (const facts of rows) {
        if (facts.ended !== null) continue
        const { id } = facts.session
        listed.push({ facts, device: this.#deviceOf(id), clientIds: this.#clientsOf(id, ends) })
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce) break
      below = last.session.id
    }
    return listed.slice(0, limit)
  }

  #deviceOf(id: SessionId): string | null {
    return asTextOrNull(this.#device.get(id)?.[0] ?? null, 'device')
  }

  #clientsOf(id: SessionId, ends: EndsOnRecord): readonly ClientId[] {
    return this.#grantsOfSession
      .all(id)
      .filter(([grantId]) => ends.grantEnd(asInteger(grantId, 'id') as GrantId) === 0)
      .map(([, clientId]) => asText(clientId, 'client_id') as ClientId)
  }
}
