import type { Client } from '../../domain/client.ts'
import type { ClientId } from '../../domain/ids.ts'

export interface Clients {
  findClient(id: ClientId): Promise<Client | undefined>
  listClients(): Promise<readonly Client[]>
}
