import { Type } from 'typebox'
import type { ClientId } from '../../domain/ids.ts'

/** The id of a client in an address, in any case. */
export const clientId = Type.String({
  pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
  description: 'The id of a client, a GUID',
})

/** GUIDs are compared without regard to case, and kept in lower case. */
export function clientIdOf(text: string): ClientId {
  return text.toLowerCase() as ClientId
}
