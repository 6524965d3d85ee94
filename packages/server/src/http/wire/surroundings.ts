import { isClientActive } from '../../domain/client.ts'
import { originBelongsToClient } from '../../domain/redirects.ts'
import { findSite } from '../../operations/find-site.ts'
import type { Service } from '../../operations/service.ts'
import type { LimitedSource } from './limited-source.ts'

/** What the HTTP surface needs besides the service itself. */
export interface Surroundings {
  readonly service: Service
  /** Origins whose scripts may call the API besides those of the clients; `*` for every one. */
  readonly developmentOrigins: '*' | readonly string[]
  /** For whom attempts are counted. */
  readonly limitedSource: LimitedSource
  /** There where mails are kept for the developer to see, and go nowhere. `arrive` resolves once those owed by now are there. */
  readonly mailbox?: { readonly arrive: () => Promise<void> }
}

/** Whether an origin is our own, a client's, or one that the operator allows while developing. */
export async function isKnownOrigin({ service, developmentOrigins }: Surroundings, origin: string): Promise<boolean> {
  if (origin === service.baseUrl) return true
  if (developmentOrigins !== '*' && developmentOrigins.includes(origin)) return true
  const [site, clients] = await Promise.all([findSite(service), service.storage.listClients()])
  if (site.settings.developmentOrigins.includes(origin)) return true
  return clients.some((client) => isClientActive(client) && originBelongsToClient(origin, client))
}
