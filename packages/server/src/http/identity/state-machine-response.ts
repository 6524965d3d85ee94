import { Type } from 'typebox'
import type { SignOn } from '../../operations/register.ts'
import { identity, identityOf } from './identity-message.ts'

/** The message StateMachineResponse: what registering or logging in has come to. */
export const stateMachineResponse = Type.Object({
  state: Type.Enum(['SUCCESS', 'REQUIRE_OWNER_APPROVAL']),
  sessionToken: Type.Optional(Type.String({ description: 'A one-time ticket for the session, with SUCCESS' })),
  identity,
  additionalData: Type.Object({}),
})

/** What registering or logging in has come to, as the message. */
export function stateMachineMessage(signOn: SignOn) {
  return {
    state: signOn.state,
    ...(signOn.state === 'SUCCESS' ? { sessionToken: signOn.ticket } : {}),
    identity: identityOf(signOn.member),
    additionalData: {},
  }
}
