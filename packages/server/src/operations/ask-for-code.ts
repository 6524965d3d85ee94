import type { ClientId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import { Throttled } from '../protocol/throttled.ts'
import { askForProof } from './ask-for-proof.ts'
import type { Service } from './service.ts'

const hourMs = 60 * 60_000

/**
 * How many codes a member may be sent in an hour, whoever logs in: whoever registered a stranger's address knows the
 * password, and must be able neither to flood the stranger's mailbox nor to guess a code by having ever new ones sent.
 */
const codesPerHourMost = 10

/**
 * Mails a member a code that proves their address, for a login whose password was right.
 *
 * @returns What names the login, to be given back with the code.
 * @throws {Throttled} When too many were sent.
 */
export async function askForCode(
  service: Service,
  site: Site,
  member: Member,
  {
    clientId,
    language,
    requestId,
  }: { readonly clientId: ClientId | null; readonly language?: string; readonly requestId: string },
): Promise<string> {
  const { storage, clock } = service
  const at = clock.now()
  if ((await storage.countLoginCodes(member.id, at - hourMs)) >= codesPerHourMost) {
    throw new Throttled(hourMs)
  }
  const { challenge, mail } = askForProof(service, site, member, {
    kind: 'login_verification',
    clientId,
    language,
    at,
  })
  const actor = { kind: 'member', id: member.id } as const
  await storage.openChallenge({ challenge, mails: [mail], actor, at, requestId })
  return service.proofs.stateToken(challenge.id)
}
