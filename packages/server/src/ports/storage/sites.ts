import type { AdministratorRole } from '../../domain/administrator.ts'
import type { Client } from '../../domain/client.ts'
import type { EpochMs, SecretHash } from '../../domain/ids.ts'
import type { Site } from '../../domain/site.ts'
import type { StoredKey } from '../keys.ts'

export interface Sites {
  /** The site of this installation, or `undefined` before the first start. */
  findSite(): Promise<Site | undefined>
  /** Makes the site with its first client, administrator key and keys, unless a site exists: then nothing is written. */
  createSite(first: FirstSite): Promise<'created' | 'exists'>
  /** The administrator key with this hash. */
  findAdministratorKey(hash: SecretHash): Promise<AdministratorKey | undefined>
}

/** An administrator's key, without its secret. */
export interface AdministratorKey {
  readonly id: string
  readonly name: string
  readonly role: AdministratorRole
  readonly createdAt: EpochMs
}

export interface FirstSite {
  readonly site: Site
  readonly client: Client
  readonly administratorKey: { readonly id: string; readonly hash: SecretHash }
  readonly keys: readonly StoredKey[]
}
