import type { Client } from '../domain/client.ts'
import { type ClientOrder, compareClients } from '../domain/client-page.ts'
import type { ClientId } from '../domain/ids.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/**
 * The client with this id, also one that is disabled.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is none.
 */
export async function findClient(service: Service, id: ClientId): Promise<Client> {
  const client = await service.storage.findClient(id)
  if (client === undefined) throw noSuchClient()
  return client
}

/** All clients in an order, or the one that has an id, if there is one. A site has few: they are sorted here. */
export async function findClients(
  service: Service,
  { id, order }: { readonly id: ClientId | null; readonly order: ClientOrder },
): Promise<readonly Client[]> {
  const clients = await service.storage.listClients()
  return clients
    .filter((client) => id === null || client.id === id.toLowerCase())
    .toSorted((a, b) => compareClients(order, a, b))
}

/** For who asked for a client that is not there. Only for callers who may know. */
export function noSuchClient(): ApplicationRefusal {
  return new ApplicationRefusal('NOT_FOUND', 'There is no client with this id')
}
