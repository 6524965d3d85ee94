import { hash, randomBytes } from 'node:crypto'

/** A session that the benchmark holds the secrets of, as its user agents would. */
export interface KnownSession {
  readonly secret: string
  readonly refreshToken: string
  readonly sid: string
}

/** Makes the secrets of sessions, in the form in which the service makes them. */
export function makeKnownSessions(count: number): readonly KnownSession[] {
  return Array.from({ length: count }, () => ({
    secret: `adj_session_${randomBytes(32).toString('base64url')}`,
    refreshToken: `adj_refresh_${randomBytes(32).toString('base64url')}`,
    sid: randomBytes(16).toString('base64url'),
  }))
}

/** The form in which the service stores a secret. */
export function storedHash(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer')
}

/** Sessions of one member: a few devices each. */
export const sessionsPerMember = 5

export const day = 24 * 60 * 60 * 1000

/** The limits of a session under the default settings. */
export const idleMs = 30 * day
export const overallMs = 180 * day

/** The address of a member, counted from 0. All have the same length, so that all requests do. */
export function emailOf(member: number): string {
  return `member-${String(member).padStart(7, '0')}@shop.example`
}

/** How many members so many sessions are of. */
export function membersOf(sessions: number): number {
  return Math.ceil(sessions / sessionsPerMember)
}
