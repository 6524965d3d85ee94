import type { ApiKey } from '../../domain/api-key.ts'
import type { SecretHash, SiteId } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { KeyRemoval } from './administrators.ts'
import type { Asked } from './asked.ts'

export interface ApiKeys {
  /** The API key with this hash, as it is now: one that was revoked is not found by any node. */
  findApiKey(hash: SecretHash): Promise<ApiKey | undefined>
  /** All of them, the oldest first. */
  listApiKeys(): Promise<readonly ApiKey[]>
  createApiKey(creation: ApiKeyCreation): Promise<void>
  /** Deletes a key; that it was there stays on record. `unknown` where there is no such key, also because it was revoked before. */
  revokeApiKey(revocation: KeyRemoval): Promise<{ readonly outcome: 'revoked' | 'unknown' }>
}

export interface ApiKeyCreation extends Asked {
  readonly siteId: SiteId
  readonly key: ApiKey
  readonly hash: SecretHash
  readonly actor: Actor
}
