import { Type } from 'typebox'
import type { SignOn } from '../../operations/register.ts'
import { identity, identityOf } from './identity-message.ts'

/** The message StateMachineResponse: what registering or logging in has come to. */
export const stateMachineResponse = Type.Object({
  state: Type.Enum(['SUCCESS', 'REQUIRE_OWNER_APPROVAL', 'REQUIRE_EMAIL_VERIFICATION']),
  sessionToken: Type.Optional(Type.String({ description: 'A one-time ticket for the session, with SUCCESS' })),
  stateToken: Type.Optional(
    Type.String({ description: 'Goes with the code that was mailed, with REQUIRE_EMAIL_VERIFICATION' }),
  ),
  identity,
  additionalData: Type.Object({}),
})

/** What registering or logging in has come to, as the message. */
export function stateMachineMessage(signOn: SignOn) {
  return {
    state: signOn.state,
    ...(signOn.state === 'SUCCESS' ? { sessionToken: signOn.ticket } : {}),
    ...(signOn.state === 'REQUIRE_EMAIL_VERIFICATION' ? { stateToken: signOn.stateToken } : {}),
    identity: identityOf(signOn.member),
    additionalData: {},
  }
}
