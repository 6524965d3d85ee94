/** Who administers the site, each by a key of their own. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type AdministratorKey, administratorRoles } from '../../domain/administrator.ts'
import { addAdministrator, listAdministrators, removeAdministrator } from '../../operations/administrators.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { keyId, keyIdOf } from './identifiers.ts'

const administrator = Type.Object({
  id: Type.String({ description: 'Names the administrator here and in the audit log; opens nothing' }),
  name: Type.String({ description: 'Empty for the first one' }),
  role: Type.String(),
  createdDate: Type.String(),
})

/** Adds the methods. */
export function administratorRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/administrators',
    methods: ['GET'],
    role: 'read_only',
    summary: 'List administrators, without their keys',
    answers: { 200: Type.Object({ administrators: Type.Array(administrator) }) },
    handler: async () => ({ administrators: (await listAdministrators(service)).map(administratorMessage) }),
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/administrators',
    methods: ['POST'],
    role: 'owner',
    summary: 'Add an administrator, whose key is shown this once',
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 100, description: 'For people, to tell administrators apart' }),
      role: Type.Enum([...administratorRoles]),
    }),
    answers: {
      200: Type.Object({ administrator, key: Type.String({ description: 'The key itself. Only its hash is kept' }) }),
    },
    handler: async ({ administrator: asking, body: { name, role }, request }) => {
      const added = await addAdministrator(service, asking, { name, role, requestId: request.id })
      return { administrator: administratorMessage(added.administrator), key: added.secret }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/administrators/:id',
    methods: ['DELETE'],
    role: 'owner',
    summary: 'Remove an administrator: from now on nothing accepts their key',
    description: 'The last owner cannot be removed: 409 `LAST_OWNER`.',
    params: Type.Object({ id: keyId }),
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ administrator: asking, params: { id }, request, reply }) => {
      await removeAdministrator(service, asking, { id: keyIdOf(id), requestId: request.id })
      return reply.code(204).send()
    },
  })
}

function administratorMessage({ id, name, role, createdAt }: AdministratorKey) {
  return { id, name, role, createdDate: timestamp(createdAt) }
}
