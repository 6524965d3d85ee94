/** The clients of the site, as an operator administers them: with what the identity API has no words for. */
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Client, ClientFields } from '../../domain/client.ts'
import type { Administrator } from '../../operations/administration.ts'
import { changeClient, registerClient } from '../../operations/change-client.ts'
import { deleteClient, disableClient, enableClient } from '../../operations/end-client.ts'
import { findClient, findClients } from '../../operations/find-clients.ts'
import { makeClientSecret } from '../../operations/make-client-secret.ts'
import { timestamp } from '../../protocol/timestamp.ts'
import {
  clientFieldsOf,
  clientMessage,
  givenClientFields,
  namesIn,
  toldClientFields,
} from '../clients/client-fields.ts'
import { clientId, clientIdOf } from '../clients/client-id.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { optional } from '../wire/validation.ts'
import { addAdministrationMethod } from './add-administration-method.ts'

const params = Type.Object({ id: clientId })

const { allowedDomains: _former, ...sharedFields } = givenClientFields
const given = {
  ...sharedFields,
  backchannelLogoutUri: optional(Type.String({ description: 'Where the client is told of logouts' })),
  refreshTokenPolicy: optional(
    Type.Enum(['reusable', 'rotating'], { description: '`reusable` is what the official client needs' }),
  ),
}
const givenClient = Type.Object(given)

const client = Type.Object({
  ...toldClientFields,
  backchannelLogoutUri: Type.Optional(Type.String()),
  refreshTokenPolicy: Type.String(),
  hasSecret: Type.Boolean(),
  disabledDate: Type.Optional(Type.String({ description: 'From then on nothing of the client is accepted' })),
})
const answer = Type.Object({ client })

/** Adds the methods. */
export function clientRoutes(scope: FastifyInstance, surroundings: Surroundings): void {
  const { service } = surroundings

  addAdministrationMethod(scope, surroundings, {
    address: '/clients',
    methods: ['GET'],
    role: 'read_only',
    summary: 'List the clients, the oldest first',
    answers: { 200: Type.Object({ clients: Type.Array(client) }) },
    handler: async () => {
      const order = [{ by: 'createdDate', descending: false }] as const
      return { clients: (await findClients(service, { id: null, order })).map(message) }
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients',
    methods: ['POST'],
    role: 'owner',
    summary: 'Register a client',
    body: Type.Object({ ...given, name: Type.String() }),
    answers: { 200: answer },
    handler: async ({ administrator, body, request }) => {
      const fields = { ...fieldsOf(body), name: body.name }
      return told(await registerClient(service, fields, byWhom(administrator, request.id)))
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id',
    methods: ['GET'],
    role: 'read_only',
    summary: 'A client',
    params,
    answers: { 200: answer },
    handler: async ({ params: { id } }) => told(await findClient(service, clientIdOf(id))),
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id',
    methods: ['PATCH'],
    role: 'owner',
    summary: 'Change the fields that are given',
    description: 'A field that is null is emptied; lists are replaced.',
    params,
    body: givenClient,
    answers: { 200: answer },
    handler: async ({ administrator, params: { id }, body, request }) => {
      const by = byWhom(administrator, request.id)
      return told(await changeClient(service, clientIdOf(id), fieldsOf(body), by))
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id/disable',
    methods: ['POST'],
    role: 'owner',
    summary: 'Disable a client: nothing of it is accepted from then on',
    description: 'Access tokens, refresh tokens and codes of the client are refused; its users stay signed in here.',
    params,
    answers: { 200: answer },
    handler: async ({ administrator, params: { id }, request }) => {
      return told(await disableClient(service, clientIdOf(id), byWhom(administrator, request.id)))
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id/enable',
    methods: ['POST'],
    role: 'owner',
    summary: 'Let a disabled client act again',
    description: 'What it held stays over.',
    params,
    answers: { 200: answer },
    handler: async ({ administrator, params: { id }, request }) => {
      return told(await enableClient(service, clientIdOf(id), byWhom(administrator, request.id)))
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id',
    methods: ['DELETE'],
    role: 'owner',
    summary: 'Delete a client, with all that disabling it does',
    params,
    answers: { 204: Type.Null({ description: 'No content' }) },
    handler: async ({ administrator, params: { id }, request, reply }) => {
      await deleteClient(service, clientIdOf(id), byWhom(administrator, request.id))
      return reply.code(204).send()
    },
  })

  addAdministrationMethod(scope, surroundings, {
    address: '/clients/:id/secret',
    methods: ['POST'],
    role: 'owner',
    summary: 'Make a secret for a client, in the place of the one that it may have',
    description: 'Shown by this answer and never again. Refused with 403 for a mobile app, which can keep none.',
    params,
    answers: { 200: Type.Object({ secret: Type.String() }) },
    handler: async ({ administrator, params: { id }, request }) => {
      const { actor, requestId } = byWhom(administrator, request.id)
      return { secret: await makeClientSecret(service, clientIdOf(id), { replaces: true, actor, requestId }) }
    },
  })
}

function byWhom({ keyId }: Administrator, requestId: string) {
  return { actor: { kind: 'administrator', id: keyId }, requestId, fieldsBelow: '' } as const
}

function fieldsOf(body: Static<typeof givenClient>): Partial<ClientFields> {
  const { backchannelLogoutUri, refreshTokenPolicy } = body
  return {
    ...clientFieldsOf(body, namesIn(body)),
    ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri: backchannelLogoutUri || null }),
    ...(refreshTokenPolicy == null ? {} : { refreshTokenPolicy }),
  }
}

function told(one: Client) {
  return { client: message(one) }
}

function message(one: Client) {
  const { backchannelLogoutUri, disabledAt } = one
  return {
    ...clientMessage(one),
    ...(backchannelLogoutUri === null ? {} : { backchannelLogoutUri }),
    refreshTokenPolicy: one.refreshTokenPolicy,
    hasSecret: one.secretHash !== null,
    ...(disabledAt === null ? {} : { disabledDate: timestamp(disabledAt) }),
  }
}
