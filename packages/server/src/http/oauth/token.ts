import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Source } from '../../domain/network.ts'
import { authenticateClient } from '../../operations/authenticate-client.ts'
import { giveAppTokens } from '../../operations/give-app-tokens.ts'
import type { TokenSet } from '../../operations/issue-tokens.ts'
import { limitFailures } from '../../operations/limit-failures.ts'
import { logInExternally } from '../../operations/log-in-externally.ts'
import { redeemCode } from '../../operations/redeem-code.ts'
import { refresh } from '../../operations/refresh.ts'
import type { Service } from '../../operations/service.ts'
import { stripBoundSession } from '../../operations/strip-bound-session.ts'
import { welcomeVisitor } from '../../operations/welcome-visitor.ts'
import { OAuthRefusal } from '../../protocol/oauth-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import { answerOf } from '../errors/answer.ts'
import { noteError } from '../errors/render.ts'
import { addMethod } from '../wire/add-method.ts'
import { readEitherSpelling, snakeCase } from '../wire/either-spelling.ts'
import { tokenCharactersMax } from '../wire/limits.ts'
import { asMessage, rawHttpResponse } from '../wire/raw-http-response.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { rawRequestFields, unwrapRequest } from './raw-request.ts'

const fieldNames = [
  'clientId',
  'clientSecret',
  'grantType',
  'code',
  'codeVerifier',
  'redirectUri',
  'refreshToken',
  'instanceId',
  'accessToken',
  'memberId',
  'sessionToken',
] as const
type Fields = ReturnType<typeof readEitherSpelling<(typeof fieldNames)[number]>>

const bothSpellings = Object.fromEntries(
  fieldNames
    .flatMap((name) => [name, snakeCase(name)])
    .map((name) => [name, optional(Type.String({ maxLength: tokenCharactersMax }))]),
)

const tokenResponse = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.Union([Type.String(), Type.Null()]),
  scope: Type.Optional(Type.String()),
})

/** The token endpoint (OAuth 2.1 section 3.2), as JSON or form, in either spelling. */
export function tokenRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings
  addMethod(scope, surroundings, {
    addresses: addressesOf('oauth', '/token'),
    methods: ['POST'],
    errors: 'oauth',
    summary: 'Get tokens',
    description:
      'Grants: anonymous, authorization_code (with PKCE, S256), refresh_token, client_credentials, strip_bound_session, and authorized_client (with an API key).',
    tag: 'OAuth',
    body: Type.Object({ ...bothSpellings, ...rawRequestFields }),
    answers: { 200: Type.Union([tokenResponse, rawHttpResponse]) },
    handler: async ({ body, request, reply }) => {
      reply.header('pragma', 'no-cache')
      const fields = readEitherSpelling(body, fieldNames)
      const wrapped: unknown = body.body
      if (typeof wrapped === 'string' && fields.grantType === undefined) {
        return answerWrapped(service, wrapped, request, limitedSource(request))
      }
      return tokenMessage(await grantLimited(service, fields, request, limitedSource(request)))
    },
  })
}

/** As often as a source likes, as long as not too many fail: who guesses is turned away, and who holds a token is not. */
function grantLimited(
  service: Service,
  fields: Fields,
  request: FastifyRequest,
  source: Source | null,
): Promise<TokenSet> {
  return limitFailures(service, 'token_address', source, () => grantTokens(service, fields, request), isFailedGrant)
}

function isFailedGrant(outcome: { readonly value: TokenSet } | { readonly error: unknown }): boolean {
  if (!('error' in outcome) || !(outcome.error instanceof OAuthRefusal)) return false
  return outcome.error.error === 'invalid_grant' || outcome.error.error === 'invalid_client'
}

/** The token endpoint of before OAuth 2.1, by which apps still refresh tokens: their secret is asked for. */
export function formerTokenRoute(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service, limitedSource } = surroundings
  addMethod(scope, surroundings, {
    addresses: ['/oauth/access'],
    methods: ['POST'],
    errors: 'oauth',
    summary: 'Refresh tokens as an app, with its secret',
    description: 'Grant: refresh_token. It is there for callers of old; new ones ask at `/oauth2/token`.',
    tag: 'OAuth',
    body: Type.Object(bothSpellings),
    answers: { 200: tokenResponse },
    handler: async ({ body, request, reply }) => {
      reply.header('pragma', 'no-cache')
      const fields = readEitherSpelling(body, fieldNames)
      if (fields.grantType !== 'refresh_token') {
        throw new OAuthRefusal('unsupported_grant_type', 'grantType must be refresh_token here')
      }
      needed(fields, 'clientId')
      needed(fields, 'clientSecret')
      return tokenMessage(await grantLimited(service, fields, request, limitedSource(request)))
    },
  })
}

async function grantTokens(
  service: Service,
  fields: Fields,
  { id: requestId, headers }: FastifyRequest,
): Promise<TokenSet> {
  switch (fields.grantType) {
    case 'anonymous':
      return welcomeVisitor(service, { clientId: needed(fields, 'clientId') })
    case 'refresh_token':
      await assertSecretIfGiven(service, fields)
      return refresh(service, {
        refreshToken: needed(fields, 'refreshToken'),
        clientId: fields.clientId ?? null,
        requestId,
      })
    case 'authorization_code':
      await assertSecretIfGiven(service, fields)
      return redeemCode(service, {
        clientId: needed(fields, 'clientId'),
        code: needed(fields, 'code'),
        codeVerifier: needed(fields, 'codeVerifier'),
        redirectUri: fields.redirectUri ?? null,
        requestId,
      })
    case 'client_credentials':
      return giveAppTokens(service, {
        clientId: needed(fields, 'clientId'),
        clientSecret: needed(fields, 'clientSecret'),
        instanceId: fields.instanceId ?? null,
      })
    case 'strip_bound_session':
      return stripBoundSession(service, {
        accessToken: needed(fields, 'accessToken'),
        clientSecret: needed(fields, 'clientSecret'),
      })
    case 'authorized_client':
      return logInExternally(service, {
        authorization: headers.authorization,
        clientId: fields.clientId ?? null,
        memberId: needed(fields, 'memberId'),
        sessionToken: fields.sessionToken ?? null,
        requestId,
      })
    case undefined:
      throw new OAuthRefusal('invalid_request', 'grantType is required')
    default:
      throw new OAuthRefusal(
        'unsupported_grant_type',
        'grantType must be one of anonymous, authorization_code, refresh_token, client_credentials, strip_bound_session, authorized_client',
      )
  }
}

/** A wrapped request is always answered with 200; what it came to is inside. */
async function answerWrapped(service: Service, wrapped: string, request: FastifyRequest, source: Source | null) {
  const headers = [{ key: 'Content-Type', value: 'application/json' }]
  try {
    const fields = readEitherSpelling(unwrapRequest(wrapped), fieldNames)
    const tokens = tokenMessage(await grantLimited(service, fields, request, source))
    return asMessage(200, JSON.stringify(tokens), headers)
  } catch (error) {
    const answer = answerOf(error)
    noteError(request, answer, error)
    const body = { error: answer.oauth, error_description: answer.description }
    const { retryAfterSeconds: seconds } = answer
    const retry = seconds === null ? [] : [{ key: 'Retry-After', value: String(seconds) }]
    return asMessage(answer.status, JSON.stringify(body), [...headers, ...retry])
  }
}

function tokenMessage(tokens: TokenSet) {
  return {
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: tokens.expiresInSeconds,
    refresh_token: tokens.refreshToken,
    ...(tokens.scope === null ? {} : { scope: tokens.scope }),
  }
}

/** A client that has a secret need not send it; one that sends it has to send the right one. */
async function assertSecretIfGiven(service: Service, fields: Fields): Promise<void> {
  const { clientSecret } = fields
  if (clientSecret === undefined) return
  await authenticateClient(service, { clientId: needed(fields, 'clientId'), clientSecret })
}

function needed(fields: Fields, name: keyof Fields): string {
  const value = fields[name]
  if (value === undefined) throw new OAuthRefusal('invalid_request', `${name} is required for this grant`)
  return value
}
