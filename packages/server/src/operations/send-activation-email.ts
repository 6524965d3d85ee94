import type { MemberId } from '../domain/ids.ts'
import { askForProof } from './ask-for-proof.ts'
import { findMemberToProve, noSuchIdentity } from './find-member-to-prove.ts'
import { findSite } from './find-site.ts'
import { judgeRecoveryRedirect, type RecoveryRedirect } from './judge-recovery-redirect.ts'
import type { Service } from './service.ts'
import { actorOf, type TrustedCaller } from './trusted-caller.ts'

export interface ActivationEmail {
  readonly memberId: MemberId
  readonly language: string | null
  readonly redirect: RecoveryRedirect
  readonly requestId: string
}

/**
 * Sends a member a link for choosing a password who was invited and may have none. Older links of the member are void from
 * then on.
 *
 * @throws {ApplicationRefusal} `-19999` when there is no such member, `IDENTITY_NOT_ACTIVE` for one who is blocked or gone,
 *   `OAUTH_APP_NOT_FOUND` for a client that is not there.
 * @throws {ValidationRefusal} When the person may not be led where the request says (`emailOptions.redirect`).
 * @throws {StorageUnavailable} When the mail is not safely kept.
 */
export async function sendActivationEmail(
  service: Service,
  caller: TrustedCaller,
  { memberId, language, redirect, requestId }: ActivationEmail,
): Promise<void> {
  const { clientId, redirectUri } = await judgeRecoveryRedirect(service, redirect, 'emailOptions.redirect')
  const [site, member] = await Promise.all([findSite(service), findMemberToProve(service, memberId)])
  const at = service.clock.now()
  const asked = askForProof(service, site, member, { kind: 'activation', clientId, redirectUri, language, at })
  const { outcome } = await service.storage.openChallenge({
    challenge: asked.challenge,
    mails: [asked.mail],
    actor: actorOf(caller),
    at,
    requestId,
  })
  if (outcome === 'unknown') throw noSuchIdentity()
}
