/** Members, as an operator finds, blocks and unblocks them. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { blockMember, unblockMember } from '../../operations/block-member.ts'
import { findMember, findMembersByEmail } from '../../operations/find-members.ts'
import { identity, identityOf } from '../identity/identity-message.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { endedSessions, endedSessionsMessage } from './ended-sessions.ts'
import { memberId, memberIdOf } from './identifiers.ts'

const params = Type.Object({ id: memberId })
const status = Type.String({ description: 'The status that the member has now' })

/** Adds the methods. */
export function memberRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/members',
    methods: ['GET'],
    role: 'read_only',
    summary: 'Find the member who has an e-mail address',
    query: Type.Object({
      email: Type.String({ maxLength: 1000, description: 'The whole address; case does not count' }),
    }),
    answers: { 200: Type.Object({ members: Type.Array(identity) }) },
    handler: async ({ query }) => {
      return { members: (await findMembersByEmail(service, query.email)).map(identityOf) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id',
    methods: ['GET'],
    role: 'read_only',
    summary: 'A member as the identity API tells them, whatever their status',
    params,
    answers: { 200: Type.Object({ member: identity }) },
    handler: async ({ params: { id } }) => {
      return { member: identityOf(await findMember(service, memberIdOf(id))) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/block',
    methods: ['POST'],
    role: 'support',
    summary: 'Block a member and end every session of theirs, in one commit',
    description: 'Asked again it is a success. Refused with 409 for a member who was deleted.',
    params,
    answers: { 200: Type.Object({ id: Type.String(), status, endedSessions }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const blocking = { memberId: memberIdOf(id), requestId: request.id }
      const ended = await blockMember(service, administrator, blocking)
      return { id: blocking.memberId, status: 'BLOCKED', endedSessions: endedSessionsMessage(ended) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/unblock',
    methods: ['POST'],
    role: 'support',
    summary: 'Let a blocked member log in again',
    description:
      'What ended stays ended. A member who was waiting for approval when they were blocked waits on. Asked again, or of a member who is not blocked, it is a success. Refused with 409 for a member who was deleted.',
    params,
    answers: { 200: Type.Object({ id: Type.String(), status }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const blocking = { memberId: memberIdOf(id), requestId: request.id }
      return { id: blocking.memberId, status: await unblockMember(service, administrator, blocking) }
    },
  })
}
