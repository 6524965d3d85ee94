/** API keys, with which the site's own servers act for the site. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { ApiKey } from '../../domain/api-key.ts'
import { permissions } from '../../domain/permission.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../../operations/api-keys.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { addAdministrationMethod } from './add-administration-method.ts'
import { keyId, keyIdOf } from './identifiers.ts'

const apiKey = Type.Object({
  id: Type.String({ description: 'Names the key here and in the audit log; opens nothing' }),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
  createdDate: Type.String(),
})

/** Adds the methods. */
export function apiKeyRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/api-keys',
    methods: ['GET'],
    role: 'read_only',
    summary: 'List API keys, without their secrets',
    answers: { 200: Type.Object({ apiKeys: Type.Array(apiKey) }) },
    handler: async () => ({ apiKeys: (await listApiKeys(service)).map(apiKeyMessage) }),
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/api-keys',
    methods: ['POST'],
    role: 'owner',
    summary: 'Make an API key, which is shown this once',
    body: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 100, description: 'For people, to tell keys apart' }),
      permissions: Type.Array(Type.Enum([...permissions]), {
        minItems: 1,
        maxItems: 20,
        description: 'What the key may do',
      }),
    }),
    answers: {
      200: Type.Object({ apiKey, key: Type.String({ description: 'The key itself. Only its hash is kept' }) }),
    },
    handler: async ({ administrator, body: { name, permissions: given }, request }) => {
      const made = await createApiKey(service, administrator, { name, permissions: given, requestId: request.id })
      return { apiKey: apiKeyMessage(made.apiKey), key: made.secret }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/api-keys/:id',
    methods: ['DELETE'],
    role: 'owner',
    summary: 'Revoke an API key: from now on nothing accepts it',
    description: 'The sessions that were started with it live on; end those of a member below `/members`.',
    params: Type.Object({ id: keyId }),
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ administrator, params: { id }, request, reply }) => {
      await revokeApiKey(service, administrator, { id: keyIdOf(id), requestId: request.id })
      return reply.code(204).send()
    },
  })
}

function apiKeyMessage({ id, name, permissions: given, createdAt }: ApiKey) {
  return { id, name, permissions: [...given], createdDate: timestamp(createdAt) }
}
