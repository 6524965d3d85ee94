/** Mails, as an operator sees what became of them. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { MailId } from '../../domain/ids.ts'
import { listMails, retryMail } from '../../operations/administer-mails.ts'
import { type KeptMail, mailStates } from '../../ports/storage.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'

/** So short that it is exact in every language. */
const mailId = Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'The id of a mail, a number' })

const mail = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: 'What it is sent for' }),
  recipient: Type.String(),
  memberId: Type.Optional(Type.String({ description: 'Whom it is about' })),
  language: Type.String(),
  state: Type.Enum([...mailStates]),
  attempts: Type.Integer(),
  createdDate: Type.String(),
  nextAttemptDate: Type.Optional(
    Type.String({ description: 'When it is tried next; while it is being sent, when it is if nothing comes of it' }),
  ),
  settledDate: Type.Optional(Type.String({ description: 'When it was sent or given up' })),
  lastFailure: Type.Optional(Type.String({ description: 'Why the last attempt came to nothing' })),
})

/** Adds the methods. */
export function mailRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/mails',
    methods: ['GET'],
    role: 'read_only',
    summary: 'The mails of the last thirty days and what became of them, the newest first',
    description:
      'A page holds up to 100. Where there is a `nextCursor` there are more: ask again with it as `cursor`. Nothing is told of what a mail says.',
    query: Type.Object({ state: optional(Type.Enum([...mailStates])), cursor: optional(mailId) }),
    answers: { 200: Type.Object({ mails: Type.Array(mail), nextCursor: Type.Optional(Type.String()) }) },
    handler: async ({ query: { state, cursor } }) => {
      const before = cursor === undefined || cursor === null ? null : mailIdOf(cursor)
      const { mails, next } = await listMails(service, state ?? null, before)
      return { mails: mails.map(mailMessage), ...(next === null ? {} : { nextCursor: String(next) }) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/mails/:mailId/retry',
    methods: ['POST'],
    role: 'support',
    summary: 'Send a mail that was given up',
    description:
      'Refused with 409 for a mail that waits or was sent, and for one whose link or code is not good any more or whose news is a week old.',
    params: Type.Object({ mailId }),
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ administrator, params, request, reply }) => {
      await retryMail(service, administrator, { id: mailIdOf(params.mailId), requestId: request.id })
      return reply.code(204).send()
    },
  })
}

/** Of a text that has the form of {@link mailId}. */
function mailIdOf(text: string): MailId {
  return Number(text) as MailId
}

function mailMessage(kept: KeptMail) {
  const { id, kind, recipient, memberId, language, state, attempts, createdAt } = kept
  const { nextAttemptAt, settledAt, lastFailure } = kept
  return {
    id: String(id),
    kind,
    recipient,
    ...(memberId === null ? {} : { memberId }),
    language,
    state,
    attempts,
    createdDate: timestamp(createdAt),
    ...(nextAttemptAt === null ? {} : { nextAttemptDate: timestamp(nextAttemptAt) }),
    ...(settledAt === null ? {} : { settledDate: timestamp(settledAt) }),
    ...(lastFailure === null ? {} : { lastFailure }),
  }
}
