import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { limitFailures } from '../../operations/limit-failures.ts'
import { tokenInfo } from '../../operations/token-info.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import { readEitherSpelling } from '../wire/either-spelling.ts'
import { tokenCharactersMax } from '../wire/limits.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { rawRequestFields, unwrapRequest } from './raw-request.ts'

/** Token Info. The answer is the plain message, also to a wrapped request. */
export function tokenInfoRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings
  addMethod(scope, surroundings, {
    addresses: [...addressesOf('oauth', '/token-info'), ...addressesOf('oauth', '/token_info'), '/v1/token_info'],
    methods: ['POST'],
    errors: 'identity',
    summary: 'What an access token or refresh token stands for now',
    tag: 'OAuth',
    body: Type.Object({ token: optional(Type.String({ maxLength: tokenCharactersMax })), ...rawRequestFields }),
    answers: {
      200: Type.Object({
        active: Type.Boolean(),
        subjectType: Type.Enum(['UNKNOWN', 'VISITOR', 'MEMBER', 'APP']),
        subjectId: Type.String(),
        exp: Type.Optional(Type.String({ description: 'Seconds since the epoch' })),
        iat: Type.Optional(Type.String({ description: 'Seconds since the epoch' })),
        clientId: Type.String(),
        siteId: Type.Optional(Type.String()),
        instanceId: Type.Optional(Type.String()),
      }),
    },
    handler: async ({ body, request }) => {
      const message = typeof body.body === 'string' && body.token == null ? unwrapRequest(body.body) : body
      const { token } = readEitherSpelling(message, ['token'])
      if (token === undefined) throw new ValidationRefusal([violation('token', 'REQUIRED_FIELD', 'is required')])
      const info = await limitFailures(
        service,
        'token_info_address',
        limitedSource(request),
        () => tokenInfo(service, token),
        (outcome) => 'value' in outcome && !outcome.value.active,
      )
      if (!info.active) return { active: false, subjectType: 'UNKNOWN', subjectId: '', clientId: '' }
      return {
        active: true,
        subjectType: info.subjectType,
        subjectId: info.subjectId,
        exp: String(info.expiresAt),
        iat: String(info.issuedAt),
        clientId: info.clientId,
        siteId: service.siteId,
        // One installation serves one site, so its instance of an app is the site's.
        instanceId: service.siteId,
      }
    },
  })
}
