import type { Client } from '../../domain/client.ts'
import type { SecretHash, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Site, SiteSettings } from '../../domain/site.ts'
import type { StoredKey } from '../keys.ts'
import type { Asked } from './asked.ts'

export interface Sites {
  /** The site of this installation, or `undefined` before the first start. */
  findSite(): Promise<Site | undefined>
  /** Makes the site with its first client, administrator key and keys, unless a site exists: then nothing is written. */
  createSite(first: FirstSite): Promise<'created' | 'exists'>
  /**
   * Puts settings in the place of those that the caller has read; `changed`, and nothing written, when those on record are
   * others by now. Of two calls that begin with the same settings, one replaces them. The name of the site goes the same way,
   * in the same commit, where one is given.
   */
  replaceSettings(replacement: SettingsReplacement): Promise<{ readonly outcome: 'replaced' | 'changed' }>
}

export interface SettingsReplacement extends Asked {
  readonly siteId: SiteId
  readonly from: SiteSettings
  readonly to: SiteSettings
  readonly name?: { readonly from: string; readonly to: string }
  readonly actor: Actor
}

export interface FirstSite {
  readonly site: Site
  readonly client: Client
  readonly administratorKey: { readonly id: string; readonly hash: SecretHash }
  readonly keys: readonly StoredKey[]
}
