import type { MemberId } from '../domain/ids.ts'
import type { AuditRecord, MemberRecord } from '../ports/storage.ts'
import type { Administrator } from './administration.ts'
import { noSuchMember } from './find-members.ts'
import type { Service } from './service.ts'

/** As many as a page of the audit log may hold. */
const recordsAtOnce = 1000

/** All that is stored of a member. */
export interface MemberExport extends MemberRecord {
  /** What the audit log says about them, the oldest first. */
  readonly auditRecords: readonly AuditRecord[]
}

/**
 * Gathers all that is stored of a member, for a person who asks what is known of them. That it was done is on record before, and the
 * last of what is told. The audit log is gone through from its beginning, page by page, so that nobody else is held up; it takes
 * its time where the log is long.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there never was such a member.
 * @throws {StorageUnavailable} When that it was done cannot be recorded. Nothing is told then.
 */
export async function exportMember(
  { storage, siteId, clock }: Service,
  { keyId }: Administrator,
  { memberId, requestId }: { readonly memberId: MemberId; readonly requestId: string },
): Promise<MemberExport> {
  if ((await storage.findMember(memberId)) === undefined) throw noSuchMember()
  const actor = { kind: 'administrator', id: keyId } as const
  await storage.recordAct({ siteId, event: 'member.exported', actor, memberId, at: clock.now(), requestId })
  const auditRecords: AuditRecord[] = []
  let cursor: number | null = null
  do {
    const page = await storage.queryAudit({ order: 'oldest', cursor, limit: recordsAtOnce, memberId })
    auditRecords.push(...page.records)
    cursor = page.next
  } while (cursor !== null)
  const record = await storage.findMemberRecord(memberId)
  if (record === undefined) throw noSuchMember()
  return { ...record, auditRecords }
}
