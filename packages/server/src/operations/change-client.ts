import { type Client, type ClientFields, plainClientFields } from '../domain/client.ts'
import { clientProblems } from '../domain/client-rules.ts'
import type { ClientId } from '../domain/ids.ts'
import type { Actor } from '../domain/revocation-log.ts'
import { ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { findClient, noSuchClient } from './find-clients.ts'
import type { Service } from './service.ts'

/** Who changes clients, and how their message calls the fields. */
export interface ByWhom {
  readonly actor: Actor
  readonly requestId: string
  /** What stands before the name of a field in the message, such as `oAuthApp.`. */
  readonly fieldsBelow: string
}

/**
 * Registers a client.
 *
 * @throws {ValidationRefusal} When a field breaks a rule; nothing is registered then.
 */
export async function registerClient(
  service: Service,
  fields: Partial<ClientFields> & Pick<ClientFields, 'name'>,
  { actor, requestId, fieldsBelow }: ByWhom,
): Promise<Client> {
  assertAllowed(fields, fieldsBelow)
  const at = service.clock.now()
  const client: Client = {
    ...plainClientFields,
    ...fields,
    id: service.randomness.guid() as ClientId,
    siteId: service.siteId,
    secretHash: null,
    disabledAt: null,
    generation: 0,
    createdAt: at,
  }
  await service.storage.createClient({ client, actor, at, requestId })
  return client
}

/**
 * Changes the fields that are given. Where there are none it is a success that changes nothing.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such client.
 * @throws {ValidationRefusal} When a field breaks a rule; nothing is changed then.
 */
export async function changeClient(
  service: Service,
  clientId: ClientId,
  fields: Partial<ClientFields>,
  { actor, requestId, fieldsBelow }: ByWhom,
): Promise<Client> {
  assertAllowed(fields, fieldsBelow)
  if (Object.keys(fields).length === 0) return findClient(service, clientId)
  const at = service.clock.now()
  const changed = await service.storage.changeClient({ clientId, fields, actor, at, requestId })
  if (changed.outcome === 'unknown') throw noSuchClient()
  return changed.client
}

function assertAllowed(fields: Partial<ClientFields>, below: string): void {
  const violations = clientProblems(fields).map(({ field, rule, says, format }) =>
    violation(`${below}${field}`, rule, says, format === undefined ? {} : { data: { type: format } }),
  )
  if (violations.length > 0) throw new ValidationRefusal(violations)
}
