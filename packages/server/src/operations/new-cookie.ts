import type { EpochMs } from '../domain/ids.ts'
import type { Session } from '../domain/session.ts'

/** A session secret for a browser to keep. */
export interface NewCookie {
  readonly secret: string
  /** For how long; `null` for as long as the browser runs. Never longer than the session can last. */
  readonly keepMs: number | null
}

/** The cookie of a session: it outlives the browser only where the member asked to stay signed in. */
export function newCookieOf(
  session: Pick<Session, 'persistent' | 'expiresAt'>,
  secret: string,
  now: EpochMs,
): NewCookie {
  return { secret, keepMs: session.persistent ? session.expiresAt - now : null }
}
