/** The OAuth apps service of the identity API: the clients of the site, as the site's own programs administer them. */
import type { FastifyInstance } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { type Client, canKeepSecret } from '../../domain/client.ts'
import type { Permission } from '../../domain/permission.ts'
import { changeClient, registerClient } from '../../operations/change-client.ts'
import { deleteClient } from '../../operations/end-client.ts'
import { findClient, findClients } from '../../operations/find-clients.ts'
import { makeClientSecret } from '../../operations/make-client-secret.ts'
import { actorOf, identifyTrustedCaller } from '../../operations/trusted-caller.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { addressesOf } from '../../protocol/paths.ts'
import {
  clientFieldsOf,
  clientMessage,
  givenClientFields,
  namesIn,
  toldClientFields,
} from '../clients/client-fields.ts'
import { clientId, clientIdOf } from '../clients/client-id.ts'
import { type ApiMethod, addMethod, type Call } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { pageOf, pagingMetadata, query, readQuery } from './query.ts'
import { fieldsOfMask, updateMask } from './update-mask.ts'

const params = Type.Object({ oAuthAppId: clientId })
const oAuthApp = Type.Object({
  ...toldClientFields,
  allowSecretGeneration: Type.Boolean({ description: 'Whether the app can still be given its secret' }),
})
const optionalApp = optional(Type.Object(givenClientFields))
const answer = Type.Object({ oAuthApp })
const secretAnswer = Type.Object({ oAuthAppSecret: Type.String() })
const nothing = Type.Object({})

interface AppMethod<Body extends TSchema, Params extends TSchema>
  extends Pick<
    ApiMethod<Body, TSchema, Params>,
    'methods' | 'summary' | 'description' | 'body' | 'params' | 'answers'
  > {
  /** Below `/v1/oauth-apps`. */
  readonly address: string
  readonly permission: Permission
  readonly handler: (call: Call<Body, TSchema, Params>, by: ByWhom) => Promise<unknown>
}

interface ByWhom {
  readonly actor: ReturnType<typeof actorOf>
  readonly requestId: string
}

/** Adds the methods. */
export function oauthAppRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  /** Whoever does not act for the site, with the permission, gets no further. */
  function add<Body extends TSchema, Params extends TSchema>({
    address,
    permission,
    handler,
    ...method
  }: AppMethod<Body, Params>): void {
    addMethod<Body, TSchema, Params>(scope, surroundings, {
      ...method,
      addresses: addressesOf('oauthApps', `/v1/oauth-apps${address}`),
      errors: 'identity',
      tag: 'OAuth apps',
      security: ['accessToken'],
      description: [method.description, `Needs the permission \`${permission}\`, or the token of an app.`]
        .filter(Boolean)
        .join(' '),
      handler: async (call) => {
        const caller = await identifyTrustedCaller(service, call.request.headers.authorization, permission)
        return handler(call, { actor: actorOf(caller), requestId: call.request.id })
      },
    })
  }

  add({
    address: '',
    methods: ['POST'],
    permission: 'OAUTH_APPS.MANAGE',
    summary: 'Register an OAuth app',
    body: Type.Object({ oAuthApp: Type.Object({ ...givenClientFields, name: Type.String() }) }),
    answers: { 200: answer },
    handler: async ({ body }, by) => {
      const fields = clientFieldsOf(body.oAuthApp, namesIn(body.oAuthApp))
      const { name } = body.oAuthApp
      return told(await registerClient(service, { ...fields, name }, { ...by, fieldsBelow: 'oAuthApp.' }))
    },
  })

  add({
    address: '/query',
    methods: ['POST'],
    permission: 'OAUTH_APPS.READ',
    summary: 'List OAuth apps',
    description: 'Sorted by id, descending, unless asked otherwise; by offset, or by cursors.',
    body: Type.Object({ query }),
    answers: { 200: Type.Object({ oAuthApps: Type.Array(oAuthApp), pagingMetadata }) },
    handler: async ({ body }) => {
      const asked = readQuery(body.query)
      const page = pageOf(await findClients(service, asked), asked)
      return { oAuthApps: page.clients.map(message), pagingMetadata: page.pagingMetadata }
    },
  })

  add({
    address: '/:oAuthAppId',
    methods: ['GET'],
    permission: 'OAUTH_APPS.READ',
    summary: 'An OAuth app',
    params,
    answers: { 200: answer },
    handler: async ({ params: named }) => told(await findClient(service, clientIdOf(named.oAuthAppId))),
  })

  add({
    address: '/:oAuthAppId',
    methods: ['PATCH'],
    permission: 'OAUTH_APPS.MANAGE',
    summary: 'Change the fields of an OAuth app that a mask names',
    description: 'Without a mask it is a success that changes nothing. Lists are replaced.',
    params,
    body: Type.Object({ oAuthApp: optionalApp, mask: updateMask }),
    answers: { 200: answer },
    handler: async ({ params: named, body }, by) => {
      const fields = clientFieldsOf(body.oAuthApp ?? {}, fieldsOfMask(body.mask))
      return told(
        await changeClient(service, clientIdOf(named.oAuthAppId), fields, { ...by, fieldsBelow: 'oAuthApp.' }),
      )
    },
  })

  add({
    address: '/:oAuthAppId',
    methods: ['DELETE'],
    permission: 'OAUTH_APPS.MANAGE',
    summary: 'Delete an OAuth app: nothing of it is accepted from then on',
    params,
    answers: { 200: nothing },
    handler: async ({ params: named }, by) => {
      await deleteClient(service, clientIdOf(named.oAuthAppId), by)
      return {}
    },
  })

  add({
    address: '/:oAuthAppId/generate-secret',
    methods: ['POST'],
    permission: 'OAUTH_APPS.MANAGE',
    summary: 'Make the secret of an OAuth app, once',
    description: 'Shown by this answer and never again. Refused with 409 where the app has one.',
    params,
    answers: { 200: secretAnswer },
    handler: async ({ params: named }, by) => {
      return {
        oAuthAppSecret: await makeClientSecret(service, clientIdOf(named.oAuthAppId), { ...by, replaces: false }),
      }
    },
  })

  add({
    address: '/:oAuthAppId/secret',
    methods: ['GET'],
    permission: 'OAUTH_APPS.READ',
    summary: 'Refused: a secret is shown when it is made, and only its hash is stored',
    params,
    answers: { 200: secretAnswer },
    handler: async ({ params: named }) => {
      await findClient(service, clientIdOf(named.oAuthAppId))
      throw new ApplicationRefusal('PERMISSION_DENIED', 'A secret is shown when it is made, and never again')
    },
  })
}

function told(client: Client) {
  return { oAuthApp: message(client) }
}

function message(client: Client) {
  return {
    ...clientMessage(client),
    allowSecretGeneration: client.secretHash === null && canKeepSecret(client),
  }
}
