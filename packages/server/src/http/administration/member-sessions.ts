/** The sessions of a member, as an operator sees and ends them. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { nextLimit } from '../../domain/session.ts'
import { endMemberSession, endMemberSessions, listMemberSessions } from '../../operations/member-sessions.ts'
import type { ListedSession } from '../../ports/storage.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { endedSessions, endedSessionsMessage } from './ended-sessions.ts'
import { memberId, memberIdOf, sessionId, sessionIdOf } from './identifiers.ts'

const session = Type.Object({
  id: Type.String({ description: 'As in the audit log; names the session nowhere but here' }),
  clientId: Type.Optional(Type.String({ description: 'The client through which the login came' })),
  device: Type.Optional(Type.String({ description: 'What the browser or app called itself, for people to recognise' })),
  createdDate: Type.String(),
  lastUsedDate: Type.String({ description: 'To the minute' }),
  expiresDate: Type.String({ description: 'When it is over if nobody uses it any more' }),
  clientIds: Type.Array(Type.String(), { description: 'The clients that hold a grant in it' }),
})

/** Adds the methods. */
export function memberSessionRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/sessions',
    methods: ['GET'],
    role: 'read_only',
    summary: 'The living sessions of a member, the newest first',
    description:
      'A page holds up to 100. Where there is a `nextCursor` there may be more: ask again with it as `cursor`, also where the page was not full.',
    params: Type.Object({ id: memberId }),
    query: Type.Object({ cursor: optional(sessionId) }),
    answers: { 200: Type.Object({ sessions: Type.Array(session), nextCursor: Type.Optional(Type.String()) }) },
    handler: async ({ params: { id }, query: { cursor } }) => {
      const before = cursor === undefined || cursor === null ? null : sessionIdOf(cursor)
      const { sessions, next } = await listMemberSessions(service, memberIdOf(id), before)
      return { sessions: sessions.map(sessionMessage), ...(next === null ? {} : { nextCursor: String(next) }) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/sessions',
    methods: ['DELETE'],
    role: 'support',
    summary: 'End every session of a member',
    params: Type.Object({ id: memberId }),
    answers: { 200: Type.Object({ endedSessions }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const named = { memberId: memberIdOf(id), requestId: request.id }
      return { endedSessions: endedSessionsMessage(await endMemberSessions(service, administrator, named)) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/sessions/:sessionId',
    methods: ['DELETE'],
    role: 'support',
    summary: 'End one session of a member',
    description: 'Answered 404 where the member has no such session, whoever else may have it.',
    params: Type.Object({ id: memberId, sessionId }),
    answers: { 200: Type.Object({ endedSessions }) },
    handler: async ({ administrator, params, request }) => {
      const named = {
        memberId: memberIdOf(params.id),
        sessionId: sessionIdOf(params.sessionId),
        requestId: request.id,
      }
      return { endedSessions: endedSessionsMessage(await endMemberSession(service, administrator, named)) }
    },
  })
}

function sessionMessage({ facts, device, clientIds }: ListedSession) {
  const { id, clientId, createdAt, usedAt } = facts.session
  return {
    id: String(id),
    ...(clientId === null ? {} : { clientId }),
    ...(device === null ? {} : { device }),
    createdDate: timestamp(createdAt),
    lastUsedDate: timestamp(usedAt),
    expiresDate: timestamp(nextLimit(facts.session)),
    clientIds: [...clientIds],
  }
}
