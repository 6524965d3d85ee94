/**
 * Why a session or a grant ended. One table, used by the revocation log, audit, events, receipts and documentation.
 *
 * `code` is what is stored: it never changes its meaning and is never reused. Zero is left free to mean "not ended".
 */
const causes = {
  logout: { code: 1, says: 'The member logged out' },
  logout_everywhere: { code: 2, says: 'Every session of the member, or of the site, was ended at once' },
  logout_others: { code: 3, says: 'The member ended all sessions but the current one' },
  device: { code: 4, says: 'The member ended one session from another' },
  idle: { code: 5, says: 'The session was not used for longer than its idle limit' },
  expired: { code: 6, says: 'The session reached its overall limit' },
  admin: { code: 7, says: 'An administrator ended it' },
  blocked: { code: 8, says: 'The member was blocked' },
  deleted: { code: 9, says: 'The member was deleted' },
  password_changed: { code: 10, says: 'The member changed the password in another session' },
  password_reset: { code: 11, says: 'The password was reset' },
  factor_changed: { code: 12, says: 'An authentication factor was added, changed or removed' },
  revoked: { code: 13, says: 'A client revoked its grant' },
  reuse_detected: { code: 14, says: 'A spent refresh token or authorization code was presented again' },
  client_disabled: { code: 15, says: 'The client was disabled or deleted' },
  capacity: { code: 16, says: 'The member reached the limit of parallel sessions' },
  replaced: { code: 17, says: 'A new login in the same browser took its place' },
  unclaimed: { code: 18, says: 'Nobody used the session ticket in time' },
  restored: { code: 19, says: 'The database was restored from a backup' },
  signal: { code: 20, says: 'A security event from elsewhere asked for it' },
  upstream: { code: 21, says: 'The upstream provider ended its session' },
} as const

export type Cause = keyof typeof causes

/** All of them, with what they mean. */
export const causesWithMeaning: Readonly<Record<Cause, string>> = Object.fromEntries(
  Object.entries(causes).map(([name, { says }]) => [name, says]),
) as Record<Cause, string>

const byCode = new Map<number, Cause>(Object.entries(causes).map(([name, { code }]) => [code, name as Cause]))

/** The stored number of a cause: 1 to 255. */
export function causeCode(cause: Cause): number {
  return causes[cause].code
}

/**
 * The cause that a stored number means.
 *
 * @throws {RangeError} When no cause has that number: the row was written by a newer version, or is damaged.
 */
export function causeOf(code: number): Cause {
  const cause = byCode.get(code)
  if (cause === undefined) throw new RangeError(`Cannot name the cause of an end as no cause has the code ${code}`)
  return cause
}
