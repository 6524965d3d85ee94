import type { ClientId, MemberId, SessionId, Sid } from '../../domain/ids.ts'
import type { EndAnswer, EndedSession } from '../../ports/storage.ts'
import { integer, integerOrNull, type Row, text } from '../stored/row.ts'

/** What a batch ended, by the places of its items. */
export class Ended {
  readonly #sessions = new Map<number, EndedSession[]>()
  readonly #known = new Set<number>()

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const place = integer(row, 'place')
      if (row['ended'] !== 1) {
        this.#known.add(place)
        continue
      }
      const sessions = this.#sessions.get(place) ?? []
      this.#sessions.set(place, sessions)
      const id = integerOrNull(row, 'session_id')
      if (id !== null) sessions.push(sessionOf(row, id as SessionId))
    }
  }

  /** How many sessions an item ended; `undefined` where it ended nothing. */
  sessionsEndedBy(place: number): number | undefined {
    return this.#sessions.get(place)?.length
  }

  /** What became of an item. An end of everyone, of a visitor or of a grant names no sessions. */
  answer(place: number): Exclude<EndAnswer, { readonly outcome: 'failed' }> {
    const sessions = this.#sessions.get(place)
    if (sessions !== undefined) return { outcome: 'ended', sessions }
    return { outcome: this.#known.has(place) ? 'already_ended' : 'unknown' }
  }
}

function sessionOf(row: Row, id: SessionId): EndedSession {
  const clientIds = text(row, 'client_ids').split(' ') as ClientId[]
  const sids = text(row, 'sids') === '' ? [] : (text(row, 'sids').split(' ') as Sid[])
  return {
    id,
    memberId: text(row, 'member_id') as MemberId,
    grants: sids.map((sid, index) => ({ sid, clientId: clientIds[index] as ClientId })),
  }
}
