import { type Client, isClientActive } from '../domain/client.ts'
import { type ClientId, isGuid } from '../domain/ids.ts'
import type { Service } from './service.ts'

/** The client with this id, if there is one and it may act. A text that is no GUID names none. */
export async function findActiveClient(service: Service, id: string): Promise<Client | undefined> {
  if (!isGuid(id)) return undefined
  const client = await service.storage.findClient(id as ClientId)
  return client !== undefined && isClientActive(client) ? client : undefined
}
