/** What an operator decides about members who wait for approval. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { approveMember, rejectMember } from '../../operations/approve-member.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { endedSessions, endedSessionsMessage } from './ended-sessions.ts'
import { memberId, memberIdOf } from './identifiers.ts'

const params = Type.Object({ id: memberId })
const status = Type.String({ description: 'The status that the member has now' })
const reasons = Type.Array(Type.String(), { description: 'What the member still waits for' })

/** Adds the methods. */
export function approvalRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/approve',
    methods: ['POST'],
    role: 'support',
    summary: 'Let in a member who waits for approval, or was rejected',
    description:
      'Who has to prove their address as well waits on. Asked again, or of a member who waits for nothing, it is a success. Refused with 409 for a member who was deleted.',
    params,
    answers: { 200: Type.Object({ id: Type.String(), status, reasons }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const decision = { memberId: memberIdOf(id), requestId: request.id }
      const { status: name, statusReasons } = await approveMember(service, administrator, decision)
      return { id: decision.memberId, status: name, reasons: [...statusReasons] }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/reject',
    methods: ['POST'],
    role: 'support',
    summary: 'Reject a member who waits for approval, and end what there is of theirs, in one commit',
    description:
      'They are OFFLINE from then on and cannot log in; their address stays taken, and approving them undoes it. Asked again it is a success. Refused with 409 for a member about whom there is nothing to decide.',
    params,
    answers: { 200: Type.Object({ id: Type.String(), status, endedSessions }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const decision = { memberId: memberIdOf(id), requestId: request.id }
      const { standing, ended } = await rejectMember(service, administrator, decision)
      return { id: decision.memberId, status: standing.status, endedSessions: endedSessionsMessage(ended) }
    },
  })
}
