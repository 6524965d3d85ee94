/** How members, sessions and keys are named in the addresses of the administration API. */
import { Type } from 'typebox'
import type { MemberId, SessionId } from '../../domain/ids.ts'

/** A GUID in any case. */
export function guid(description: string) {
  return Type.String({
    pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
    description,
  })
}

export const memberId = guid('The id of a member, a GUID')

/** Not what opens anything: that is the key itself, which is never in an address. */
export const keyId = guid('The id of the key, a GUID')

/** A number above zero, so short that it is exact in every language. */
export function number(description: string) {
  return Type.String({ pattern: '^[1-9][0-9]{0,14}$', description })
}

/** The number of a session as the audit log has it. */
export const sessionId = number('The id of a session, a number as in the audit log')

/** GUIDs are compared without regard to case, and kept in lower case. */
export function memberIdOf(text: string): MemberId {
  return text.toLowerCase() as MemberId
}

/** Of a text that has the form of {@link keyId}. */
export function keyIdOf(text: string): string {
  return text.toLowerCase()
}

/** Of a text that has the form of {@link sessionId}. */
export function sessionIdOf(text: string): SessionId {
  return Number(text) as SessionId
}
