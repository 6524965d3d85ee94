import type { WrittenMail } from '../ports/mail-writer.ts'
import type { KeptMail } from '../ports/storage.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'

/** As many as a developer looks through. */
const shownMax = 100

/** The newest mails that arrived in the development mailbox, as they are read, the newest first. */
export async function readMailbox(service: Service): Promise<readonly { mail: KeptMail; written: WrittenMail }[]> {
  const [site, mails] = await Promise.all([
    findSite(service),
    service.storage.listMails({ state: 'sent', before: null, limit: shownMax }),
  ])
  return mails.map((mail) => ({ mail, written: service.mailWriter.write(mail, site) }))
}
