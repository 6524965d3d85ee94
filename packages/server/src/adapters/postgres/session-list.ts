import type { ClientId, EpochMs } from '../../domain/ids.ts'
import type { ListedSession, SessionList } from '../../ports/storage.ts'
import { type Row, text, textOrNull } from '../stored/row.ts'
import type { Statement } from './parameters.ts'
import { grantLives } from './seal.ts'
import { factsOf, noGrant, sessionColumns, standing } from './session-facts.ts'

const listText = `
  SELECT ${sessionColumns}, ${noGrant}, s.device, (
    SELECT coalesce(string_agg(g.client_id, ' ' ORDER BY g.id), '') FROM client_grant g
    WHERE g.session_id = s.id AND ${grantLives('g.id')}
  ) AS client_ids
  FROM (
    SELECT * FROM session x WHERE x.member_id = $1 AND ($2::bigint IS NULL OR x.id < $2::bigint)
    ORDER BY x.id DESC OFFSET 0
  ) s ${standing}
  WHERE e.cause IS NULL
  ORDER BY s.id DESC LIMIT $3::bigint`

/** A member's sessions without an end on record, the newest first. */
export function sessionListStatement({ memberId, before, limit }: SessionList): Statement {
  return { text: listText, parameters: [memberId, before, limit] }
}

/**
 * What is listed in a row of that statement.
 *
 * @param now - A clock to go by instead of the database's own; for tests.
 */
export function listedSessionOf(row: Row, now: (() => EpochMs) | undefined): ListedSession {
  const clientIds = text(row, 'client_ids')
  const device = textOrNull(row, 'device')
  return { facts: factsOf(row, now), device, clientIds: clientIds === '' ? [] : (clientIds.split(' ') as ClientId[]) }
}
