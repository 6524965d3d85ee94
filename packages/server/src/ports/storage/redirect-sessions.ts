import type { EpochMs, SecretHash } from '../../domain/ids.ts'

/** Parameters that did not fit into an address. No secrets: those stay in the address, and are stored as hashes only. */
export interface RedirectSessions {
  keepRedirectSession(kept: KeptRedirectSession): Promise<void>
  /** The parameters kept under this hash, however old; `undefined` when there are none. */
  findRedirectSession(hash: SecretHash): Promise<KeptRedirectSession | undefined>
}

export interface KeptRedirectSession {
  readonly hash: SecretHash
  readonly parameters: Readonly<Record<string, string>>
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs
}
