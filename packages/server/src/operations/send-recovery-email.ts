import type { Source } from '../domain/network.ts'
import type { Actor } from '../domain/revocation-log.ts'
import { isInService } from '../domain/waiting.ts'
import { askForProof } from './ask-for-proof.ts'
import { emailKeyOf } from './email-key-of.ts'
import { findSite } from './find-site.ts'
import { judgeRecoveryRedirect, type RecoveryRedirect } from './judge-recovery-redirect.ts'
import { admitRequest } from './limit-requests.ts'
import { nobody } from './nobody.ts'
import type { Service } from './service.ts'

export interface RecoveryEmail {
  readonly email: string
  readonly language: string | null
  readonly redirect: RecoveryRedirect
  /** For whom requests are counted; `null` for nobody. */
  readonly source: Source | null
  readonly requestId: string
}

/**
 * Sends a link for choosing a new password to a member's address. Older links of the member are void from then on.
 *
 * Says nothing about whether anybody has the address, and does as much where nobody has it: a challenge is kept for nobody, and
 * no mail. A member who is blocked or gone is sent nothing either.
 *
 * @throws {ValidationRefusal} When the address is none (`email`), or the person may not be led where the request says
 *   (`redirect`).
 * @throws {ApplicationRefusal} `OAUTH_APP_NOT_FOUND` for a client that is not there.
 * @throws {Throttled} When there were too many requests for this address, whether anybody has it or not, or from this source.
 * @throws {StorageUnavailable} When the mail is not safely kept.
 */
export async function sendRecoveryEmail(
  service: Service,
  { email, language, redirect, source, requestId }: RecoveryEmail,
): Promise<void> {
  const emailKey = emailKeyOf(email, 'email')
  const { clientId, redirectUri } = await judgeRecoveryRedirect(service, redirect, 'redirect')
  const attempts = await admitRequest(service, {
    source: { kind: 'recovery_address', of: source },
    account: { kind: 'recovery_account', of: emailKey },
  })
  const [site, found] = await Promise.all([
    findSite(service),
    service.storage.findMemberByEmail(service.siteId, emailKey),
  ])
  const member = found !== undefined && isInService(found) ? found : nobody(service, site, emailKey)
  const at = service.clock.now()
  const asked = askForProof(service, site, member, { kind: 'recovery', clientId, redirectUri, language, at })
  const actor: Actor = clientId === null ? { kind: 'system' } : { kind: 'client', id: clientId }
  await service.storage.openChallenge({
    challenge: asked.challenge,
    mails: [asked.mail],
    attempts,
    actor,
    at,
    requestId,
  })
}
