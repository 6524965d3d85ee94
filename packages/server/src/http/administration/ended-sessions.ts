import { Type } from 'typebox'
import type { EndedSession } from '../../ports/storage.ts'

/** What an end is answered with: empty where all had ended before. */
export const endedSessions = Type.Array(
  Type.Object({
    id: Type.String(),
    clientIds: Type.Array(Type.String(), { description: 'The clients whose grants ended with it' }),
  }),
  { description: 'The sessions that ended by this request' },
)

/** Sessions that ended, as they are told to an administrator: nothing that a token carries. */
export function endedSessionsMessage(ended: readonly EndedSession[]) {
  return ended.map(({ id, grants }) => ({ id: String(id), clientIds: grants.map(({ clientId }) => clientId) }))
}
