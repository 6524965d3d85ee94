import type { ChallengeId, MemberId } from '../domain/ids.ts'
import { askForProof } from './ask-for-proof.ts'
import { findMemberToProve, noSuchIdentity } from './find-member-to-prove.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'
import { actorOf, type TrustedCaller } from './trusted-caller.ts'

/**
 * Mails a member a code that proves their address to the site, and lets nobody in.
 *
 * @returns The id of the verification. It is no state token and opens nothing.
 * @throws {ApplicationRefusal} `-19999` when there is no such member, `IDENTITY_NOT_ACTIVE` for one who is blocked or gone.
 * @throws {StorageUnavailable} When the mail is not safely kept.
 */
export async function startVerification(
  service: Service,
  caller: TrustedCaller,
  { memberId, requestId }: { readonly memberId: MemberId; readonly requestId: string },
): Promise<ChallengeId> {
  const [site, member] = await Promise.all([findSite(service), findMemberToProve(service, memberId)])
  const at = service.clock.now()
  const clientId = caller.kind === 'app' ? caller.clientId : null
  const { challenge, mail } = askForProof(service, site, member, { kind: 'address_verification', clientId, at })
  const actor = actorOf(caller)
  const { outcome } = await service.storage.openChallenge({ challenge, mails: [mail], actor, at, requestId })
  if (outcome === 'unknown') throw noSuchIdentity()
  return challenge.id
}
