/** The audit log, as an operator looks into it. What its events mean is told in `docs/audit.md`. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type AuditEvent, auditEvents } from '../../domain/audit-events.ts'
import { type Cause, causesWithMeaning } from '../../domain/cause.ts'
import type { ClientId, EpochMs } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import { findAuditRecords } from '../../operations/find-audit-records.ts'
import type { AuditRecord } from '../../ports/storage.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { guid, memberId, memberIdOf, number, sessionId, sessionIdOf } from './identifiers.ts'

const actorKinds = [
  'member',
  'client',
  'administrator',
  'api_key',
  'system',
] as const satisfies readonly Actor['kind'][]

const recordsPerPage = 100
const recordsPerPageMax = 1000

const moment = (which: string) =>
  optional(Type.String({ maxLength: 40, description: `${which}, like \`2026-11-22T13:43:08.000Z\` (RFC 3339)` }))

const query = Type.Object({
  order: optional(Type.Enum(['newest', 'oldest'], { description: '`newest` first unless told otherwise' })),
  cursor: optional(number('The `nextCursor` of the page before, or the `id` of any record: goes on behind it')),
  limit: optional(
    Type.String({
      pattern: '^([1-9][0-9]{0,2}|1000)$',
      description: `How many records a page may hold, up to ${recordsPerPageMax}; ${recordsPerPage} unless told otherwise`,
    }),
  ),
  memberId: optional(memberId),
  sessionId: optional(sessionId),
  clientId: optional(guid('The id of a client, a GUID')),
  keyId: optional(guid('The id of a key that was made or taken away, a GUID')),
  event: optional(Type.Enum(Object.keys(auditEvents) as AuditEvent[])),
  cause: optional(Type.Enum(Object.keys(causesWithMeaning) as Cause[], { description: 'Why something ended' })),
  actor: optional(Type.Enum([...actorKinds], { description: 'What kind of actor did it' })),
  actorId: optional(guid('The id of who did it: a member, a client, or a key')),
  from: moment('Only what was recorded at this moment or later'),
  to: moment('Only what was recorded before this moment'),
})

/** A record, as it is told to an administrator. */
export const auditRecord = Type.Object({
  id: Type.String({ description: 'A number that grows with every record' }),
  date: Type.String(),
  event: Type.String(),
  cause: Type.Optional(Type.String({ description: 'Of an end: why' })),
  actor: Type.Object({
    kind: Type.String(),
    id: Type.Optional(Type.String({ description: 'Left out for the system' })),
  }),
  requestId: Type.String({ description: 'As in the header `X-Wix-Request-Id` of the answer; empty at a start' }),
  memberId: Type.Optional(Type.String()),
  sessionId: Type.Optional(Type.String()),
  clientId: Type.Optional(Type.String()),
  keyId: Type.Optional(Type.String({ description: 'The key that was made or taken away' })),
  ended: Type.Optional(
    Type.Object(
      {
        grants: Type.Integer(),
        refreshTokens: Type.Integer({ description: 'Those that were still good' }),
        noticesOwed: Type.Integer({ description: 'How many notices to clients the end is owed' }),
      },
      { description: 'Of the end of a session or a grant: how much ended with it' },
    ),
  ),
})

/** Adds the method. */
export function auditRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  addAdministrationMethod(scope, surroundings, {
    address: '/audit',
    methods: ['GET'],
    role: 'read_only',
    summary: 'Look into the audit log',
    description:
      'Finds the records that fit in all that is given. A page looks at a bounded part of the log: where there is a `nextCursor` there may be more, also where the page is short or empty.',
    query,
    answers: { 200: Type.Object({ records: Type.Array(auditRecord), nextCursor: Type.Optional(Type.String()) }) },
    handler: async ({ query: asked }) => {
      const { records, next } = await findAuditRecords(surroundings.service, {
        order: asked.order ?? 'newest',
        cursor: asked.cursor == null ? null : Number(asked.cursor),
        limit: asked.limit == null ? recordsPerPage : Number(asked.limit),
        memberId: asked.memberId == null ? undefined : memberIdOf(asked.memberId),
        sessionId: asked.sessionId == null ? undefined : sessionIdOf(asked.sessionId),
        clientId: asked.clientId == null ? undefined : (asked.clientId.toLowerCase() as ClientId),
        keyId: asked.keyId?.toLowerCase(),
        event: asked.event ?? undefined,
        cause: asked.cause ?? undefined,
        actor: { kind: asked.actor ?? undefined, id: asked.actorId?.toLowerCase() },
        from: readMoment('from', asked.from),
        to: readMoment('to', asked.to),
      })
      return { records: records.map(auditRecordMessage), ...(next === null ? {} : { nextCursor: String(next) }) }
    },
  })
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

/** @throws {ValidationRefusal} When the text is no moment. */
function readMoment(field: string, text: string | null | undefined): EpochMs | undefined {
  if (text === undefined || text === null) return undefined
  const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new ValidationRefusal([violation(field, 'FORMAT', 'must be a moment as RFC 3339 has it')])
  return ms
}

/** A record as the message {@link auditRecord}. */
export function auditRecordMessage(of: AuditRecord) {
  const { actor, event } = of
  const ends = event === 'session.ended' || event === 'grant.ended'
  return {
    id: String(of.n),
    date: timestamp(of.at),
    event,
    ...(of.cause === null ? {} : { cause: of.cause }),
    actor: actor.kind === 'system' ? { kind: actor.kind } : { kind: actor.kind, id: actor.id },
    requestId: of.requestId,
    ...(of.memberId === null ? {} : { memberId: of.memberId }),
    ...(of.sessionId === null ? {} : { sessionId: String(of.sessionId) }),
    ...(of.clientId === null ? {} : { clientId: of.clientId }),
    ...(of.keyId === null ? {} : { keyId: of.keyId }),
    ...(ends
      ? { ended: { grants: of.grantsEnded, refreshTokens: of.refreshTokensEnded, noticesOwed: of.noticesOwed } }
      : {}),
  }
}
