import { normalizeEmail } from '../domain/email.ts'
import type { Member } from '../domain/member.ts'
import type { Service } from './service.ts'

/** Whose password it is, or what was wrong. Callers that face people do not tell the two wrongs apart. */
export type PasswordVerdict =
  | { readonly outcome: 'right'; readonly member: Member; readonly passwordHash: string }
  | { readonly outcome: 'unknown_address' }
  | { readonly outcome: 'wrong_password' }
  /** The member was invited, or imported, and has none yet. */
  | { readonly outcome: 'no_password' }

/**
 * Checks an address and a password against the members of the site. One hash is computed whatever the outcome, so that
 * the time it takes tells nothing. A hash made with weaker parameters than today's is replaced on the way.
 *
 * Does not look at the member's status and starts nothing.
 *
 * @throws {HashingOverloaded} When too many passwords are being checked.
 */
export async function verifyPassword(service: Service, given: GivenPassword): Promise<PasswordVerdict> {
  const verdict = await verdictOn(service, given)
  service.measurements.checkedPassword(verdict.outcome)
  return verdict
}

interface GivenPassword {
  readonly email: string
  readonly password: string
}

async function verdictOn(service: Service, { email, password }: GivenPassword): Promise<PasswordVerdict> {
  const { storage, passwordHasher, siteId } = service
  const emailKey = normalizeEmail(email)
  const member = emailKey === undefined ? undefined : await storage.findMemberByEmail(siteId, emailKey)
  if (member === undefined) {
    await passwordHasher.verifyDummy(password)
    return { outcome: 'unknown_address' }
  }
  const { passwordHash } = member
  if (passwordHash === null) {
    await passwordHasher.verifyDummy(password)
    return { outcome: 'no_password' }
  }
  if (!(await passwordHasher.verify(password, passwordHash))) return { outcome: 'wrong_password' }
  if (!passwordHasher.needsRehash(passwordHash)) return { outcome: 'right', member, passwordHash }

  const stronger = await passwordHasher.hash(password)
  const { outcome } = await storage.rehashPassword({ memberId: member.id, from: passwordHash, to: stronger })
  if (outcome === 'replaced') return { outcome: 'right', member, passwordHash: stronger }
  // Somebody was faster: another login with the same password, or a change of it. What is stored now decides.
  return verdictOn(service, { email, password })
}
