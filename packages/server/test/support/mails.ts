/** Mails as tests owe and read them, where no method of the API brings them about. */
import { randomUUID } from 'node:crypto'
import type { MemberId } from '../../src/domain/ids.ts'
import type { MailKind } from '../../src/domain/mail.ts'
import { newMember } from '../../src/operations/register.ts'
import type { Service } from '../../src/operations/service.ts'
import type { KeptMail, NewMail } from '../../src/ports/storage.ts'
import { minute } from './manual-clock.ts'

/** Parameters with which every kind can be written. */
export function parametersOf(at: number): Readonly<Record<MailKind, Readonly<Record<string, string>>>> {
  const proof = { challenge: randomUUID(), until: String(at + 20 * minute) }
  return {
    recovery: proof,
    activation: proof,
    already_registered: proof,
    verification_code: { ...proof, codesSent: '1' },
    approval_wanted: { email: 'ada@shop.example' },
    approved: {},
    rejected: {},
    password_changed: { by: 'member' },
    password_reset: {},
    email_changed: { by: 'member' },
    sessions_ended: { cause: 'admin' },
  }
}

/** Registers a member with a mail to them, as a commit that owes one does. */
export async function oweMail(
  { storage, siteId, clock, randomness }: Service,
  kind: MailKind = 'password_changed',
  more: Partial<NewMail> = {},
): Promise<KeptMail> {
  const site = await storage.findSite()
  if (site === undefined) throw new Error('Cannot go on without a site')
  const [id, at] = [randomUUID() as MemberId, clock.now()]
  const email = `${id}@member.example`
  const given = { email, emailKey: email, passwordHash: '$none', profile: {}, at }
  const member = { ...newMember({ randomness }, site, given), id }
  const about = { siteId, memberId: id, kind, recipient: email, language: 'en' }
  const mail = { ...about, parameters: parametersOf(at)[kind], createdAt: at, ...more }
  await storage.registerMember({ member, mails: [mail], session: null, at, requestId: randomUUID() })
  const [kept] = await storage.listMails({ state: null, before: null, limit: 1 })
  if (kept === undefined) throw new Error('Cannot go on as no mail was kept')
  return kept
}
