import type { EpochMs } from './ids.ts'
import type { Permission } from './permission.ts'

/** A key with which the site's own servers act for the site, without its secret. It may do what its permissions say. */
export interface ApiKey {
  /** A GUID. Opens nothing. */
  readonly id: string
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly createdAt: EpochMs
}
