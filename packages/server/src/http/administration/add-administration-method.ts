import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { AdministratorRole } from '../../domain/administrator.ts'
import { type Administrator, identifyAdministrator } from '../../operations/administration.ts'
import { ApplicationRefusal } from '../../protocol/identity-errors.ts'
import { type ApiMethod, addMethod, type Call } from '../wire/add-method.ts'
import { bodyBytesMax } from '../wire/limits.ts'
import type { Surroundings } from '../wire/surroundings.ts'
import { assertNoUnknownNames } from '../wire/unknown-names.ts'

interface AdministrationMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema>
  extends Omit<ApiMethod<Body, Query, Params>, 'errors' | 'tag' | 'security' | 'addresses' | 'handler' | 'beforeBody'> {
  /** Below `/admin/v1`. */
  readonly address: string
  /** The least role that may call it. */
  readonly role: AdministratorRole
  readonly handler: (call: Call<Body, Query, Params> & { readonly administrator: Administrator }) => Promise<unknown>
}

/**
 * Adds a method below `/admin/v1`. Whoever calls it without an administrator key of its role gets no further, and neither does a query
 * with a parameter that the method does not have.
 */
export function addAdministrationMethod<Body extends TSchema, Query extends TSchema, Params extends TSchema>(
  scope: FastifyInstance,
  surroundings: Surroundings,
  { address, role, handler, ...method }: AdministrationMethod<Body, Query, Params>,
): void {
  const identify = ({ headers }: FastifyRequest) =>
    identifyAdministrator(surroundings.service, headers.authorization, role)
  addMethod<Body, Query, Params>(scope, surroundings, {
    ...method,
    ...(method.bodyBytesMax === undefined ? {} : { beforeBody: (request) => assertMaySendMuch(request, identify) }),
    addresses: [`/admin/v1${address}`],
    errors: 'identity',
    tag: 'Administration',
    security: ['administratorKey'],
    description: [method.description, `Needs the role \`${role}\`.`].filter(Boolean).join(' '),
    handler: async (call) => {
      const administrator = await identify(call.request)
      // A filter whose name is mistyped would otherwise be no filter, and every record an answer to it.
      const { properties = {} } = (method.query ?? {}) as { readonly properties?: object }
      assertNoUnknownNames(call.request.query, Object.keys(properties), { what: 'parameter' })
      return handler({ ...call, administrator })
    },
  })
}

/**
 * Refuses a body that is larger than others may be, or does not say how large it is, from whoever may not call the method: to read it
 * would be worth an attack.
 */
async function assertMaySendMuch(
  request: FastifyRequest,
  identify: (request: FastifyRequest) => Promise<Administrator>,
): Promise<void> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (encoding === undefined && Number(length ?? 0) <= bodyBytesMax) return
  try {
    await identify(request)
  } catch (error) {
    if (!(error instanceof ApplicationRefusal)) throw error
    throw new ApplicationRefusal(
      'REQUEST_TOO_LARGE',
      `A body of more than ${bodyBytesMax} bytes, or of a length that is not said, is read with the right key only`,
    )
  }
}
