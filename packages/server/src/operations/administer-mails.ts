import type { MailId } from '../domain/ids.ts'
import { worthSendingUntil } from '../domain/mail.ts'
import type { KeptMail, MailState } from '../ports/storage.ts'
import { ApplicationRefusal } from '../protocol/identity-errors.ts'
import type { Administrator } from './administration.ts'
import type { Service } from './service.ts'

/** As many as a person can look through. */
const mailsPerPage = 100

/** A page of mails. */
export interface MailPage {
  readonly mails: readonly KeptMail[]
  /** The mail after which the next page begins; `null` on the last one. */
  readonly next: MailId | null
}

/**
 * The mails of the last thirty days with what became of them, the newest first. Nothing of what they say.
 *
 * @param state - `null` for all.
 * @param before - The `next` of the page before; `null` for the first page.
 */
export async function listMails(
  { storage }: Service,
  state: MailState | null,
  before: MailId | null,
): Promise<MailPage> {
  const listed = await storage.listMails({ state, before, limit: mailsPerPage + 1 })
  const mails = listed.slice(0, mailsPerPage)
  return { mails, next: listed.length > mails.length ? (mails.at(-1)?.id ?? null) : null }
}

/**
 * Has a mail sent that was given up.
 *
 * @throws {ApplicationRefusal} `NOT_FOUND` when there is no such mail, `MAIL_NOT_FAILED` when it waits or was sent,
 *   `MAIL_OUTDATED` when what it says is of no use any more.
 * @throws {StorageUnavailable} When that is not durable.
 */
export async function retryMail(
  { storage, clock }: Service,
  { keyId }: Administrator,
  { id, requestId }: { readonly id: MailId; readonly requestId: string },
): Promise<void> {
  const mail = await storage.findMail(id)
  if (mail === undefined) throw noSuchMail()
  const at = clock.now()
  if (mail.state === 'failed' && at >= worthSendingUntil(mail)) {
    throw new ApplicationRefusal('MAIL_OUTDATED', 'What this mail says is of no use any more')
  }
  const retried = await storage.retryMail({ id, actor: { kind: 'administrator', id: keyId }, at, requestId })
  if (retried.outcome === 'unknown') throw noSuchMail()
  if (retried.outcome === 'not_failed') {
    throw new ApplicationRefusal('MAIL_NOT_FAILED', 'This mail was not given up: it waits to be sent, or was sent')
  }
}

function noSuchMail(): ApplicationRefusal {
  return new ApplicationRefusal('NOT_FOUND', 'There is no mail with this id')
}
