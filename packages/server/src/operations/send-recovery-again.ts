import { findRecovery, type Recovery } from './recover-member.ts'
import { recoveryRedirect } from './recovery-redirect.ts'
import { sendRecoveryEmail } from './send-recovery-email.ts'
import type { Service } from './service.ts'

/**
 * Sends a new link to the address that a link went to which is no good any more, if it is still somebody's. For whoever holds
 * a link of ours; says nothing about the rest.
 *
 * @returns Whether the old link is one of ours.
 * @throws {Throttled} As `sendRecoveryEmail`.
 * @throws {StorageUnavailable} When the mail is not safely kept.
 */
export async function sendRecoveryAgain(
  service: Service,
  {
    recoveryToken,
    language,
    source,
    requestId,
  }: Pick<Recovery, 'recoveryToken' | 'source' | 'requestId'> & { readonly language: string },
): Promise<boolean> {
  const found = await findRecovery(service, recoveryToken)
  if (found.state === 'unknown') return false
  const { challenge } = found
  const url = await recoveryRedirect(service, challenge)
  await sendRecoveryEmail(service, {
    email: challenge.emailKey,
    language,
    redirect: url === null ? { url: null, clientId: null } : { url, clientId: challenge.clientId, mayBeHome: true },
    source,
    requestId,
  })
  return true
}
