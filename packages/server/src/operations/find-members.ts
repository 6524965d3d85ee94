import { normalizeEmail, normalizeEmailPrefix } from '../domain/email.ts'
import type { MemberId } from '../domain/ids.ts'
import type { Member, MemberStatus } from '../domain/member.ts'
import type { MemberList } from '../ports/storage.ts'
import { ApplicationRefusal, ValidationRefusal, violation } from '../protocol/identity-errors.ts'
import type { Service } from './service.ts'

/**
 * The member with this id, whatever their status.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is none.
 */
export async function findMember(service: Service, id: MemberId): Promise<Member> {
  const member = await service.storage.findMember(id)
  if (member === undefined) throw noSuchMember()
  return member
}

/**
 * The members who have exactly this address: one, or none. Case and composition of letters do not count, as at login.
 *
 * @throws {ValidationRefusal} When the text is no address (`email`).
 */
export async function findMembersByEmail(service: Service, email: string): Promise<readonly Member[]> {
  const emailKey = normalizeEmail(email)
  if (emailKey === undefined) throw new ValidationRefusal([violation('email', 'FORMAT', 'is not an e-mail address')])
  const member = await service.storage.findMemberByEmail(service.siteId, emailKey)
  return member === undefined ? [] : [member]
}

/** As many as a person can look through. */
const membersPerPage = 100

/** Which members to list: those of one status or of all, or those whose address begins with something. */
export type MemberQuery =
  | { readonly by: 'age'; readonly status: MemberStatus | null; readonly after: AfterByAge | null }
  | { readonly by: 'address'; readonly prefix: string; readonly after: string | null }

type AfterByAge = NonNullable<Extract<MemberList, { by: 'age' }>['after']>

/** A page of members. */
export interface MemberPage {
  readonly members: readonly Member[]
  /** After whom the next page begins; `null` on the last one. */
  readonly next: AfterByAge | string | null
}

/**
 * Members by their status, the newest first, or by the beginning of their addresses, in the order of these.
 *
 * @throws {ValidationRefusal} When no address begins with the prefix (`emailPrefix`).
 */
export async function listMembers({ storage, siteId }: Service, query: MemberQuery): Promise<MemberPage> {
  const limit = membersPerPage + 1
  if (query.by === 'age') {
    const { page, last } = pageOf(await storage.listMembers({ siteId, limit, ...query }))
    return { members: page, next: last === undefined ? null : { createdAt: last.createdAt, id: last.id } }
  }
  const prefix = normalizeEmailPrefix(query.prefix)
  if (prefix === undefined) {
    throw new ValidationRefusal([violation('emailPrefix', 'FORMAT', 'is not the beginning of an e-mail address')])
  }
  const { page, last } = pageOf(await storage.listMembers({ siteId, limit, ...query, prefix }))
  return { members: page, next: last?.emailKey ?? null }
}

/** `last` is that of the page, where another one follows. */
function pageOf(listed: readonly Member[]): { readonly page: readonly Member[]; readonly last: Member | undefined } {
  const page = listed.slice(0, membersPerPage)
  return { page, last: listed.length > page.length ? page.at(-1) : undefined }
}

/** For who asked for a member that is not there. Only for callers who may know. */
export function noSuchMember(): ApplicationRefusal {
  return new ApplicationRefusal('NOT_FOUND', 'There is no member with this id')
}
