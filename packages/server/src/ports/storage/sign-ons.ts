import type { Member } from '../../domain/member.ts'
import type { Actor } from '../../domain/revocation-log.ts'
import type { Asked } from './asked.ts'
import type { NewSession } from './sessions.ts'

export interface SignOns {
  /**
   * Starts a session of whoever has an address, on the word of somebody who is trusted, in one commit with what is told of the
   * member: one who is there already becomes what `onceSignedOn` says, and one who is not is added. Of two calls with one new
   * address, exactly one adds the member, and both start a session of that member.
   *
   * `not_active`: the member is blocked, rejected or gone, and nothing was changed. `address_moved`: while this was under way
   * the address went to or from somebody, and nothing was changed; asked again, it will be known.
   */
  signOn(signOn: MemberSignOn): Promise<SignedOn>
}

export interface MemberSignOn extends Asked {
  /** To be added where nobody has the address. Whoever has it takes over the profile, and that the address is verified. */
  readonly member: Member
  /** Of the member whom it turns out to be. */
  readonly session: Omit<NewSession, 'memberId'>
  readonly actor: Actor
}

export type SignedOn =
  | { readonly outcome: 'signed_on'; readonly member: Member }
  | { readonly outcome: 'not_active'; readonly status: Member['status'] }
  | { readonly outcome: 'address_moved' }
