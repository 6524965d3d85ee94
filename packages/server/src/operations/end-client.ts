import type { Client } from '../domain/client.ts'
import type { ClientId } from '../domain/ids.ts'
import type { Actor } from '../domain/revocation-log.ts'
import { noSuchClient } from './find-clients.ts'
import type { Service } from './service.ts'

interface ByWhom {
  readonly actor: Actor
  readonly requestId: string
}

/**
 * Disables a client: from the commit on nothing of it is accepted, be it an access token, a refresh token, a code, or a script
 * of its pages. The sessions of its users live on. Asked again it is a success.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such client.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function disableClient(
  service: Service,
  clientId: ClientId,
  { actor, requestId }: ByWhom,
): Promise<Client> {
  const disabled = await service.storage.disableClient({ clientId, actor, requestId, at: service.clock.now() })
  if (disabled.outcome === 'unknown') throw noSuchClient()
  return disabled.client
}

/**
 * Lets a disabled client act again. What it held stays over: its users log in anew, or are silently by their session.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such client.
 */
export async function enableClient(
  service: Service,
  clientId: ClientId,
  { actor, requestId }: ByWhom,
): Promise<Client> {
  const enabled = await service.storage.enableClient({ clientId, actor, requestId, at: service.clock.now() })
  if (enabled.outcome === 'unknown') throw noSuchClient()
  return enabled.client
}

/**
 * Deletes a client, with all that disabling it does. Its id is worth nothing from the commit on, and never comes back.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such client, also where it was deleted before.
 */
export async function deleteClient(service: Service, clientId: ClientId, { actor, requestId }: ByWhom): Promise<void> {
  const { outcome } = await service.storage.deleteClient({ clientId, actor, requestId, at: service.clock.now() })
  if (outcome === 'unknown') throw noSuchClient()
}
