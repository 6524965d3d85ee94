import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import { clientOf, identifyCaller } from '../../operations/identify-caller.ts'
import { register } from '../../operations/register.ts'
import { isTrusted } from '../../operations/trusted-caller.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { presentedCaptcha } from './captcha-tokens.ts'
import { identityProfile, profileToStore } from './identity-profile.ts'
import { signOnFields } from './sign-on-fields.ts'
import { stateMachineMessage, stateMachineResponse } from './state-machine-response.ts'

/** Register V2. */
export function registerRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('authentication', '/v2/register'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Register a member',
    tag: 'Authentication',
    security: ['accessToken'],
    body: Type.Object({
      loginId: Type.Object({ email: Type.String() }),
      password: optional(Type.String()),
      profile: optional(identityProfile),
      ...signOnFields,
    }),
    answers: { 200: stateMachineResponse },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      if (body.password == null) throw new ValidationRefusal([violation('password', 'REQUIRED_FIELD', 'is required')])
      const source = isTrusted(caller) ? null : limitedSource(request)
      const signOn = await register(service, {
        email: body.loginId.email,
        password: body.password,
        profile: profileToStore(body.profile),
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
