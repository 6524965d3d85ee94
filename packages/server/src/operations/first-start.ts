import { type Client, plainClientFields } from '../domain/client.ts'
import type { ClientId, SiteId } from '../domain/ids.ts'
import { hashSecret, mintSecret } from '../domain/secrets.ts'
import { defaultSiteSettings, type Site, type SiteSettings } from '../domain/site.ts'
import type { Clock } from '../ports/clock.ts'
import type { StoredKey } from '../ports/keys.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Storage } from '../ports/storage.ts'

export interface FirstStart {
  readonly storage: Storage
  readonly clock: Clock
  readonly randomness: Randomness
  readonly makeKeys: () => Promise<readonly StoredKey[]>
  /** What the operator chose for the first client and the first administrator key. */
  readonly clientId: ClientId | undefined
  readonly redirectUris: readonly string[]
  readonly redirectDomains: readonly string[]
  readonly administratorKey: string | undefined
  readonly settings?: Partial<SiteSettings> | undefined
}

export interface Started {
  readonly site: Site
  /** The oldest client: at first start the one that was made; `null` where all were deleted since. */
  readonly firstClient: Client | null
  /** The administrator key that was made just now, to be shown once; `null` where the operator chose it, or has it. */
  readonly newAdministratorKey: string | null
}

/**
 * Finds the site, and makes it at the first start: with its first client, its administrator key and its keys, all in one
 * commit, so that a start that was broken off leaves nothing behind.
 *
 * What the operator chose is read at the first start only; later it is the database that counts.
 */
export async function ensureSite(first: FirstStart): Promise<Started> {
  const { storage, clock, randomness } = first
  const existing = await storage.findSite()
  if (existing !== undefined) {
    return { site: existing, firstClient: await oldestClient(storage), newAdministratorKey: null }
  }
  const createdAt = clock.now()
  const site: Site = {
    id: randomness.guid() as SiteId,
    name: 'My site',
    generation: 1,
    settings: { ...defaultSiteSettings, ...first.settings },
    createdAt,
  }
  const administratorKey = first.administratorKey ?? mintSecret('admin', randomness)
  const outcome = await storage.createSite({
    site,
    client: {
      id: (first.clientId ?? randomness.guid()).toLowerCase() as ClientId,
      siteId: site.id,
      ...plainClientFields,
      name: 'First client',
      allowedRedirectUris: first.redirectUris,
      allowedRedirectDomains: first.redirectDomains,
      secretHash: null,
      disabledAt: null,
      generation: 0,
      createdAt,
    },
    administratorKey: { id: randomness.guid(), hash: hashSecret(administratorKey) },
    keys: await first.makeKeys(),
  })
  // Another server that shares the database was first: what it made is what counts.
  if (outcome === 'exists') return ensureSite(first)
  return {
    site,
    firstClient: await oldestClient(storage),
    newAdministratorKey: first.administratorKey === undefined ? administratorKey : null,
  }
}

async function oldestClient(storage: Storage): Promise<Client | null> {
  const [client] = await storage.listClients()
  return client ?? null
}

/**
 * The names of settings for the first start that differ from what the database holds: whoever set them later expects an
 * effect that they do not have.
 */
export async function settingsNotTaken(
  storage: Storage,
  chosen: {
    readonly adminKey: string | undefined
    readonly bootstrapClientId: ClientId | undefined
    readonly bootstrapRedirectUris: readonly string[]
    readonly bootstrapRedirectDomains: readonly string[]
  },
  firstClient: Client | null,
): Promise<readonly string[]> {
  const { adminKey, bootstrapClientId, bootstrapRedirectUris: uris, bootstrapRedirectDomains: domains } = chosen
  const differ = (given: readonly string[], held: readonly string[]) =>
    given.length > 0 && JSON.stringify(given) !== JSON.stringify(held)
  const names: string[] = []
  if (adminKey !== undefined && (await storage.findAdministratorKey(hashSecret(adminKey))) === undefined) {
    names.push('ADJOURN_ADMIN_KEY')
  }
  if (bootstrapClientId !== undefined && bootstrapClientId.toLowerCase() !== firstClient?.id) {
    names.push('ADJOURN_BOOTSTRAP_CLIENT_ID')
  }
  if (differ(uris, firstClient?.allowedRedirectUris ?? [])) names.push('ADJOURN_BOOTSTRAP_REDIRECT_URIS')
  if (differ(domains, firstClient?.allowedRedirectDomains ?? [])) names.push('ADJOURN_BOOTSTRAP_REDIRECT_DOMAINS')
  return names
}
