import { normalizeEmail } from '../domain/email.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import { findSite } from '../operations/find-site.ts'
import { assertNewPassword } from '../operations/new-password.ts'
import { newMember } from '../operations/register.ts'
import type { Service } from '../operations/service.ts'
import type { Storage } from '../ports/storage.ts'
import { type FieldViolation, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import { type GivenMember, type MembersFile, problemOfEntry, UnusableMembers } from './members-file.ts'

/**
 * Makes members of what a file gives, by the rules for those who register. Stores none of them: that is done anew in every
 * world, with the same ids and without hashing again.
 *
 * @throws {UnusableMembers} When an address is none or is given twice, or a password breaks a rule; with every problem.
 */
export async function makeMembers(service: Service, { path, members }: MembersFile): Promise<readonly Member[]> {
  const site = await findSite(service)
  const emailKeys = members.map(({ email }) => normalizeEmail(email))
  const problems = members.flatMap((given, index) =>
    [...emailViolations(index, emailKeys), ...passwordViolations(service, site, given)].map((found) =>
      problemOfEntry(index, found),
    ),
  )
  if (problems.length > 0) throw new UnusableMembers(path, problems)
  const made: Member[] = []
  // One after the other: as many at once as a file may have would be refused.
  for (const [index, { email, password, profile }] of members.entries()) {
    const passwordHash = await service.passwordHasher.hash(password)
    const emailKey = emailKeys[index] ?? email
    made.push(newMember(service, site, { email, emailKey, passwordHash, profile, at: service.clock.now() }))
  }
  return made
}

/** Stores members who were made before, as if they had just registered. They have no sessions. */
export async function seedMembers(
  storage: Storage,
  members: readonly Member[],
  asked: { readonly at: EpochMs; readonly requestId: string },
): Promise<void> {
  const { at } = asked
  const answers = await Promise.all(
    members.map((member) =>
      storage.registerMember({ ...asked, member: { ...member, createdAt: at, updatedAt: at }, session: null }),
    ),
  )
  if (answers.some(({ outcome }) => outcome !== 'registered')) {
    throw new RangeError('Cannot add the members of the file as one of them exists already')
  }
}

function emailViolations(index: number, keys: readonly (string | undefined)[]): readonly FieldViolation[] {
  const key = keys[index]
  if (key === undefined) return [violation('email', 'FORMAT', 'must be an email address')]
  const first = keys.indexOf(key)
  if (first === index) return []
  return [violation('email', 'OTHER', `is the address of entry ${first + 1} too`, { ruleName: 'EMAIL_TAKEN' })]
}

function passwordViolations(
  service: Service,
  site: Site,
  { email, password, profile }: GivenMember,
): readonly FieldViolation[] {
  try {
    assertNewPassword(service, site, password, 'password', { email, profile })
    return []
  } catch (error) {
    if (error instanceof ValidationRefusal) return error.violations
    throw error
  }
}
