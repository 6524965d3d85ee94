import { type Challenge, type ChallengeKind, newChallenge } from '../domain/challenge.ts'
import type { ChallengeId, ClientId, EpochMs } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import type { NewMail } from '../ports/storage.ts'
import { mailToMember } from './owed-mail.ts'
import type { Service } from './service.ts'

/** What a member is asked to prove an address for, and by whom. */
export interface ProofToAskFor {
  readonly kind: ChallengeKind
  readonly clientId: ClientId | null
  readonly redirectUri?: string | null
  /** Two letters (ISO 639-1), where the request said one. */
  readonly language?: string | null | undefined
  /** What the mail says, where that is not what is usual for the kind. */
  readonly toldAs?: 'already_registered' | undefined
  readonly at: EpochMs
}

const mailKinds = {
  recovery: 'recovery',
  activation: 'activation',
  login_verification: 'verification_code',
  address_verification: 'verification_code',
} as const

/** A challenge for a member, and the mail that tells of it. Nothing is stored. */
export function askForProof(
  { randomness }: Pick<Service, 'randomness'>,
  site: Site,
  member: Member,
  { kind, clientId, redirectUri = null, language, toldAs, at }: ProofToAskFor,
): { readonly challenge: Challenge; readonly mail: NewMail } {
  const challenge = newChallenge(
    {
      id: randomness.guid().toLowerCase() as ChallengeId,
      siteId: site.id,
      kind,
      memberId: member.id,
      emailKey: member.emailKey,
      clientId,
      redirectUri,
    },
    at,
  )
  return { challenge, mail: proofMail(site, member, challenge, { language, toldAs, at }) }
}

/** The mail with the link of a challenge, or with its last code. */
export function proofMail(
  site: Site,
  member: Member,
  { id, kind, codesSent, codeExpiresAt, expiresAt }: Challenge,
  { at, language, toldAs }: Pick<ProofToAskFor, 'at' | 'language' | 'toldAs'>,
): NewMail {
  const proof = { challenge: id, until: String(codeExpiresAt ?? expiresAt) }
  const mailKind = toldAs ?? mailKinds[kind]
  if (mailKind !== 'verification_code') {
    return mailToMember(site, member, { kind: mailKind, parameters: proof, at, language })
  }
  const parameters = { ...proof, codesSent: String(codesSent) }
  return mailToMember(site, member, { kind: mailKind, parameters, at, language })
}
