import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { judgeEmail } from '../../domain/email.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/** Validate Email: looks at the syntax alone, and says nothing about who has the address. */
export function validateEmailRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  addMethod(scope, surroundings, {
    addresses: addressesOf('authentication', '/v2/validate-email'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Check the form of an e-mail address',
    tag: 'Authentication',
    body: Type.Object({ email: Type.String({ maxLength: 254 }) }),
    answers: {
      200: Type.Object({
        valid: Type.Boolean(),
        formatInvalid: Type.Boolean(),
        failure: Type.Optional(Type.Object({ reason: Type.String() })),
      }),
    },
    handler: async ({ body }) => {
      const judgement = judgeEmail(body.email)
      return judgement.valid
        ? { valid: true, formatInvalid: false }
        : { valid: false, formatInvalid: judgement.formatInvalid, failure: { reason: judgement.reason } }
    },
  })
}
