import { Type } from 'typebox'
import type { Member } from '../../domain/member.ts'

/** The message Identity. Lists are sent even when they are empty: callers walk them unguarded. */
export const identity = Type.Object({
  id: Type.String(),
  revision: Type.String(),
  createdDate: Type.String(),
  updatedDate: Type.String(),
  connections: Type.Array(Type.Object({})),
  identityProfile: Type.Object({}, { additionalProperties: true }),
  metadata: Type.Object({ tags: Type.Array(Type.String()) }),
  email: Type.Object({ address: Type.String(), isVerified: Type.Boolean() }),
  status: Type.Object({ name: Type.String(), reasons: Type.Array(Type.String()) }),
  factors: Type.Array(Type.Object({})),
})

const emptyProfile = {
  emails: [],
  phones: [],
  labels: [],
  customFields: [],
  secondaryEmails: [],
  phonesV2: [],
  addresses: [],
  privacyStatus: 'PRIVATE',
}

/** A member as the message Identity. Holds nothing of the password. */
export function identityOf(member: Member) {
  return {
    id: member.id,
    revision: String(member.revision),
    createdDate: new Date(member.createdAt).toISOString(),
    updatedDate: new Date(member.updatedAt).toISOString(),
    connections: [],
    identityProfile: { ...emptyProfile, ...member.profile },
    metadata: { tags: [] },
    email: { address: member.email, isVerified: member.emailVerified },
    status: { name: member.status, reasons: [...member.statusReasons] },
    factors: [],
  }
}
