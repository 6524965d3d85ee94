import type { NoticeId } from '../domain/ids.ts'
import type { Notice, NoticeList, NoticePage } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'

/** Notices, the newest first. A page may be short, or empty, and have more behind it all the same. */
export function listNotices({ storage }: Service, list: NoticeList): Promise<NoticePage> {
  return storage.listNotices(list)
}

/**
 * Has a notice tried again at once. Asked again it is a success.
 *
 * @returns The notice as it is now.
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such notice, `NOTICE_DELIVERED` when it has arrived.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function retryNotice(
  { storage, clock }: Service,
  administrator: Administrator,
  { id, requestId }: { readonly id: NoticeId; readonly requestId: string },
): Promise<Notice> {
  const actor = { kind: 'administrator', id: administrator.keyId } as const
  const retried = await storage.retryNotice({ id, actor, at: clock.now(), requestId })
  if (retried.outcome === 'pending') return retried.notice
  if (retried.outcome === 'unknown') throw new ApplicationRefusal('NOT_FOUND', 'There is no notice with this id')
  throw new ApplicationRefusal('NOTICE_DELIVERED', 'The notice has arrived: there is nothing to try again')
}
