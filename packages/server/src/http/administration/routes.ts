/**
 * What an operator can do by now: say who else administers the site and which keys its servers have; look members up, block them and end their sessions; end everyone's sessions at once; see and
 * rotate keys; and have a backup made. A file for each subject, the small ones here.
 */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { EpochMs } from '../../domain/ids.ts'
import { stageOf } from '../../domain/key-stage.ts'
import { endEveryone, orderBackup } from '../../operations/administration.ts'
import { listKeys, rotateKeys } from '../../operations/rotate-keys.ts'
import type { StoredKey } from '../../ports/keys.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { administratorRoutes } from './administrators.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { approvalRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { clientRoutes } from './clients.ts'
import { mailRoutes } from './mails.ts'
import { memberSessionRoutes } from './member-sessions.ts'
import { memberRoutes } from './members.ts'
import { noticeRoutes } from './notices.ts'
import { siteRoutes } from './site.ts'

const keyList = Type.Object({
  keys: Type.Array(
    Type.Object({
      kid: Type.String(),
      purpose: Type.String(),
      stage: Type.Enum(['upcoming', 'in_use', 'superseded', 'retired'], {
        description:
          '`upcoming` is published and signs from `activeFromDate` on; `in_use` signs now; what a `superseded` one signed is accepted until `retiredDate`; a `retired` one counts for nothing',
      }),
      alg: Type.String(),
      wrapped: Type.Boolean({ description: 'Whether the private half is encrypted in the database' }),
      createdDate: Type.String(),
      activeFromDate: Type.String(),
      retiredDate: Type.Optional(Type.String()),
    }),
  ),
})

/** Adds the routes below `/admin/v1`, each of which needs an administrator key. */
export function administrationRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  siteRoutes(scope, surroundings)
  auditRoutes(scope, surroundings)
  noticeRoutes(scope, surroundings)
  clientRoutes(scope, surroundings)
  memberRoutes(scope, surroundings)
  approvalRoutes(scope, surroundings)
  memberSessionRoutes(scope, surroundings)
  mailRoutes(scope, surroundings)
  administratorRoutes(scope, surroundings)
  apiKeyRoutes(scope, surroundings)

  addAdministrationMethod(scope, surroundings, {
    address: '/keys',
    methods: ['GET'],
    role: 'read_only',
    summary: 'List signing keys and MAC keys, without their secrets',
    answers: { 200: keyList },
    handler: async () => {
      return keyListMessage(await listKeys(service), service.clock.now())
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/keys/rotate',
    methods: ['POST'],
    role: 'owner',
    summary: 'Make new signing keys, which sign once verifiers have had time to fetch them',
    answers: { 200: keyList },
    handler: async ({ administrator, request }) => {
      return keyListMessage(await rotateKeys(service, administrator, request.id), service.clock.now())
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/sessions',
    methods: ['DELETE'],
    role: 'owner',
    summary: 'End every session and visitor of the site at once',
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ administrator, request, reply }) => {
      await endEveryone(service, administrator, request.id)
      return reply.code(204).send()
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/backups',
    methods: ['POST'],
    role: 'owner',
    summary: 'Write a backup into the directory that the server was configured with',
    answers: { 200: Type.Object({ path: Type.String(), createdDate: Type.String() }) },
    handler: async ({ administrator, request }) => {
      const { path, at } = await orderBackup(service, administrator, request.id)
      // Where it lies, and nothing of what is in it: a key opens the administration, not the file.
      return { path, createdDate: new Date(at).toISOString() }
    },
  })
}

function keyListMessage(keys: readonly StoredKey[], now: EpochMs) {
  return {
    keys: keys.map((key) => ({
      kid: key.kid,
      purpose: key.purpose,
      stage: stageOf(key, keys, now),
      alg: key.alg,
      wrapped: key.wrappedBy !== null,
      createdDate: new Date(key.createdAt).toISOString(),
      activeFromDate: new Date(key.activeFrom).toISOString(),
      ...(key.retiredAt === null ? {} : { retiredDate: new Date(key.retiredAt).toISOString() }),
    })),
  }
}
