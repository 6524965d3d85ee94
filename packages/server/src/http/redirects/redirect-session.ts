import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { isGuid } from '../../domain/ids.ts'
import {
  prepareLogin,
  prepareLoginPage,
  prepareLogout,
  type RedirectParameters,
} from '../../operations/create-redirect-session.ts'
import { type Caller, identifyCaller } from '../../operations/identify-caller.ts'
import { keepRedirectSession } from '../../operations/keep-redirect-session.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { answerOf } from '../errors/answer.ts'
import { envelope } from '../errors/render.ts'
import { pagePaths } from '../sign-in/flow.ts'
import { addMethod } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'

const url = Type.String({ maxLength: 2048 })
const text = Type.String({ maxLength: 2048 })

const authorizeRequest = Type.Object({
  clientId: optional(text),
  responseType: optional(text),
  redirectUri: optional(url),
  scope: optional(text),
  state: optional(text),
  responseMode: optional(text),
  codeChallenge: optional(text),
  codeChallengeMethod: optional(text),
  sessionToken: optional(text),
  nonce: optional(Type.String({ maxLength: 512 })),
  prompt: optional(text),
  idp: optional(text),
})

const intents = {
  auth: Type.Object({ authRequest: authorizeRequest, prompt: optional(text) }),
  logout: Type.Object({ clientId: optional(text) }),
}

/** Intents that this service does not serve: they belong to shops, or to pages that it does not have. */
const otherIntents = [
  'bookingsCheckout',
  'ecomCheckout',
  'eventsCheckout',
  'paidPlansCheckout',
  'storesProduct',
  'bookingsBook',
  'ecomOrderPaymentRequest',
  'memberAccountPage',
] as const

/** What callers take for an address. A longer one keeps its parameters here and carries their name. */
const addressCharactersMax = 2048

const message = Type.Object({
  auth: optional(intents.auth),
  logout: optional(intents.logout),
  login: optional(Type.Object({})),
  ...Object.fromEntries(otherIntents.map((name) => [name, optional(Type.Object({}))])),
  callbacks: optional(Type.Object({ postFlowUrl: optional(url) })),
  preferences: optional(Type.Object({ additionalQueryParameters: optional(Type.Object({ lang: optional(text) })) })),
  origin: optional(text),
})

/** Create Redirect Session: the address to which a site sends its user's browser, to log in or to log out. */
export function redirectSessionRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('redirects', '/v1/redirect-session'),
    methods: ['POST'],
    errors: 'identity',
    summary: 'Prepare a redirect of the browser to log in or to log out',
    tag: 'Redirects',
    security: ['accessToken'],
    body: message,
    answers: {
      200: Type.Object({
        redirectSession: Type.Object({
          id: Type.String(),
          fullUrl: Type.String(),
          urlDetails: Type.Object({
            endpoint: Type.String(),
            searchParams: Type.Record(Type.String(), Type.String()),
          }),
          sessionToken: Type.Optional(Type.String()),
          shortUrl: Type.String(),
        }),
      }),
    },
    handler: async ({ body, request, reply }) => {
      const caller = await identifyCaller(service, request.headers.authorization)
      const prepared = await prepare(surroundings, caller, body).then(inLanguageOf(body), unknownClientOf)
      if (prepared instanceof ApplicationRefusal) {
        // Elsewhere an unknown client is a bad argument; here the client is the thing that was asked for.
        return reply.code(404).send(envelope(answerOf(prepared)))
      }
      const endpoint = `${service.baseUrl}${prepared.path}`
      const addressOf = (parameters: RedirectParameters) => `${endpoint}?${new URLSearchParams(parameters)}`
      const parameters =
        addressOf(prepared.parameters).length > addressCharactersMax
          ? await keepRedirectSession(service, prepared.parameters)
          : prepared.parameters
      return {
        redirectSession: {
          id: service.randomness.guid(),
          fullUrl: addressOf(parameters),
          urlDetails: { endpoint, searchParams: parameters },
          ...(body.auth?.authRequest.sessionToken == null ? {} : { sessionToken: body.auth.authRequest.sessionToken }),
          shortUrl: '',
        },
      }
    },
  })
}

async function prepare(
  { service }: Surroundings,
  caller: Caller,
  body: Static<typeof message>,
): Promise<{ readonly path: string; readonly parameters: RedirectParameters }> {
  const given = ['auth', 'logout', 'login', ...otherIntents].filter((name) =>
    Object.entries(body).some(([key, value]) => key === name && value != null),
  )
  if (given.length !== 1) {
    throw new ValidationRefusal([
      violation('intent', 'OTHER', `must be exactly one of auth, logout and login, and ${given.length} were given`, {
        ruleName: 'ONE_INTENT',
      }),
    ])
  }
  if (body.auth != null) {
    const { authRequest, prompt } = body.auth
    const clientId = readClientId(authRequest.clientId, 'auth.authRequest.clientId')
    const parameters = Object.fromEntries(
      Object.entries({ ...authRequest, ...(prompt == null ? {} : { prompt }) }).flatMap(([name, value]) =>
        typeof value === 'string' && name in authorizeRequest.properties ? [[name, value]] : [],
      ),
    )
    return {
      path: '/_api/oauth2/authorize',
      parameters: await prepareLogin(service, caller, { clientId, parameters }),
    }
  }
  if (body.logout != null) {
    const parameters = await prepareLogout(service, caller, {
      clientId: readClientId(body.logout.clientId, 'logout.clientId'),
      postFlowUrl: body.callbacks?.postFlowUrl || null,
    })
    return { path: '/_api/iam/authentication/v1/logout', parameters }
  }
  if (body.login != null) {
    const parameters = await prepareLoginPage(service, caller, body.callbacks?.postFlowUrl || null)
    return { path: pagePaths.login, parameters }
  }
  throw new ApplicationRefusal('UNSUPPORTED_INTENT', `This service has no flow called ${given[0]}`)
}

/** With the language of the pages, where one is asked for. */
function inLanguageOf({ preferences }: Static<typeof message>) {
  const uiLocales = preferences?.additionalQueryParameters?.lang
  return (prepared: { readonly path: string; readonly parameters: RedirectParameters }) =>
    uiLocales == null || uiLocales === ''
      ? prepared
      : { ...prepared, parameters: { ...prepared.parameters, uiLocales } }
}

function readClientId(clientId: string | null | undefined, field: string): string {
  if (clientId == null || clientId === '')
    throw new ValidationRefusal([violation(field, 'REQUIRED_FIELD', 'is required')])
  if (isGuid(clientId)) return clientId
  throw new ValidationRefusal([violation(field, 'FORMAT', 'must be a GUID', { data: { type: 'GUID' } })])
}

function unknownClientOf(error: unknown): ApplicationRefusal {
  if (error instanceof ApplicationRefusal && error.code === 'OAUTH_APP_NOT_FOUND') return error
  throw error
}
