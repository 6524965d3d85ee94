import type { EpochMs } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import type { NewMail } from '../ports/storage.ts'

/** What the owner of the site is sent when a member begins to wait for their approval: nothing where no owner is named. */
export function approvalMails(site: Site, member: Pick<Member, 'id' | 'emailKey'>, at: EpochMs): readonly NewMail[] {
  const { ownerEmail, language } = site.settings
  if (ownerEmail === null) return []
  const parameters = { email: member.emailKey }
  return [
    {
      siteId: site.id,
      memberId: member.id,
      kind: 'approval_wanted',
      recipient: ownerEmail,
      language,
      parameters,
      createdAt: at,
    },
  ]
}
