import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { keySetSecondsMax } from '../../operations/rotate-keys.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import { asMessage } from '../wire/raw-http-response.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/** The key set (RFC 7517): in an envelope for callers that carry the official client's marker, plain for everyone else. */
export function jwksRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('oauth', '/jwks'),
    methods: ['GET'],
    errors: 'identity',
    summary: 'The public keys with which tokens are verified',
    tag: 'OAuth',
    answers: {
      200: Type.Object(
        { keys: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))) },
        { additionalProperties: true },
      ),
    },
    handler: async ({ request, reply }) => {
      const keySet = service.keyring.publicJwks()
      // Caches must not hand one caller the other's form.
      reply.header('vary', 'Origin, X-Wix-Bi-Gateway')
      if (request.headers['x-wix-bi-gateway'] !== undefined) {
        return asMessage(200, JSON.stringify(keySet), [{ key: 'Content-Type', value: 'application/json' }])
      }
      reply.header('cache-control', `public, max-age=${keySetSecondsMax}`)
      return keySet
    },
  })
}
