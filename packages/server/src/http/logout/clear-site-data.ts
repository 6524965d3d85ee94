import { originBelongsToClient } from '../../domain/redirects.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/**
 * The `Clear-Site-Data` value of a completed logout: what scripts of this origin have stored goes too, unless the origin is
 * also a client's, whose data is not ours to delete. Cookies are removed one by one, because the header would take those
 * of every other host below the same domain with them.
 *
 * @see Clear Site Data, section 3.1
 */
export async function clearSiteDataFor({ service }: Surroundings): Promise<'"storage"' | undefined> {
  const clients = await service.storage.listClients()
  return clients.some((client) => originBelongsToClient(service.baseUrl, client)) ? undefined : '"storage"'
}
