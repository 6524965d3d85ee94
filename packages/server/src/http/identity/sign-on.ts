import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { signOn } from '../../operations/sign-on.ts'
import { identifyTrustedCaller } from '../../operations/trusted-caller.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { identity, identityOf } from './identity-message.ts'
import { identityProfile, profileToStore } from './identity-profile.ts'

/** Sign On: the site's own servers log a member in. There are no contacts here, so merging one is taken and not looked at. */
export function signOnRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('authentication', '/v2/sign-on'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Log a member in without a credential of theirs, and add them where they are new',
    description:
      'For the site’s own servers: an API key with the permission `IAM.AUTHENTICAITON_SIGN_ON`, or an app. The fields of the profile that are given take the place of those of before.',
    tag: 'Authentication',
    security: ['apiKey', 'accessToken'],
    body: Type.Object({
      loginId: Type.Object({ email: Type.String() }),
      profile: optional(identityProfile),
      verifyEmail: optional(Type.Boolean({ description: 'Mark the address as verified' })),
      mergeExistingContact: optional(Type.Boolean()),
    }),
    answers: {
      200: Type.Object({
        sessionToken: Type.String({ description: 'A one-time ticket for the session' }),
        identity,
      }),
    },
    handler: async ({ body, request }) => {
      const caller = await identifyTrustedCaller(service, request.headers.authorization, 'IAM.AUTHENTICAITON_SIGN_ON')
      const { member, ticket } = await signOn(service, caller, {
        email: body.loginId.email,
        profile: profileToStore(body.profile),
        verifyEmail: body.verifyEmail ?? false,
        requestId: request.id,
      })
      return { sessionToken: ticket, identity: identityOf(member) }
    },
  })
}
