import type { DatabaseSync } from 'node:sqlite'
import type { ClientId, EpochMs, GrantId, SessionId } from '../../domain/ids.ts'
import type { ListedSession, SessionList } from '../../ports/storage.ts'
import { asInteger, asText } from '../stored/row.ts'
import { ListStatement } from './list-statement.ts'
import type { EndsOnRecord, SessionFactsReader } from './session-facts.ts'

/** Rows that are read at once: sessions that have ended lie among them, and are passed over. */
const rowsAtOnce = 200

/** A member's sessions without an end on record, with the clients of each. */
export class SessionListReader {
  readonly #facts: SessionFactsReader
  readonly #grantsOfSession

  constructor(database: DatabaseSync, facts: SessionFactsReader) {
    this.#facts = facts
    this.#grantsOfSession = new ListStatement(
      database,
      'SELECT id, client_id FROM client_grant WHERE session_id = ? ORDER BY id',
    )
  }

  read({ memberId, before, limit }: SessionList, ends: EndsOnRecord, at: EpochMs): readonly ListedSession[] {
    const listed: ListedSession[] = []
    let below: number = before ?? Number.MAX_SAFE_INTEGER
    while (listed.length < limit) {
      const rows = this.#facts.readOfMember(memberId, below, rowsAtOnce, ends, at)
      for (const facts of rows) {
        if (facts.ended === null) listed.push({ facts, clientIds: this.#clientsOf(facts.session.id, ends) })
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce) break
      below = last.session.id
    }
    return listed.slice(0, limit)
  }

  #clientsOf(id: SessionId, ends: EndsOnRecord): readonly ClientId[] {
    return this.#grantsOfSession
      .all(id)
      .filter(([grantId]) => ends.grantEnd(asInteger(grantId, 'id') as GrantId) === 0)
      .map(([, clientId]) => asText(clientId, 'client_id') as ClientId)
  }
}
