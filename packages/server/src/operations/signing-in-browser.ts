import type { ClientId } from '../domain/ids.ts'
import type { Source } from '../domain/network.ts'

/** A browser in which somebody signs in on our own pages. */
export interface SigningInBrowser {
  /** The member asked to stay signed in. */
  readonly persistent: boolean
  readonly clientId: ClientId
  /** What the browser's device is called. */
  readonly device: string | null
  /** The session secret in the browser's cookie so far. The person chose to sign in, so its session ends. */
  readonly cookieSecret: string | undefined
  /** For whom attempts are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}
