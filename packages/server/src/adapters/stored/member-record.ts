/** What is stored of a member, as it is told to who asks for all of it: alike on both databases. */
import type { ClientId, SessionId } from '../../domain/ids.ts'
import type { MemberRecord, RecordedSession } from '../../ports/storage.ts'
import { endOf } from './records.ts'
import { flag, integer, integerOrNull, type Row, text, textOrNull } from './row.ts'

type RecordedChallenge = MemberRecord['challenges'][number]
type RecordedMail = MemberRecord['mails'][number]

/** Of a row of `session`, and of what is found elsewhere. `clientIds` are separated by spaces. */
export function recordedSessionOf(row: Row, endCode: number, clientIds: string): RecordedSession {
  return {
    id: integer(row, 'id') as SessionId,
    clientId: textOrNull(row, 'client_id') as ClientId | null,
    createdAt: integer(row, 'created_at'),
    usedAt: integer(row, 'used_at'),
    expiresAt: integer(row, 'expires_at'),
    persistent: flag(row, 'persistent'),
    device: textOrNull(row, 'device'),
    ended: endOf(endCode),
    clientIds: clientIds === '' ? [] : (clientIds.split(' ') as ClientId[]),
  }
}

/** Of a row of `challenge`. */
export function recordedChallengeOf(row: Row): RecordedChallenge {
  return {
    kind: text(row, 'kind') as RecordedChallenge['kind'],
    createdAt: integer(row, 'created_at'),
    expiresAt: integer(row, 'expires_at'),
    settledAt: integerOrNull(row, 'settled_at'),
  }
}

/** Of a row of `mail`. */
export function recordedMailOf(row: Row): RecordedMail {
  return {
    kind: text(row, 'kind') as RecordedMail['kind'],
    recipient: text(row, 'recipient'),
    state: text(row, 'state') as RecordedMail['state'],
    createdAt: integer(row, 'created_at'),
    settledAt: integerOrNull(row, 'settled_at'),
  }
}
