/** Notices that clients are owed, as an operator sees them and has them tried again. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { ClientId, NoticeId } from '../../domain/ids.ts'
import { listNotices, retryNotice } from '../../operations/notices.ts'
import { type Notice, noticeKinds, noticeStates } from '../../ports/storage.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { guid, memberId, memberIdOf, number } from './identifiers.ts'

const noticesPerPage = 100

const notice = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...noticeKinds]),
  state: Type.Enum([...noticeStates], {
    description: '`failed` was given up; `unconfirmable` was sent, and nothing says more',
  }),
  clientId: Type.String(),
  memberId: Type.Optional(Type.String()),
  entry: Type.String({ description: 'The number of the entry of the revocation log that it tells of' }),
  attempts: Type.Integer({ description: 'Since it was made, or since somebody had it tried again' }),
  createdDate: Type.String(),
  nextAttemptDate: Type.Optional(Type.String()),
  settledDate: Type.Optional(Type.String({ description: 'When it was delivered or given up' })),
  lastStatus: Type.Optional(Type.String({ description: 'What the receiver said last' })),
})

/** Adds the methods. */
export function noticeRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/notices',
    methods: ['GET'],
    role: 'read_only',
    summary: 'The notices that clients are or were owed, the newest first',
    description:
      'A page holds up to 100, and looks at a bounded part of all notices, but for those that failed. Where there is a `nextCursor` there may be more, also where the page is short or empty. Settled notices are told for thirty days.',
    query: Type.Object({
      state: optional(Type.Enum([...noticeStates])),
      clientId: optional(guid('The id of a client, a GUID')),
      memberId: optional(memberId),
      cursor: optional(number('The `nextCursor` of the page before')),
    }),
    answers: { 200: Type.Object({ notices: Type.Array(notice), nextCursor: Type.Optional(Type.String()) }) },
    handler: async ({ query }) => {
      const { notices, next } = await listNotices(service, {
        state: query.state ?? null,
        clientId: query.clientId == null ? null : (query.clientId.toLowerCase() as ClientId),
        memberId: query.memberId == null ? null : memberIdOf(query.memberId),
        cursor: query.cursor == null ? null : Number(query.cursor),
        limit: noticesPerPage,
      })
      return { notices: notices.map(noticeMessage), ...(next === null ? {} : { nextCursor: String(next) }) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/notices/:noticeId/retry',
    methods: ['POST'],
    role: 'support',
    summary: 'Have a notice tried again at once',
    description:
      'One that was given up begins anew; one that waits for its next attempt waits no longer. Asked again it is a success. Refused with 409 where the notice has arrived.',
    params: Type.Object({ noticeId: number('The id of a notice') }),
    answers: { 200: Type.Object({ notice }) },
    handler: async ({ administrator, params, request }) => {
      const retry = { id: Number(params.noticeId) as NoticeId, requestId: request.id }
      return { notice: noticeMessage(await retryNotice(service, administrator, retry)) }
    },
  })
}

function noticeMessage(of: Notice) {
  return {
    id: String(of.id),
    kind: of.kind,
    state: of.state,
    clientId: of.clientId,
    ...(of.memberId === null ? {} : { memberId: of.memberId }),
    entry: String(of.logN),
    attempts: of.attempts,
    createdDate: timestamp(of.createdAt),
    ...(of.nextAttemptAt === null ? {} : { nextAttemptDate: timestamp(of.nextAttemptAt) }),
    ...(of.settledAt === null ? {} : { settledDate: timestamp(of.settledAt) }),
    ...(of.lastStatus === null ? {} : { lastStatus: of.lastStatus }),
  }
}
