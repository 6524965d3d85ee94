import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { changeSignOnPolicy, findSignOnPolicy, type SignOnPolicy } from '../../operations/sign-on-policy.ts'
import { identifyTrustedCaller } from '../../operations/trusted-caller.ts'
import { ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { addMethod } from '../wire/add-method.ts'
import { snakeCase } from '../wire/either-spelling.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const answers = {
  200: Type.Object({
    signOnPolicy: Type.Object({ requireOwnerApproval: Type.Boolean(), requireEmailVerification: Type.Boolean() }),
  }),
}

const flags = ['requireOwnerApproval', 'requireEmailVerification'] as const

/** The sign-on policy service: what new members have to wait for. */
export function signOnPolicyRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  const common = {
    addresses: addressesOf('signOnPolicy', '/v1/sign-on-policies'),
    errors: 'identity',
    tag: 'Sign-on policy',
    security: ['accessToken'],
    answers,
  } as const

  addMethod(scope, surroundings, {
    ...common,
    methods: ['GET'],
    summary: 'What new members have to wait for',
    description: 'For an app, or an API key with the permission `IAM.SIGN_ON_POLICY_READ`.',
    handler: async ({ request }) => {
      await identifyTrustedCaller(service, request.headers.authorization, 'IAM.SIGN_ON_POLICY_READ')
      return { signOnPolicy: await findSignOnPolicy(service) }
    },
  })

  addMethod(scope, surroundings, {
    ...common,
    methods: ['PATCH'],
    summary: 'Change what new members have to wait for',
    description:
      'For an app, or an API key with the permission `IAM.SIGN_ON_POLICY_UPDATE`. What is left out stays as it is; with a `fieldMask`, so does what it does not name.',
    body: Type.Object({
      signOnPolicy: Type.Object({
        requireOwnerApproval: optional(Type.Boolean()),
        requireEmailVerification: optional(Type.Boolean()),
      }),
      fieldMask: optional(
        Type.Union([
          Type.String({ description: 'Names joined by commas' }),
          Type.Array(Type.String()),
          Type.Object({ paths: Type.Array(Type.String()) }),
        ]),
      ),
    }),
    handler: async ({ body, request }) => {
      const { authorization } = request.headers
      const caller = await identifyTrustedCaller(service, authorization, 'IAM.SIGN_ON_POLICY_UPDATE')
      const named = namesIn(body.fieldMask ?? null)
      const change: { -readonly [Flag in keyof SignOnPolicy]?: SignOnPolicy[Flag] } = {}
      for (const flag of flags) {
        const value = body.signOnPolicy[flag]
        if (value != null && (named === undefined || named.has(flag))) change[flag] = value
      }
      return { signOnPolicy: await changeSignOnPolicy(service, caller, { change, requestId: request.id }) }
    },
  })
}

/**
 * The flags that a field mask names, in any of its forms; `undefined` where there is none.
 *
 * @throws {ValidationRefusal} When it names anything else (`fieldMask`).
 */
function namesIn(
  mask: string | readonly string[] | { readonly paths: readonly string[] } | null,
): ReadonlySet<string> | undefined {
  if (mask === null || mask === '') return undefined
  const given = typeof mask === 'string' ? mask.split(',') : 'paths' in mask ? mask.paths : mask
  const names = given.map((name) => name.trim().replace(/^(?:signOnPolicy|sign_on_policy)\./, ''))
  return new Set(
    names.map((name) => {
      const flag = flags.find((each) => name === each || name === snakeCase(each))
      if (flag !== undefined) return flag
      throw new ValidationRefusal([violation('fieldMask', 'OTHER', `may name ${flags.join(' and ')} alone`)])
    }),
  )
}
