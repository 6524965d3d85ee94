import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import { clientOf, identifyCaller } from '../../operations/identify-caller.ts'
import { logIn } from '../../operations/log-in.ts'
import { isTrusted } from '../../operations/trusted-caller.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { presentedCaptcha } from './captcha-tokens.ts'
import { signOnFields } from './sign-on-fields.ts'
import { stateMachineMessage, stateMachineResponse } from './state-machine-response.ts'

/**
 * Login V2. It never answers a validation error, on which the official client breaks: a malformed address is one that
 * nobody has, and a missing password a wrong one.
 */
export function loginRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('authentication', '/v2/login'),
    methods: ['POST'],
    errors: 'identity_without_violations',
    summary: 'Log in with e-mail address and password',
    tag: 'Authentication',
    security: ['accessToken'],
    body: Type.Object({
      loginId: optional(Type.Object({ email: optional(Type.String()) })),
      password: optional(Type.String()),
      stateToken: optional(Type.String({ maxLength: 1000 })),
      ...signOnFields,
    }),
    answers: { 200: stateMachineResponse },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const source = isTrusted(caller) ? null : limitedSource(request)
      const signOn = await logIn(service, {
        email: body.loginId?.email ?? '',
        password: body.password ?? '',
        clientId: clientOf(caller),
        device: deviceOf(request.headers['user-agent']),
        source,
        captcha: presentedCaptcha(caller, source === null ? null : request.ip, body.captchaTokens),
        requestId: request.id,
      })
      return stateMachineMessage(signOn)
    },
  })
}
