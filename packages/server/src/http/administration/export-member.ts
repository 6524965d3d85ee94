import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { exportMember, type MemberExport } from '../../operations/export-member.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import { identity, identityOf } from '../identity/identity-message.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { auditRecord, auditRecordMessage } from './audit.ts'
import { memberId, memberIdOf } from './identifiers.ts'

const answer = Type.Object({
  member: identity,
  hasPassword: Type.Boolean(),
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      clientId: Type.Optional(Type.String()),
      device: Type.Optional(Type.String()),
      createdDate: Type.String(),
      lastUsedDate: Type.String(),
      expiresDate: Type.String(),
      persistent: Type.Boolean({ description: 'The member asked to stay signed in' }),
      ended: Type.Optional(Type.String({ description: 'Why it ended' })),
      clientIds: Type.Array(Type.String(), { description: 'The clients that had a grant in it' }),
    }),
    { description: 'Also those that ended and are still kept' },
  ),
  challenges: Type.Array(
    Type.Object({
      kind: Type.String(),
      createdDate: Type.String(),
      expiresDate: Type.String(),
      settledDate: Type.Optional(Type.String()),
    }),
    { description: 'Links and codes that were asked for' },
  ),
  mails: Type.Array(
    Type.Object({
      kind: Type.String(),
      recipient: Type.String(),
      state: Type.String(),
      createdDate: Type.String(),
      settledDate: Type.Optional(Type.String()),
    }),
  ),
  networks: Type.Array(Type.Object({ lastUsedDate: Type.String() }), {
    description: 'The networks that the member logs in from; which ones they are nobody can read',
  }),
  auditRecords: Type.Array(auditRecord),
})

/** Adds the method. */
export function exportMemberRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/export',
    methods: ['GET'],
    role: 'owner',
    summary: 'All that is stored of a member, for a person who asks for it',
    description: 'Without the hashes of passwords and secrets. That it was asked for is on record.',
    params: Type.Object({ id: memberId }),
    answers: { 200: answer },
    handler: async ({ administrator, params: { id }, request }) => {
      const named = { memberId: memberIdOf(id), requestId: request.id }
      return exportMessage(await exportMember(surroundings.service, administrator, named))
    },
  })
}

function exportMessage({ member, sessions, challenges, mails, networksUsedAt, auditRecords }: MemberExport) {
  return {
    member: identityOf(member),
    hasPassword: member.passwordHash !== null,
    sessions: sessions.map(({ id, clientId, device, createdAt, usedAt, expiresAt, persistent, ended, clientIds }) => ({
      id: String(id),
      ...(clientId === null ? {} : { clientId }),
      ...(device === null ? {} : { device }),
      createdDate: timestamp(createdAt),
      lastUsedDate: timestamp(usedAt),
      expiresDate: timestamp(expiresAt),
      persistent,
      ...(ended === null ? {} : { ended }),
      clientIds: [...clientIds],
    })),
    challenges: challenges.map(({ kind, createdAt, expiresAt, settledAt }) => ({
      kind,
      createdDate: timestamp(createdAt),
      expiresDate: timestamp(expiresAt),
      ...settled(settledAt),
    })),
    mails: mails.map(({ kind, recipient, state, createdAt, settledAt }) => ({
      kind,
      recipient,
      state,
      createdDate: timestamp(createdAt),
      ...settled(settledAt),
    })),
    networks: networksUsedAt.map((usedAt) => ({ lastUsedDate: timestamp(usedAt) })),
    auditRecords: auditRecords.map(auditRecordMessage),
  }
}

function settled(at: number | null) {
  return at === null ? {} : { settledDate: timestamp(at) }
}
