import type { EpochMs } from '../../domain/ids.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { StoredKey } from '../keys.ts'
import type { Asked } from './asked.ts'

export interface Keys {
  listKeys(): Promise<readonly StoredKey[]>
  /** Adds keys and sets `retiredAt` of others, in one commit. */
  rotateKeys(rotation: KeyRotation): Promise<void>
  /** Replaces the private material of keys that exist: wrapping changed, the key did not. */
  rewrapKeys(keys: readonly Pick<StoredKey, 'kid' | 'privateMaterial' | 'wrappedBy'>[]): Promise<void>
}

export interface KeyRotation extends Asked {
  readonly add: readonly StoredKey[]
  readonly retire: readonly { readonly kid: string; readonly retiredAt: EpochMs }[]
  readonly actor: Actor
}
