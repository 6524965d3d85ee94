import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { AdministratorRole } from '../../domain/administrator.ts'
import { type Administrator, identifyAdministrator } from '../../operations/administration.ts'
import { type ApiMethod, addMethod, type Call } from '../wire/add-method.ts'
import type { Surroundings } from '../wire/surroundings.ts'

interface AdministrationMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema>
  extends Omit<ApiMethod<Body, Query, Params>, 'errors' | 'tag' | 'security' | 'addresses' | 'handler' | 'admit'> {
  /** Below `/admin/v1`. */
  readonly address: string
  /** The least role that may call it. */
  readonly role: AdministratorRole
  readonly handler: (call: Call<Body, Query, Params> & { readonly administrator: Administrator }) => Promise<unknown>
}

/** Adds a method below `/admin/v1`. Whoever calls it without an administrator key of its role gets no further. */
export function addAdministrationMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema>(
  scope: FastifyInstance,
  surroundings: Surroundings,
  { address, role, handler, ...method }: AdministrationMethod<Body, Query, Params>,
): void {
  const identify = ({ headers }: FastifyRequest) =>
    identifyAdministrator(surroundings.service, headers.authorization, role)
  addMethod<Body, Query, Params>(scope, surroundings, {
    ...method,
    // Large bodies are for those alone who may send them.
    ...(method.bodyBytesMax === undefined ? {} : { admit: identify }),
    addresses: [`/admin/v1${address}`],
    errors: 'identity',
    tag: 'Administration',
    security: ['administratorKey'],
    description: [method.description, `Needs the role \`${role}\`.`].filter(Boolean).join(' '),
    handler: async (call) => handler({ ...call, administrator: await identify(call.request) }),
  })
}
