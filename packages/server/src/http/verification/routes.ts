/** The verification service: codes that prove an address, while a new member logs in or because the site asks for it. */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { deviceOf } from '../../domain/device.ts'
import type { MemberId } from '../../domain/ids.ts'
import { clientOf, identifyCaller } from '../../operations/identify-caller.ts'
import { startVerification } from '../../operations/start-verification.ts'
import { identifyTrustedCaller, isTrusted } from '../../operations/trusted-caller.ts'
import { resendCode, verifyDuringAuthentication } from '../../operations/verify-during-authentication.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { memberId } from '../administration/identifiers.ts'
import { stateMachineMessage, stateMachineResponse } from '../identity/state-machine-response.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const stateToken = Type.String({ maxLength: 1000 })

/** Adds the methods. */
export function verificationRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings

  addMethod(scope, surroundings, {
    // The one name that some versions of the official packages write with a capital.
    addresses: [...addressesOf('verification', '/v1/start'), ...addressesOf('verification', '/v1/Start')],
    methods: ['POST'],
    errors: 'identity',
    summary: 'Mail a member a code that proves their address',
    description: 'For an app, or an API key with the permission `IAM.START`. The id that is answered opens nothing.',
    tag: 'Verification',
    security: ['accessToken'],
    body: Type.Object({ identityId: memberId, target: optional(Type.Enum(['EMAIL'])) }),
    answers: { 200: Type.Object({ verificationId: Type.String() }) },
    handler: async ({ body, request }) => {
      const caller = await identifyTrustedCaller(service, request.headers.authorization, 'IAM.START')
      const asked = { memberId: body.identityId.toLowerCase() as MemberId, requestId: request.id }
      return { verificationId: await startVerification(service, caller, asked) }
    },
  })

  addMethod(scope, surroundings, {
    addresses: addressesOf('verification', '/v1/auth/verify'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Go on with a login by the code that was mailed',
    description: 'A code or a state token that is no good is refused with `data.because`.',
    tag: 'Verification',
    security: ['accessToken'],
    body: Type.Object({ code: Type.String({ minLength: 6, maxLength: 6 }), stateToken }),
    answers: { 200: stateMachineResponse },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const { code, stateToken: token } = body
      const verification = {
        code,
        stateToken: token,
        clientId: clientOf(caller),
        device: deviceOf(request.headers['user-agent']),
        source: isTrusted(caller) ? null : limitedSource(request),
        requestId: request.id,
      }
      return stateMachineMessage(await verifyDuringAuthentication(service, verification))
    },
  })

  addMethod(scope, surroundings, {
    addresses: addressesOf('verification', '/v1/auth/resend'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Have another code mailed for a login',
    description: 'The code before counts no more.',
    tag: 'Verification',
    security: ['accessToken'],
    body: Type.Object({ stateToken }),
    answers: { 200: Type.Object({}) },
    handler: async ({ body, request }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const source = isTrusted(caller) ? null : limitedSource(request)
      await resendCode(service, { stateToken: body.stateToken, source, requestId: request.id })
      return {}
    },
  })
}
