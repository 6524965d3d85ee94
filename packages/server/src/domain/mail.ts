import type { Member } from './member.ts'

/**
 * What mails are sent for.
 *
 * `recovery` and `activation` bring a link to choose a password, `verification_code` a code; both name their `challenge`.
 * `approval_wanted` goes to the owner of the site, the others to the member.
 */
export const mailKinds = [
  'recovery',
  'activation',
  'verification_code',
  'approval_wanted',
  'approved',
  'rejected',
  'password_changed',
  'password_reset',
  'email_changed',
  'sessions_ended',
] as const

export type MailKind = (typeof mailKinds)[number]

/** In which language a member is written to: their own, where they said one, else the site's. */
export function languageOf({ profile }: Pick<Member, 'profile'>, ofSite: string): string {
  const { language } = profile
  return typeof language === 'string' ? language.toLowerCase() : ofSite
}
