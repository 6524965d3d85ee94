import { normalizeEmail } from '../domain/email.ts'
import { isGuid, type MemberId } from '../domain/ids.ts'
import type { Member, MemberStatus } from '../domain/member.ts'
import { type FieldViolation, violation } from '../protocol/identity-errors.ts'
import { readMoment } from '../protocol/moment.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'

/** A member as another service kept them. */
export interface MemberToImport {
  readonly email: string
  /** A GUID; `null` for a new one. */
  readonly id: string | null
  readonly emailVerified: boolean
  readonly status: Exclude<MemberStatus, 'DELETED'>
  /** As the other software wrote it; `null` for a member who has none. */
  readonly passwordHash: string | null
  readonly profile: Readonly<Record<string, unknown>>
  /** RFC 3339; `null` for now. */
  readonly createdDate: string | null
}

export interface MembersToImport {
  readonly members: readonly MemberToImport[]
  /** Says what would become of each, and adds nobody. */
  readonly dryRun: boolean
  readonly requestId: string
}

/** `importable` is said in a dry run only. `exists`: a member has the address already, and stays as they are. */
export type ImportOutcome =
  | { readonly outcome: 'imported' | 'exists'; readonly id: MemberId }
  | { readonly outcome: 'importable' }
  | { readonly outcome: 'refused'; readonly violations: readonly FieldViolation[] }

/**
 * Adds members whom another service kept, with their password hashes, which are replaced at their next login. All that are good
 * are added in one commit; what is wrong with the others is told for each. Asked again, nobody is added twice.
 *
 * The rules for new passwords cannot be asked of a hash. Nobody is told by mail, and no session is started.
 *
 * @returns What became of each, aligned with them.
 * @throws {StorageUnavailable} When it is not durable.
 */
export async function importMembers(
  service: Service,
  { keyId }: Administrator,
  { members: given, dryRun, requestId }: MembersToImport,
): Promise<readonly ImportOutcome[]> {
  const at = service.clock.now()
  const judged = given.map((each) => judge(service, each, at))
  const good = judged.flatMap((each) => ('violations' in each ? [] : [each]))
  const outcomes = dryRun
    ? await whatWouldBecome(service, good)
    : await add(service, good, { actor: { kind: 'administrator', id: keyId }, at, requestId })
  let next = 0
  return judged.map((each): ImportOutcome => {
    if ('violations' in each) return { outcome: 'refused', violations: each.violations }
    const outcome = outcomes[next]
    next += 1
    if (outcome === undefined) throw new RangeError('Cannot say what became of a member as there is no answer for them')
    return outcome
  })
}

async function add(
  { storage }: Service,
  members: readonly Member[],
  asked: Pick<Parameters<Service['storage']['addMembers']>[0], 'actor' | 'at' | 'requestId'>,
): Promise<readonly ImportOutcome[]> {
  const added = await storage.addMembers({ members, event: 'member.imported', ...asked })
  return added.map((each, index): ImportOutcome => {
    if (each.outcome === 'email_taken') return { outcome: 'exists', id: each.by }
    const { id } = members[index] ?? {}
    return each.outcome === 'id_taken' || id === undefined ? idTaken : { outcome: 'imported', id }
  })
}

/** By the members that are there now, and by those before in the same list. */
async function whatWouldBecome(
  { storage, siteId }: Service,
  members: readonly Member[],
): Promise<readonly ImportOutcome[]> {
  const taken = { addresses: new Map<string, MemberId>(), ids: new Set<MemberId>() }
  const outcomes: ImportOutcome[] = []
  for (const { id, emailKey } of members) {
    const holder = taken.addresses.get(emailKey) ?? (await storage.findMemberByEmail(siteId, emailKey))?.id
    if (holder !== undefined) {
      outcomes.push({ outcome: 'exists', id: holder })
      continue
    }
    if (taken.ids.has(id) || (await storage.findMember(id)) !== undefined) {
      outcomes.push(idTaken)
      continue
    }
    taken.addresses.set(emailKey, id)
    taken.ids.add(id)
    outcomes.push({ outcome: 'importable' })
  }
  return outcomes
}

const idTaken: ImportOutcome = {
  outcome: 'refused',
  violations: [violation('id', 'OTHER', 'is the id of another member', { ruleName: 'ID_TAKEN' })],
}

/** The member as they would be stored, or what is wrong with them. */
function judge(
  service: Service,
  { email, id, emailVerified, status, passwordHash, profile, createdDate }: MemberToImport,
  at: number,
): Member | { readonly violations: readonly FieldViolation[] } {
  const emailKey = normalizeEmail(email)
  const createdAt = createdDate === null ? at : readMoment(createdDate)
  const violations: FieldViolation[] = []
  if (emailKey === undefined) violations.push(violation('email', 'FORMAT', 'is not an e-mail address'))
  if (id !== null && !isGuid(id)) violations.push(violation('id', 'FORMAT', 'is not a GUID'))
  if (createdAt === undefined || createdAt < 0) {
    violations.push(violation('createdDate', 'FORMAT', 'is not a moment since 1970, such as 2024-05-31T12:00:00Z'))
  } else if (createdAt > at) {
    violations.push(violation('createdDate', 'OTHER', 'lies in the future', { ruleName: 'IN_FUTURE' }))
  }
  const problem = passwordHash === null ? undefined : service.passwordHasher.problemOfForeign(passwordHash)
  if (problem !== undefined) {
    violations.push(violation('passwordHash', 'FORMAT', `cannot be used as ${problem}`, { ruleName: 'PASSWORD_HASH' }))
  }
  if (violations.length > 0 || emailKey === undefined || createdAt === undefined) return { violations }
  return {
    id: (id?.toLowerCase() ?? service.randomness.guid()) as MemberId,
    siteId: service.siteId,
    email,
    emailKey,
    emailVerified,
    status,
    statusReasons: status === 'PENDING' ? ['PENDING_ADMIN_APPROVAL_REQUIRED'] : [],
    passwordHash,
    profile,
    generation: 1,
    revision: 1,
    createdAt,
    updatedAt: at,
  }
}
