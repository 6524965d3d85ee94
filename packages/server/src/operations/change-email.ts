import { normalizeEmail } from '../domain/email.ts'
import type { MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import { changeable } from '../domain/member-change.ts'
import type { Administrator } from './administration.ts'
import { emailTaken, notAnAddress } from './create-member.ts'
import { findSite } from './find-site.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'
import { refusalOfChange } from './update-member.ts'

export interface NewAddress {
  readonly memberId: MemberId
  readonly email: string
  /** Whether somebody has made sure that it is theirs; `null` for no where the address is another, else as it was. */
  readonly emailVerified: boolean | null
  /** The one that the caller has seen; `null` where the change is right whatever came between. */
  readonly revision: number | null
  readonly requestId: string
}

/** How often a member is looked at again who was changed between the look and the write. */
const attemptsMost = 5

/**
 * Gives a member another address, in an administrator's name. Both addresses are told by mail. Links and codes that were sent
 * to the former are worth nothing from then on. Sessions live on, since nothing that proves them has changed.
 *
 * @throws {ValidationRefusal} When the address is none (`email`).
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such member, `MEMBER_DELETED` when they were deleted, `-19995` when
 *   another member has the address, `MEMBER_CHANGED` when somebody changed the member since the caller looked.
 * @throws {StorageUnavailable} When the change is not durable.
 */
export async function changeEmail(service: Service, { keyId }: Administrator, change: NewAddress): Promise<Member> {
  const { storage, clock } = service
  const emailKey = normalizeEmail(change.email)
  if (emailKey === undefined) throw notAnAddress()
  const site = await findSite(service)
  const { memberId, email, requestId } = change
  for (let attempt = 1; ; attempt += 1) {
    const member = changeable(await storage.findMember(memberId), change.revision)
    if ('outcome' in member) throw refusalOfChange(member.outcome)
    const isSameAddress = emailKey === member.emailKey
    const emailVerified = change.emailVerified ?? (isSameAddress && member.emailVerified)
    if (email === member.email && emailVerified === member.emailVerified) return member
    const at = clock.now()
    const told = { kind: 'email_changed', parameters: { by: 'administrator' }, at } as const
    const addresses = isSameAddress ? [] : [member.emailKey, emailKey]
    const changed = await storage.changeEmail({
      memberId,
      actor: { kind: 'administrator', id: keyId },
      email,
      emailKey,
      emailVerified,
      revision: member.revision,
      mails: addresses.map((address) => mailToMember(site, { ...member, emailKey: address }, told)),
      at,
      requestId,
    })
    if (changed.outcome === 'changed') return changed.member
    if (changed.outcome === 'email_taken') throw emailTaken()
    // Somebody changed the member since they were read: the mails would go to an address that may be none of theirs.
    const mayTryAgain = changed.outcome === 'revision_differs' && change.revision === null && attempt < attemptsMost
    if (!mayTryAgain) throw refusalOfChange(changed.outcome)
  }
}
