/** Members, as an operator finds, adds, changes, blocks, unblocks and deletes them. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { memberStatuses } from '../../domain/member.ts'
import { blockMember, unblockMember } from '../../operations/block-member.ts'
import { changeEmail } from '../../operations/change-email.ts'
import { createMember } from '../../operations/create-member.ts'
import { deleteMember } from '../../operations/delete-member.ts'
import { findMember, findMembersByEmail, listMembers } from '../../operations/find-members.ts'
import { updateMember } from '../../operations/update-member.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { identity, identityOf } from '../identity/identity-message.ts'
import { identityProfile, profileChangeOf, profileToStore } from '../identity/identity-profile.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { endedSessions, endedSessionsMessage } from './ended-sessions.ts'
import { exportMemberRoute } from './export-member.ts'
import { memberId, memberIdOf } from './identifiers.ts'
import { importMembersRoute } from './import-members.ts'
import { cursorOf, readAddressCursor, readAgeCursor } from './member-cursor.ts'

const params = Type.Object({ id: memberId })
/** As members are told with it; so short that it is exact as a number. */
const revision = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,14})$',
  description: 'The revision that the caller has seen',
})
const status = Type.String({ description: 'The status that the member has now' })

/** Adds the methods. */
export function memberRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/members',
    methods: ['GET'],
    role: 'read_only',
    summary: 'List members, or find the one who has an e-mail address',
    description:
      'At most one of `email`, `emailPrefix` and `status`. The newest first, by `emailPrefix` in the order of addresses. A page holds up to 100; where there is a `nextCursor`, ask again with it as `cursor`.',
    query: Type.Object({
      email: optional(Type.String({ maxLength: 1000, description: 'The whole address; case does not count' })),
      emailPrefix: optional(Type.String({ maxLength: 1000, description: 'What the address begins with' })),
      status: optional(Type.Enum(memberStatuses)),
      cursor: optional(Type.String({ maxLength: 2000 })),
    }),
    answers: { 200: Type.Object({ members: Type.Array(identity), nextCursor: Type.Optional(Type.String()) }) },
    handler: async ({ query: { email, emailPrefix, status, cursor } }) => {
      assertOneFilter({ email, emailPrefix, status })
      if (email != null) return { members: (await findMembersByEmail(service, email)).map(identityOf) }
      const { members, next } = await listMembers(
        service,
        emailPrefix == null
          ? { by: 'age', status: status ?? null, after: cursor == null ? null : readAgeCursor(cursor) }
          : { by: 'address', prefix: emailPrefix, after: cursor == null ? null : readAddressCursor(cursor) },
      )
      return { members: members.map(identityOf), ...(next === null ? {} : { nextCursor: cursorOf(next) }) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members',
    methods: ['POST'],
    role: 'owner',
    summary: 'Add a member, with a password or without',
    description:
      'The member is active at once, whatever is asked of those who register. Refused with 409 where the address is taken.',
    body: Type.Object({
      email: Type.String({ maxLength: 1000 }),
      emailVerified: optional(Type.Boolean()),
      password: optional(Type.String()),
      profile: optional(identityProfile),
    }),
    answers: { 200: Type.Object({ member: identity }) },
    handler: async ({ administrator, body, request }) => {
      const member = await createMember(service, administrator, {
        email: body.email,
        emailVerified: body.emailVerified ?? false,
        password: body.password ?? null,
        profile: profileToStore(body.profile),
        requestId: request.id,
      })
      return { member: identityOf(member) }
    },
  })

  importMembersRoute(scope, surroundings)
  exportMemberRoute(scope, surroundings)

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
    address: '/members/:id',
    methods: ['PATCH'],
    role: 'support',
    summary: 'Change some fields of a member’s profile',
    description:
      'What is given takes the place of what was, what is null is removed, what is left out stays. With a `revision` it is refused with 409 where the member was changed since; likewise for a member who was deleted.',
    params,
    body: Type.Object({ profile: identityProfile, revision: optional(revision) }),
    answers: { 200: Type.Object({ member: identity }) },
    handler: async ({ administrator, params: { id }, body, request }) => {
      const member = await updateMember(service, administrator, {
        memberId: memberIdOf(id),
        profile: profileChangeOf(body.profile),
        revision: revisionOf(body.revision),
        requestId: request.id,
      })
      return { member: identityOf(member) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id/email',
    methods: ['POST'],
    role: 'support',
    summary: 'Give a member another e-mail address',
    description:
      'Another address is not verified unless `emailVerified` says so. Both addresses are told by mail; links and codes that were sent before are void. Refused with 409 where another member has the address, where the member was changed since the `revision` given, and for a member who was deleted.',
    params,
    body: Type.Object({
      email: Type.String({ maxLength: 1000 }),
      emailVerified: optional(Type.Boolean()),
      revision: optional(revision),
    }),
    answers: { 200: Type.Object({ member: identity }) },
    handler: async ({ administrator, params: { id }, body, request }) => {
      const member = await changeEmail(service, administrator, {
        memberId: memberIdOf(id),
        email: body.email,
        emailVerified: body.emailVerified ?? null,
        revision: revisionOf(body.revision),
        requestId: request.id,
      })
      return { member: identityOf(member) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/members/:id',
    methods: ['DELETE'],
    role: 'owner',
    summary: 'Delete a member: end every session of theirs and erase all that is personal, in one commit',
    description: 'It cannot be undone. The address is free from then on. Asked again it is a success.',
    params,
    answers: { 200: Type.Object({ id: Type.String(), status, endedSessions }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const named = { memberId: memberIdOf(id), requestId: request.id }
      const ended = await deleteMember(service, administrator, named)
      return { id: named.memberId, status: 'DELETED', endedSessions: endedSessionsMessage(ended) }
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

/**
 * Each filter is a way through an index of its own; two at once would have to look at members without a bound.
 *
 * @throws {ValidationRefusal} For every filter but the first.
 */
function assertOneFilter(filters: Readonly<Record<string, unknown>>): void {
  const [first, ...others] = Object.keys(filters).filter((name) => filters[name] != null)
  if (others.length === 0) return
  throw new ValidationRefusal(
    others.map((name) =>
      violation(name, 'OTHER', `cannot be given together with ${first}`, { ruleName: 'ONE_FILTER' }),
    ),
  )
}

function revisionOf(text: string | null | undefined): number | null {
  return text == null ? null : Number(text)
}
