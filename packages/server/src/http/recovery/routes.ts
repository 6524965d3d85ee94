/** The recovery service: links for choosing a password, and the call that uses one. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import type { MemberId } from '../../domain/ids.ts'
import { clientOf, identifyCaller } from '../../operations/identify-caller.ts'
import { recoverMember } from '../../operations/recover-member.ts'
import { sendActivationEmail } from '../../operations/send-activation-email.ts'
import { sendRecoveryEmail } from '../../operations/send-recovery-email.ts'
import { identifyTrustedCaller, isTrusted } from '../../operations/trusted-caller.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { memberId } from '../administration/identifiers.ts'
import { stateMachineMessage, stateMachineResponse } from '../identity/state-machine-response.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { emailOptionFields, emailOptionsOf } from './recovery-redirect.ts'

/** Adds the methods. */
export function recoveryRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings

  addMethod(scope, surroundings, {
    addresses: addressesOf('recovery', '/v1/send-email'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Mail a link for choosing a new password',
    description: 'Answers alike whether or not anybody has the address.',
    tag: 'Recovery',
    security: ['accessToken'],
    body: Type.Object({ email: Type.String({ maxLength: 1000 }), ...emailOptionFields }),
    answers: { 200: Type.Object({}) },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const source = isTrusted(caller) ? null : limitedSource(request)
      await sendRecoveryEmail(service, { email: body.email, ...emailOptionsOf(body), source, requestId: request.id })
      return {}
    },
  })

  addMethod(scope, surroundings, {
    addresses: addressesOf('recovery', '/v1/activation-email'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Mail a member a link for choosing their first password',
    description: 'For an app, or an API key with the permission `IAM.SEND_ACTIVATION_EMAIL`.',
    tag: 'Recovery',
    security: ['accessToken'],
    body: Type.Object({ identityId: memberId, emailOptions: optional(Type.Object(emailOptionFields)) }),
    answers: { 200: Type.Object({}) },
    handler: async ({ body, request }) => {
      const { authorization } = request.headers
      const caller = await identifyTrustedCaller(service, authorization, 'IAM.SEND_ACTIVATION_EMAIL')
      await sendActivationEmail(service, caller, {
        memberId: body.identityId.toLowerCase() as MemberId,
        ...emailOptionsOf(body.emailOptions ?? {}),
        requestId: request.id,
      })
      return {}
    },
  })

  addMethod(scope, surroundings, {
    addresses: addressesOf('recovery', '/v1/recover'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Choose a new password by a link, and log in with it',
    description: 'Every session of the member ends. A link that is no good is refused with `data.because`.',
    tag: 'Recovery',
    security: ['accessToken'],
    body: Type.Object({ recoveryToken: Type.String({ maxLength: 1000 }), password: optional(Type.String()) }),
    answers: { 200: stateMachineResponse },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      if (body.password == null) throw new ValidationRefusal([violation('password', 'REQUIRED_FIELD', 'is required')])
      const recovered = await recoverMember(service, {
        recoveryToken: body.recoveryToken,
        password: body.password,
        clientId: clientOf(caller),
        device: deviceOf(request.headers['user-agent']),
        source: isTrusted(caller) ? null : limitedSource(request),
        requestId: request.id,
      })
      return stateMachineMessage(recovered)
    },
  })
}
