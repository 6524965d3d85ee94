import type { Client } from '../../domain/client.ts'
import { isCodeChallenge } from '../../domain/pkce.ts'
import { isAllowedRedirectUri } from '../../domain/redirects.ts'
import type { AuthorizationRequest } from '../../operations/authorize.ts'
import { findActiveClient } from '../../operations/find-client.ts'
import { readRedirectSession } from '../../operations/keep-redirect-session.ts'
import type { OAuthErrorName } from '../../protocol/oauth-errors.ts'
import type { FlowProblem } from '../pages/words/words.ts'
import { readEitherSpelling } from '../wire/either-spelling.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import type { AnswerAddress, ResponseMode } from './authorization-answer.ts'
import { messageOrigins } from './message-origins.ts'

export const authorizationFieldNames = [
  'clientId',
  'redirectUri',
  'responseType',
  'responseMode',
  'scope',
  'state',
  'codeChallenge',
  'codeChallengeMethod',
  'sessionToken',
  'nonce',
  'prompt',
  'idp',
  'uiLocales',
] as const

export type AuthorizationFields = Partial<Record<(typeof authorizationFieldNames)[number], string>>

/** The longest nonce that is kept with a code. */
const nonceCharactersMax = 512

/**
 * What a request to the authorize endpoint comes to. `page`: client or address are not good, so nobody is redirected.
 * `error`: they are, and the client is told there what is wrong.
 */
export type ReadRequest =
  | { readonly outcome: 'page'; readonly problem: FlowProblem }
  | {
      readonly outcome: 'error'
      readonly address: AnswerAddress
      readonly error: OAuthErrorName
      readonly description: string
    }
  | {
      readonly outcome: 'good'
      readonly address: AnswerAddress
      readonly request: AuthorizationRequest
      readonly fields: AuthorizationFields
    }

/**
 * Reads an authorization request (OAuth 2.1 section 4.1.1). Client and redirect URI come first: until both are found good,
 * a redirect would send somebody, perhaps with an error that says much, to an address of a stranger.
 *
 * @throws {ValidationRefusal} When a parameter is repeated.
 */
export async function readAuthorizationRequest(
  surroundings: Surroundings,
  parameters: Readonly<Record<string, unknown>>,
  requestId: string,
): Promise<ReadRequest> {
  const { service } = surroundings
  const fields = readEitherSpelling(await readRedirectSession(service, parameters), authorizationFieldNames)
  const client = fields.clientId === undefined ? undefined : await findActiveClient(service, fields.clientId)
  const { redirectUri } = fields
  if (client === undefined) {
    return { outcome: 'page', problem: 'unknown_client' }
  }
  const { responseMode = 'query' } = fields
  if (responseMode !== 'query' && responseMode !== 'fragment' && responseMode !== 'web_message') {
    return { outcome: 'page', problem: 'unknown_response_mode' }
  }
  // A message has no address: it goes to the pages of the client, whichever of them holds the frame.
  const needsAddress = responseMode !== 'web_message' || redirectUri !== undefined
  if (needsAddress && (redirectUri === undefined || !isAllowedRedirectUri(redirectUri, client.allowedRedirectUris))) {
    return {
      outcome: 'page',
      problem: redirectUri === undefined ? 'redirect_uri_missing' : 'redirect_uri_not_allowed',
    }
  }
  if (fields.idp !== undefined) {
    return { outcome: 'page', problem: 'unknown_identity_provider' }
  }
  const address = await addressOf(surroundings, client, { redirectUri, responseMode, state: fields.state })
  const refuse = (error: OAuthErrorName, description: string): ReadRequest => ({
    outcome: 'error',
    address,
    error,
    description,
  })
  if (fields.responseType === undefined) return refuse('invalid_request', 'responseType is required')
  if (fields.responseType !== 'code') return refuse('unsupported_response_type', 'responseType must be code')
  if (fields.codeChallengeMethod !== 'S256') return refuse('invalid_request', 'codeChallengeMethod must be S256')
  if (fields.codeChallenge === undefined || !isCodeChallenge(fields.codeChallenge)) {
    return refuse('invalid_request', 'codeChallenge must be the base64url SHA-256 of the code verifier')
  }
  if (fields.nonce !== undefined && fields.nonce.length > nonceCharactersMax) {
    return refuse('invalid_request', `nonce must have at most ${nonceCharactersMax} characters`)
  }
  return {
    outcome: 'good',
    address,
    fields,
    request: {
      client,
      redirectUri: redirectUri ?? null,
      challenge: fields.codeChallenge,
      scope: fields.scope ?? '',
      nonce: fields.nonce ?? null,
      sessionToken: fields.sessionToken ?? null,
      requestId,
    },
  }
}

async function addressOf(
  surroundings: Surroundings,
  client: Client,
  {
    redirectUri,
    responseMode,
    state,
  }: { redirectUri: string | undefined; responseMode: ResponseMode; state: string | undefined },
): Promise<AnswerAddress> {
  const from = { issuer: surroundings.service.baseUrl, state }
  if (responseMode === 'web_message') {
    return { ...from, responseMode, origins: await messageOrigins(surroundings, client, redirectUri) }
  }
  return { ...from, responseMode, redirectUri: redirectUri ?? '' }
}
