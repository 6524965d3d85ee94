import type { AdministratorKey } from '../../domain/administrator.ts'
import type { SecretHash, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'

/** The keys of those who administer the site. The first one is made with the site. */
export interface Administrators {
  /** The administrator key with this hash, as it is now: one that was removed is not found by any node. */
  findAdministratorKey(hash: SecretHash): Promise<AdministratorKey | undefined>
  /** All of them, the oldest first. */
  listAdministratorKeys(): Promise<readonly AdministratorKey[]>
  addAdministratorKey(addition: AdministratorAddition): Promise<void>
  /**
   * Removes a key, unless no owner would remain. Of two calls that would each remove one of the last two owners, exactly one
   * removes. `unknown` where there is no such key, also because it was removed before.
   */
  removeAdministratorKey(removal: KeyRemoval): Promise<{ readonly outcome: 'removed' | 'unknown' | 'last_owner' }>
}

export interface AdministratorAddition extends Asked {
  readonly siteId: SiteId
  readonly key: AdministratorKey
  readonly hash: SecretHash
  readonly actor: Actor
}

/** Which key goes, be it an administrator's or an API key, and who wants it. */
export interface KeyRemoval extends Asked {
  readonly siteId: SiteId
  readonly id: string
  readonly actor: Actor
}
