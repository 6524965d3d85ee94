import type { MemberId } from '../domain/ids.ts'
import type { Member } from '../domain/member.ts'
import type { Site } from '../domain/site.ts'
import type { Service } from './service.ts'

/** Somebody who is not there, so that what is done for an address that nobody has takes as long. */
export function nobody({ randomness }: Pick<Service, 'randomness'>, site: Site, emailKey: string): Member {
  const guid = randomness.guid()
  return {
    id: guid as MemberId,
    siteId: site.id,
    email: emailKey,
    // The address is not kept: whoever has it, if anybody, asked for nothing.
    emailKey: `${guid}@nobody.invalid`,
    emailVerified: false,
    status: 'ACTIVE',
    statusReasons: [],
    passwordHash: null,
    profile: {},
    generation: 0,
    revision: 0,
    createdAt: 0,
    updatedAt: 0,
  }
}
