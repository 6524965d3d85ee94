import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import type { ErrorStyle } from '../errors/render.ts'
import { assertOwnSite } from './assert-own-site.ts'
import { answerPreflight, corsHook } from './cors.ts'
import type { Surroundings } from './surroundings.ts'

/** What a handler gets: the message as its schemas say it is, and the exchange for headers and status. */
export interface Call<Body extends TSchema, Query extends TSchema, Params extends TSchema> {
  readonly body: Static<Body>
  readonly query: Static<Query>
  readonly params: Static<Params>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface ApiMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema> {
  /** The documented address first; the others are answered alike and left out of the OpenAPI document. `:name` is a parameter. */
  readonly addresses: readonly string[]
  readonly methods: readonly HTTPMethods[]
  readonly errors: ErrorStyle
  readonly summary: string
  readonly description?: string
  readonly tag: string
  readonly body?: Body
  /** How much a body may weigh, where that is more than elsewhere. */
  readonly bodyBytesMax?: number
  /** Asked before anything of a body is read; rejects where none of it is worth reading. */
  readonly beforeBody?: (request: FastifyRequest) => Promise<void>
  readonly query?: Query
  /** The parameters in the addresses. */
  readonly params?: Params
  /** By status. A message that is sent as an object is written by its schema. */
  readonly answers: Readonly<Record<number, TSchema>>
  /** Any one of these. */
  readonly security?: readonly ('accessToken' | 'apiKey')[] | readonly 'administratorKey'[]
  /** Resolves to the message of the answer, or to the reply where it was sent already. */
  readonly handler: (call: Call<Body, Query, Params>) => Promise<unknown>
}

const mediaTypes = ['application/json', 'application/x-www-form-urlencoded']

const envelope = Type.Object(
  { message: Type.String(), details: Type.Object({}, { additionalProperties: true }) },
  { description: 'Refused or failed; `details` holds an `applicationError` or a `validationError`' },
)
const oauthError = Type.Object(
  {
    error: Type.String(),
    error_description: Type.String(),
    because: Type.Optional(Type.String({ description: 'Why the session is over that a refresh token was of' })),
  },
  { description: 'Refused or failed, as OAuth says it' },
)
const refusals = {
  identity: envelope,
  identity_without_violations: envelope,
  oauth: oauthError,
  page: envelope,
} as const

/** Adds a method of the API at all its addresses, with CORS for scripts of known origins. */
export function addMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema>(
  scope: FastifyInstance,
  surroundings: Surroundings,
  method: ApiMethod<Body, Query, Params>,
): void {
  const [countedAs = ''] = method.addresses
  const config = { errors: method.errors, countedAs }
  const answerCors = corsHook(surroundings)
  const { beforeBody } = method
  const schema = {
    summary: method.summary,
    ...(method.description === undefined ? {} : { description: method.description }),
    tags: [method.tag],
    ...(method.body === undefined ? {} : { body: method.body, consumes: mediaTypes }),
    ...(method.query === undefined ? {} : { querystring: method.query }),
    ...(method.params === undefined ? {} : { params: method.params }),
    response: { ...method.answers, '4xx': refusals[method.errors], '5xx': refusals[method.errors] },
    ...(method.security === undefined ? {} : { security: method.security.map((name) => ({ [name]: [] })) }),
  }
  for (const [index, url] of method.addresses.entries()) {
    scope.route({
      url,
      method: [...method.methods],
      config,
      schema: index === 0 ? schema : { ...schema, hide: true },
      ...(method.bodyBytesMax === undefined ? {} : { bodyLimit: method.bodyBytesMax }),
      onRequest: beforeBody === undefined ? answerCors : [answerCors, async (request) => beforeBody(request)],
      handler: (request, reply) => {
        assertOwnSite(surroundings.service.siteId, request.headers)
        // The schemas were checked before: this is the one place where their types are taken at their word.
        return method.handler({
          body: request.body as Static<Body>,
          query: request.query as Static<Query>,
          params: request.params as Static<Params>,
          request,
          reply,
        })
      },
    })
    if (scope.hasRoute({ url, method: 'OPTIONS' })) continue
    scope.route({
      url,
      method: 'OPTIONS',
      config,
      schema: { hide: true },
      onRequest: answerCors,
      handler: answerPreflight,
    })
  }
}
